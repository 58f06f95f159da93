"""Whether a GGUF file is the trained policy: read by llama.cpp where it is installed, else by transformers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from iacrl.errors import UserError
from iacrl.tasks import Task
from iacrl.tasks.prompt import build_prompt
from iacrl.training.export_check import Measurement, gold_ids, judged, measure_policy
from iacrl.training.gguf_base import read_gguf
from iacrl.training.llama_cpp import LlamaCpp, can_load
from iacrl.training.rows import sft_row
from iacrl.training.trained_policy import TrainedPolicy

Reader = Literal["llama.cpp", "transformers"]

#: Text on which tokenizers differ: endings, numbers, runs of spaces and of punctuation, other scripts.
_ODD = "don't DON'T we'll 12345 ٣٤٥\r\n\r\n  x\t= [\"a_b-c\"]  \n   ünïcode 日本語 🎉 }}}{{  end "


def reader() -> Reader:
    """Return which program reads the file back here."""
    return "llama.cpp" if can_load() else "transformers"


def measure_gguf(file: Path, trained: TrainedPolicy, ends: frozenset[int]) -> Measurement:
    """Measure the policy in a file as the trained one was measured.

    Args:
        ends: The tokens that end an answer.

    Raises:
        UserError: llama.cpp cannot load the file, or splits text into other tokens than the policy was trained on.
    """
    config = trained.config
    if not can_load():
        # The file's tokenizer is not asked: transformers reads it by the model's type and not by the file's name of it.
        model = read_gguf(file, getattr(torch, config.model.compute_dtype))
        return measure_policy(model, trained.tokenizer, trained.tasks, config)
    limit = config.eval.max_completion_tokens
    gold = [gold_ids(trained.tokenizer, task) for task in trained.tasks]
    prompts = [
        trained.tokenizer.apply_chat_template(build_prompt(task), add_generation_prompt=True)["input_ids"]
        for task in trained.tasks
    ]
    length = max(len(ids) for ids in [*(ids for ids, _ in gold), *prompts]) + limit
    with LlamaCpp(file, length=length, threads=config.run.threads) as policy:
        _check_tokens(policy, trained.tokenizer, trained.asked)
        log_probabilities = [_mean_log_probability(policy.logits(ids), ids, start) for ids, start in gold]
        found = [policy.continued(prompt, ends, limit) for prompt in prompts]
    texts = tuple(str(trained.tokenizer.decode(ids, skip_special_tokens=True)) for ids in found)
    return judged(fmean(log_probabilities), texts, trained.tasks, config)


def _check_tokens(policy: LlamaCpp, tokenizer: PreTrainedTokenizerBase, asked: Sequence[Task]) -> None:
    rendered = [
        tokenizer.apply_chat_template([*row["prompt"], *row["completion"]], tokenize=False)
        for row in map(sft_row, asked)
    ]
    for text in [_ODD, *rendered]:
        if policy.tokenize(text) != tokenizer(text, add_special_tokens=False)["input_ids"]:
            raise UserError(
                "--format gguf: llama.cpp splits text into other tokens than this policy was trained on. Nothing was "
                "written. Please report this, with the model's id; without --format the export is for transformers."
            )


def _mean_log_probability(logits: NDArray[np.float32], ids: Sequence[int], start: int) -> float:
    rows = torch.from_numpy(logits[start - 1 : -1]).log_softmax(-1)
    return float(rows.gather(1, torch.tensor(ids[start:])[:, None]).mean())
