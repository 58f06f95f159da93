"""A local model by transformers: the base, then each adapter in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from peft import PeftModel
from transformers import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.recipes import Config
from iacrl.config.sections import EvalSection, ModelSection
from iacrl.decoding.sampling import Decoding
from iacrl.evaluation.backends import Backend, Reply, Request, request_seed, turns_for_seed
from iacrl.evaluation.backends.vllm import VllmBackend
from iacrl.evaluation.figures import DecodingSettings, Policy
from iacrl.runs.directory import RunDirectory
from iacrl.runs.set_up import set_up
from iacrl.runs.splits import read_split
from iacrl.tasks import Task
from iacrl.training.generation import Decoder, end_tokens, generate
from iacrl.training.lineage import check_lineage, check_trained, describe_lineage
from iacrl.training.model import check_device, load_base, trained_as_base
from iacrl.training.saved_adapter import load_adapter, read_adapter
from iacrl.training.tokenizer import load_tokenizer
from iacrl.training.trained_files import is_adapter


class Policies:
    """A base model with named adapters, and models that need a base of their own while they are used.

    Args:
        runs: Name of each policy to the run whose weights it uses.
        section: How a base is loaded for a policy that needs its own.
    """

    def __init__(self, base: PreTrainedModel, runs: Mapping[str, RunDirectory], section: ModelSection) -> None:
        self.names = ("base", *runs)
        self._model: PreTrainedModel | PeftModel = base
        self._whole = {name: run.trained for name, run in runs.items() if not is_adapter(run.trained)}
        self._apart: dict[str, Path] = {}
        self._section = section
        for name, run in runs.items():
            if name in self._whole:
                continue
            # peft gives a trained embedding to the head that is tied to it only for the first adapter of a model.
            if isinstance(self._model, PeftModel) and read_adapter(run.trained).config.modules_to_save:
                self._apart[name] = run.trained
            else:
                self._model = load_adapter(self._model, run.trained, name=name)

    @contextmanager
    def use(self, name: str) -> Iterator[PreTrainedModel]:
        """Yield the model as this policy; `base` is the model without any adapter."""
        if name in self._whole:
            yield load_base(trained_as_base(self._section, self._whole[name]))
            return
        if name in self._apart:
            yield load_adapter(load_base(self._section), self._apart[name])
            return
        off = nullcontext()
        if isinstance(self._model, PeftModel):
            if name == "base":
                off = self._model.disable_adapter()
            else:
                self._model.set_adapter(name)
        with off:
            yield self._model


class LocalBackend:
    """Batched generation in this process.

    Batches are made over all tasks, whatever is still missing, and each has its own seed. So an interrupted evaluation
    gets the same completions as an uninterrupted one (on a CPU, to the last bit).
    """

    def __init__(
        self,
        models: Policies,
        tokenizer: PreTrainedTokenizerBase,
        policies: tuple[Policy, ...],
        tasks: Sequence[Task],
        settings: EvalSection,
        *,
        decoder: Decoder,
        seed: int,
    ) -> None:
        self.policies = policies
        self.notes: tuple[str, ...] = ()
        self.models = models
        self.tokenizer = tokenizer
        self._settings = settings
        self._decoder = decoder
        self._seed = seed
        # Prompts of similar length share a batch, which saves padding.
        in_order = sorted(tasks, key=lambda task: len(task.instruction) + len(task.input))
        self._batch_of = {task.id: at // settings.batch_size for at, task in enumerate(in_order)}

    def answer(self, policy: str, decoding: DecodingSettings, requests: Sequence[Request]) -> Iterator[Sequence[Reply]]:
        """Yield the completions batch by batch; see `Backend`."""
        batches: dict[tuple[int, int], list[Request]] = {}
        for request in requests:
            batches.setdefault((request.sample, self._batch_of[request.task.id]), []).append(request)
        with self.models.use(policy) as model:
            for (sample, number), batch in sorted(batches.items(), key=lambda item: item[0]):
                completions = generate(
                    model,
                    self.tokenizer,
                    [request.messages for request in batch],
                    Decoding(decoding.temperature or 0.0),
                    decoder=self._decoder,
                    max_tokens=self._settings.max_completion_tokens,
                    batch_size=len(batch),
                    seed=request_seed(self._seed, sample, number, *turns_for_seed(batch[0])),
                )
                yield [
                    Reply(request, done.text, done.tokens, "stop" if done.stopped else "length")
                    for request, done in zip(batch, completions, strict=True)
                ]


def open_local(
    config: Config, tasks: Sequence[Task], stages: Mapping[str, RunDirectory], *, base_label: str
) -> Backend:
    """Return the back end of a base model and of what these runs trained.

    Args:
        stages: Label to the run whose weights it is.
        base_label: The label of the model without an adapter.

    Raises:
        UserError: The model cannot be loaded; a run is not finished; its weights are not those that it trained; or it
            used another base, quantization, tokenizer, prompt, extractor or task split.
    """
    digests = {label: check_trained(run) for label, run in stages.items()}
    check_device(config.model)
    set_up(config)
    tokenizer = load_tokenizer(config.model)
    # vLLM loads the weights itself and needs the GPU's memory; here they only identify the base.
    on_cpu = config.eval.backend == "vllm"
    base = load_base(config.model.model_copy(update={"device": "cpu"}) if on_cpu else config.model)
    lineage = describe_lineage(config, base, tokenizer, read_split(config, "train"))
    identity = {
        "kind": config.eval.backend,
        "base": lineage.base_digest,
        "quantization": config.model.quantization,
        "compute_dtype": config.model.compute_dtype,
        "prompt": lineage.prompt,
        "decoder": config.model.decoder,
    }
    policies = [Policy(base_label, identity)]
    for label, run in stages.items():
        manifest = run.read_manifest()
        own = manifest.get("lineage")
        check_lineage(lineage, own if isinstance(own, Mapping) else {}, str(run.path))
        policies.append(Policy(label, {**identity, "adapter": digests[label]}))
    if config.eval.backend == "vllm":
        adapters = {label: run.trained for label, run in stages.items()}
        return VllmBackend(config, tuple(policies), adapters, tokenizer, end_tokens(base, tokenizer))
    return LocalBackend(
        Policies(base, stages, config.model),
        tokenizer,
        tuple(policies),
        tasks,
        config.eval,
        decoder=config.model.decoder,
        seed=config.run.seed,
    )
