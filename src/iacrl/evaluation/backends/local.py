"""A local model by transformers: the base, and each adapter switched on in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.sections import EvalSection
from iacrl.evaluation.backends import Reply, Request, request_seed
from iacrl.evaluation.figures import DecodingSettings, Policy
from iacrl.tasks import Task
from iacrl.tasks.prompt import build_prompt
from iacrl.training.generation import Decoding, generate
from iacrl.training.policies import Policies


class LocalBackend:
    """Batched generation in this process.

    Batches are laid out over all tasks, the same whatever is still missing, and each has a seed of its own. So an
    evaluation that was interrupted goes on to the same completions as one that was not (on a CPU, to the last bit).
    """

    def __init__(
        self,
        models: Policies,
        tokenizer: PreTrainedTokenizerBase,
        policies: tuple[Policy, ...],
        tasks: Sequence[Task],
        settings: EvalSection,
        *,
        seed: int,
    ) -> None:
        self.policies = policies
        self.notes: tuple[str, ...] = ()
        self.models = models
        self.tokenizer = tokenizer
        self._settings = settings
        self._seed = seed
        # Prompts of like length share a batch, so that little is spent on padding.
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
                    [build_prompt(request.task) for request in batch],
                    Decoding(decoding.temperature or 0.0),
                    max_tokens=self._settings.max_completion_tokens,
                    batch_size=len(batch),
                    seed=request_seed(self._seed, sample, number),
                )
                yield [
                    Reply(request, done.text, done.tokens, "stop" if done.stopped else "length")
                    for request, done in zip(batch, completions, strict=True)
                ]
