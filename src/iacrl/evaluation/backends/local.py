"""A local model by transformers: the base, then each adapter in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext

from peft import PeftModel
from transformers import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.recipes import Config
from iacrl.config.sections import EvalSection
from iacrl.decoding.sampling import Decoding
from iacrl.errors import UserError
from iacrl.evaluation.backends import Backend, Reply, Request, request_seed, turns_for_seed
from iacrl.evaluation.backends.vllm import VllmBackend
from iacrl.evaluation.figures import DecodingSettings, Policy
from iacrl.runs.directory import RunDirectory
from iacrl.runs.set_up import set_up
from iacrl.runs.splits import read_split
from iacrl.tasks import Task
from iacrl.training.generation import Decoder, generate
from iacrl.training.lineage import check_lineage, check_saved_adapter, describe_lineage
from iacrl.training.model import check_device, load_base
from iacrl.training.tokenizer import load_tokenizer


class Policies:
    """A base model with named adapters.

    Args:
        runs: Name of each policy to the run whose adapter it uses.
    """

    def __init__(self, base: PreTrainedModel, runs: Mapping[str, RunDirectory]) -> None:
        self.names = ("base", *runs)
        self._model: PreTrainedModel | PeftModel = base
        for name, run in runs.items():
            if isinstance(self._model, PeftModel):
                self._model.load_adapter(str(run.adapter), adapter_name=name)
            else:
                self._model = PeftModel.from_pretrained(base, str(run.adapter), adapter_name=name)

    @contextmanager
    def use(self, name: str) -> Iterator[PreTrainedModel]:
        """Yield the model as this policy; `base` is the model without any adapter."""
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
    """Return the back end of a base model and of the adapters of these runs.

    Args:
        stages: Label to the run whose adapter it is.
        base_label: The label of the model without an adapter.

    Raises:
        UserError: The model cannot be loaded; a run is not finished; its adapter is not the one that it trained; or it
            used another base, quantization, tokenizer, prompt, extractor or task split.
    """
    for run in stages.values():
        if run.read_manifest().get("status") != "complete" or not run.adapter.is_dir():
            raise UserError(f"{run.path} holds no trained adapter: that run is not finished.")
        check_saved_adapter(run, run.read_manifest())
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
        check_lineage(lineage, manifest.get("lineage", {}), str(run.path))
        policies.append(Policy(label, {**identity, "adapter": str(manifest.get("adapter_digest"))}))
    if config.eval.backend == "vllm":
        return VllmBackend(config, tuple(policies), {label: run.adapter for label, run in stages.items()})
    return LocalBackend(
        Policies(base, stages),
        tokenizer,
        tuple(policies),
        tasks,
        config.eval,
        decoder=config.model.decoder,
        seed=config.run.seed,
    )
