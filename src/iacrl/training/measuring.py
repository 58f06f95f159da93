"""How often a policy passes: samples of each task, scored as in training, and the share of flat groups."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.recipes import Config
from iacrl.decoding.sampling import Decoding
from iacrl.runs.progress import ProgressBar
from iacrl.scoring.runtime import Runtime
from iacrl.tasks import Task
from iacrl.tasks.prompt import Message, build_answer, build_prompt
from iacrl.training.generation import Completion, generate


@dataclass(frozen=True, slots=True)
class Rate:
    """The results of the samples of one task; all three have the same length.

    Attributes:
        passed: Whether each sample is valid and does everything that was asked.
        scores: The score of each, in [0, 1]; 0 if scoring failed.
        stopped: Whether each ended by itself.
    """

    task: str
    passed: tuple[bool, ...]
    scores: tuple[float, ...]
    stopped: tuple[bool, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the plain form of a row in `gate.jsonl`."""
        return asdict(self)


def measure(
    config: Config,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    runtime: Runtime,
    tasks: Sequence[Task],
    *,
    samples: int,
    title: str,
) -> list[Rate]:
    """Sample every task with GRPO's decoding and score the completions.

    The random state is left unchanged: measuring does not affect training.
    """
    asked = [task for task in tasks for _ in range(samples)]
    with ProgressBar(title, len(asked)) as bar:
        completions = sample_as_grpo(config, model, tokenizer, asked, bar.update)
    outcomes = runtime.score_batch([done.text for done in completions], asked).outcomes
    return [
        Rate(
            task.id,
            tuple(outcome.passed for outcome in outcomes[start : start + samples]),
            tuple(outcome.total or 0.0 for outcome in outcomes[start : start + samples]),
            tuple(done.stopped for done in completions[start : start + samples]),
        )
        for task, start in zip(tasks, range(0, len(asked), samples), strict=True)
    ]


def sample_as_grpo(
    config: Config,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    tasks: Sequence[Task],
    progress: Callable[[int], None] = lambda done: None,
) -> list[Completion]:
    """Return one completion for each task, with GRPO's decoding; `progress` as for `generate`."""
    grpo = config.grpo
    return generate(
        model,
        tokenizer,
        [build_prompt(task) for task in tasks],
        Decoding(grpo.temperature, grpo.top_p, grpo.top_k, grpo.min_p, grpo.repetition_penalty),
        decoder=config.model.decoder,
        max_tokens=grpo.max_completion_tokens,
        batch_size=config.eval.batch_size,
        seed=config.run.seed,
        progress=progress,
    )


def gold_loss(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, tasks: Sequence[Task], *, batch_size: int
) -> float:
    """Return the mean cross entropy of the tokens of the gold answers, in nats."""
    rows = [answer_tokens(build_prompt(task), build_answer(task), tokenizer) for task in tasks]
    return answer_loss(model, rows, batch_size=batch_size)


def answer_loss(model: PreTrainedModel, answered: Sequence[tuple[Sequence[int], int]], *, batch_size: int) -> float:
    """Return the mean cross entropy of the tokens of answers, in nats. The model stays in its mode.

    Args:
        answered: The tokens of each prompt with its answer, and how many of them are the prompt's.
    """
    total, count = 0.0, 0
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        for first in range(0, len(answered), batch_size):
            rows = answered[first : first + batch_size]
            width = max(len(ids) for ids, _ in rows)
            ids = torch.tensor([[*ids, *[0] * (width - len(ids))] for ids, _ in rows], device=model.device)
            mask = torch.tensor([[1] * len(ids) + [0] * (width - len(ids)) for ids, _ in rows], device=model.device)
            labels = ids.masked_fill(mask == 0, -100)
            for row, (_, prompt) in zip(labels, rows, strict=True):
                row[:prompt] = -100
            logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1].float()
            total += float(cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten(), reduction="sum"))
            count += int((labels[:, 1:] != -100).sum())
    model.train(was_training)
    return total / count


def answer_tokens(
    prompt: list[Message], answer: list[Message], tokenizer: PreTrainedTokenizerBase
) -> tuple[list[int], int]:
    """Return the tokens of a prompt with its answer, and how many of them are the prompt's."""
    begun = tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template([*prompt, *answer], tokenize=False)
    ids: list[int] = tokenizer(whole, add_special_tokens=False)["input_ids"]
    return ids, len(tokenizer(begun, add_special_tokens=False)["input_ids"])


def flat_share(outcomes: Sequence[Hashable], group_size: int) -> float:
    """Return the probability that all completions of a group have the same outcome and so teach nothing.

    Let c_v of n samples have outcome v. The unbiased estimate for groups of G is the share of the samples' G-subsets
    with only one outcome: sum over v of C(c_v, G) / C(n, G). It is undefined for fewer samples than G. Then the sum of
    (c_v / n)^G is used, for passing p^G + (1 - p)^G, which is too high on average.
    """
    total, counts = len(outcomes), Counter(outcomes).values()
    if total >= group_size:
        return sum(math.comb(count, group_size) for count in counts) / math.comb(total, group_size)
    return float(sum((count / total) ** group_size for count in counts))


def predicted_flat(rates: Sequence[Rate], group_size: int) -> dict[str, float]:
    """Return the share of groups that would be flat: by pass or fail alone, and by the whole score."""
    return {
        "by_passing": fmean(flat_share(rate.passed, group_size) for rate in rates),
        "by_score": fmean(flat_share(rate.scores, group_size) for rate in rates),
    }
