"""Whether an exported folder is the trained policy: its tokens, its probabilities and its completions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import torch
from peft import PeftModel
from transformers import AutoTokenizer, PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.recipes import Config
from iacrl.decoding.sampling import Decoding
from iacrl.errors import UserError
from iacrl.tasks import Task
from iacrl.tasks.prompt import build_prompt
from iacrl.training.generation import generate
from iacrl.training.rows import sft_row
from iacrl.training.tokenizer import TOKENIZER_FOLDER

#: How far the mean log-probability of a gold answer's tokens may move. Rounding to 16 bit moves it by less than 0.01;
#: a lost or doubled adapter by tenths.
TOLERANCE = 0.05

#: The share of greedy completions that must be judged as before. Rounding changes the text of a few near ties. A lost
#: end token, or another chat template, changes nearly all texts.
SAME_VERDICTS = 0.75


@dataclass(frozen=True, slots=True)
class Measurement:
    """The measurements of one form of a policy on some tasks.

    Attributes:
        log_probability: Mean over the tokens of the gold answers, in nats.
        texts: The greedy completion of each task.
        verdicts: For each: whether it is valid, and whether it does everything asked for.
        score: Mean score of the completions.
    """

    log_probability: float
    texts: tuple[str, ...]
    verdicts: tuple[tuple[bool, bool], ...]
    score: float


@dataclass(frozen=True, slots=True)
class ExportCheck:
    """The exported policy compared with the trained one.

    Attributes:
        tasks: How many validation tasks were compared.
        log_probability_before, log_probability_after: Mean over the tokens of the gold answers, in nats.
        score_before, score_after: Mean score of the greedy completions of each.
        same_verdicts: On how many tasks both greedy completions get the same verdict: valid or not, passing or not.
        same_texts: On how many both are the same text.
        tokenizer: The folder in the export from which `AutoTokenizer` reads the trained policy's tokenizer; empty: the
            export itself.
    """

    tasks: int
    log_probability_before: float
    log_probability_after: float
    score_before: float
    score_after: float
    same_verdicts: int
    same_texts: int
    tokenizer: str

    def wrong(self) -> str:
        """Return the evidence that these are two different policies; empty if there is none."""
        if abs(self.log_probability_after - self.log_probability_before) > TOLERANCE:
            return (
                f"the mean log-probability of gold answers went from {self.log_probability_before:.3f} to "
                f"{self.log_probability_after:.3f}"
            )
        if self.same_verdicts < SAME_VERDICTS * self.tasks:
            return f"only {self.same_verdicts} of {self.tasks} greedy completions are judged as before"
        return ""


def compare(before: Measurement, after: Measurement, tokenizer: str) -> ExportCheck:
    """Return the check of one measurement against another."""
    return ExportCheck(
        len(before.texts),
        before.log_probability,
        after.log_probability,
        before.score,
        after.score,
        sum(one == other for one, other in zip(before.verdicts, after.verdicts, strict=True)),
        sum(one == other for one, other in zip(before.texts, after.texts, strict=True)),
        tokenizer,
    )


def save_tokenizer(tokenizer: PreTrainedTokenizerBase, folder: Path, tasks: Sequence[Task], config: Config) -> str:
    """Write the tokenizer into an exported folder in a way that `AutoTokenizer` reads unchanged.

    If config.json names certain model types (such as qwen2), `AutoTokenizer` silently replaces the saved splitting of
    text by that of the type. Without a config.json next to it, it does not. So such a tokenizer gets a folder of its
    own and is only there: nothing can read it wrongly.

    Returns:
        The folder's name in the export; empty if the tokenizer is next to the weights.

    Raises:
        UserError: It would be read differently in either place.
    """
    tokenizer.save_pretrained(str(folder))
    if _reads_alike(tokenizer, folder, tasks, config):
        return ""
    apart = folder / TOKENIZER_FOLDER
    apart.mkdir()
    for file in map(Path, tokenizer.save_pretrained(str(apart))):
        (folder / file.relative_to(apart)).unlink(missing_ok=True)
    if not _reads_alike(tokenizer, apart, tasks, config):
        raise UserError(
            f"The tokenizer of {config.model.id} does not survive being saved: AutoTokenizer reads other tokens from "
            "the copy. Nothing was written; `--adapter-only` exports what was trained as it is."
        )
    return TOKENIZER_FOLDER


def load_saved_tokenizer(folder: Path, config: Config) -> PreTrainedTokenizerBase:
    """Return the tokenizer that users of the folder get from `AutoTokenizer`, padding on the left."""
    found: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
        str(folder), trust_remote_code=config.model.trust_remote_code, padding_side="left"
    )
    return found


def _reads_alike(tokenizer: PreTrainedTokenizerBase, folder: Path, tasks: Sequence[Task], config: Config) -> bool:
    found = load_saved_tokenizer(folder, config)
    ends = [(one.eos_token_id, one.pad_token_id) for one in (tokenizer, found)]
    return ends[0] == ends[1] and _ids(tokenizer, tasks) == _ids(found, tasks)


def _ids(tokenizer: PreTrainedTokenizerBase, tasks: Sequence[Task]) -> list[list[int]] | None:
    """Return the tokens of each task's prompt with its gold answer; None without a chat template."""
    if tokenizer.chat_template is None:
        return None
    chats = [[*row["prompt"], *row["completion"]] for row in map(sft_row, tasks)]
    return [list(tokenizer.apply_chat_template(chat)["input_ids"]) for chat in chats]


def measure_policy(
    model: PreTrainedModel | PeftModel,
    tokenizer: PreTrainedTokenizerBase,
    tasks: Sequence[Task],
    config: Config,
) -> Measurement:
    """Measure the gold answers' log-probabilities and judge greedy completions."""
    completions = generate(
        model,
        tokenizer,
        [build_prompt(task) for task in tasks],
        Decoding(0.0),
        decoder=config.model.decoder,
        max_tokens=config.eval.max_completion_tokens,
        batch_size=config.eval.batch_size,
        seed=config.run.seed,
    )
    gold = fmean(_gold_log_probability(model, tokenizer, task) for task in tasks)
    return judged(gold, tuple(done.text for done in completions), tasks, config)


def judged(log_probability: float, completions: tuple[str, ...], tasks: Sequence[Task], config: Config) -> Measurement:
    """Return what a policy was measured to do; its completions are judged as in training, with a deadline.

    Raises:
        UserError: As for `Runtime.score_batch`.
    """
    with config.runtime() as runtime:
        outcomes = runtime.score_batch(completions, tasks).outcomes
    return Measurement(
        log_probability,
        completions,
        tuple((one.valid, one.passed) for one in outcomes),
        fmean(one.total or 0.0 for one in outcomes),
    )


def gold_ids(tokenizer: PreTrainedTokenizerBase, task: Task) -> tuple[list[int], int]:
    """Return the tokens of a task's prompt with its gold answer, and where the answer begins."""
    row = sft_row(task)
    prompt = tokenizer.apply_chat_template(row["prompt"], tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template([*row["prompt"], *row["completion"]], tokenize=False)
    start = len(tokenizer(prompt, add_special_tokens=False)["input_ids"])
    return list(tokenizer(whole, add_special_tokens=False)["input_ids"]), start


@torch.inference_mode()
def _gold_log_probability(model: PreTrainedModel | PeftModel, tokenizer: PreTrainedTokenizerBase, task: Task) -> float:
    tokens, start = gold_ids(tokenizer, task)
    ids = torch.tensor([tokens], device=model.device)
    log_probabilities = model(input_ids=ids).logits[0, start - 1 : -1].float().log_softmax(-1)
    return float(log_probabilities.gather(1, ids[0, start:, None]).mean())
