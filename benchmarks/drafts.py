"""What earlier completions would save as drafts: python benchmarks/drafts.py [--sft RUN] [--prompts 16] [--passes 4]

Speculative drafts, as in SPEC-RL: a prompt that is asked again is first answered by its completion of the last pass.
The policy reads it in one pass, and keeps each token with the probability min(1, p/q). From the first token that it
refuses, it writes on by itself.

This trains the demonstration on few prompts in several passes. At each round it reads the completions of the last pass
in the fastest way there is, by the merged copy and each prompt once. It draws how much of each would be kept, and
compares processor times. A batch goes on until its longest row ends, so drafts spare none of what a single row takes.
The time with drafts is what a row takes, plus the unkept share of the rest, plus reading the drafts. Drawing the
refused token again is left out. The result goes to `benchmarks/results/drafts.json`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any, ClassVar

import torch
from record import RESULTS, system

from iacrl.config.recipes import load_config
from iacrl.decoding.decoder import decode
from iacrl.decoding.module_walk import packed_hidden
from iacrl.decoding.packed_rows import PackedRows
from iacrl.decoding.sampling import Decoding
from iacrl.training import grpo, sft


class Drafting(grpo.PolicyTrainer):
    """Measures what drafts would save; trains as without."""

    rounds: ClassVar[list[dict[str, float]]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._before: dict[tuple[int, ...], list[tuple[list[int], list[float]]]] = {}
        self._chance = torch.Generator().manual_seed(0)

    def _generate_single_turn(self, prompt_ids: list[list[int]], *args: Any, **kwargs: Any) -> tuple[list[Any], Any]:
        assert self.rollouts is not None
        self.rollouts.renewed(self.state.global_step)  # its merging is not counted
        start = time.process_time()
        completions, log_probs = super()._generate_single_turn(prompt_ids, *args, **kwargs)
        generation = time.process_time() - start
        groups: dict[tuple[int, ...], list[tuple[list[int], list[float]]]] = {}
        for prompt, ids, found in zip(prompt_ids, completions, log_probs, strict=True):
            groups.setdefault(tuple(prompt), []).append((ids, found))
        if groups.keys() <= self._before.keys():
            drafts = [(prompt, *draft) for prompt in groups for draft in self._before[prompt]]
            start = time.process_time()
            kept = self._kept(drafts)
            reading = time.process_time() - start
            start = time.process_time()
            self._one_row(prompt_ids[0], max(map(len, completions)))
            one_row = time.process_time() - start
            drafted, written = sum(len(ids) for _, ids, _ in drafts), sum(map(len, completions))
            seconds = {"generation": generation, "reading": reading, "one_row": one_row}
            self.rounds.append({**seconds, "drafted": drafted, "kept": kept, "written": written})
        self._before |= groups
        return completions, log_probs

    def _one_row(self, prompt: list[int], tokens: int) -> None:
        """Write one completion of the length of the longest."""
        model: Any = self.rollouts.model  # type: ignore[union-attr]
        draws = torch.rand(1, tokens, dtype=torch.float64, generator=self._chance)
        decode(model, [prompt], Decoding(self.temperature), max_tokens=tokens, ends=(), draws=draws)

    @torch.inference_mode()
    def _kept(self, drafts: list[tuple[tuple[int, ...], list[int], list[float]]]) -> int:
        """Return how many tokens of the drafts the policy keeps."""
        model: Any = self.rollouts.model  # type: ignore[union-attr]
        width, length = (max(len(draft[part]) for draft in drafts) for part in (0, 1))
        asked = torch.tensor([[*[-1] * (width - len(prompt)), *prompt] for prompt, _, _ in drafts])
        written = torch.tensor([[*ids, *[-1] * (length - len(ids))] for _, ids, _ in drafts])
        old = torch.tensor([[*found, *[0.0] * (length - len(found))] for _, _, found in drafts])
        scored = written >= 0
        rows = PackedRows(asked.clamp(min=0), asked >= 0, written, scored)
        logits = model.lm_head(packed_hidden(model, rows, checkpointing=False)).float() / self.temperature
        new = torch.zeros_like(old).masked_scatter(
            scored, logits.log_softmax(-1).gather(1, rows.targets[:, None])[:, 0]
        )
        accepted = scored & (torch.rand(old.shape, generator=self._chance) < (new - old).exp())
        return int(accepted.long().cumprod(1).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sft", type=Path, help="a finished SFT run of tiny-cpu; by default it is trained first")
    parser.add_argument("--prompts", type=int, default=16)
    parser.add_argument("--passes", type=int, default=4)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    command = f"python benchmarks/drafts.py --prompts {asked.prompts} --passes {asked.passes}"
    with tempfile.TemporaryDirectory() as folder:
        steps = asked.passes * asked.prompts // 8
        overrides = [
            f"run.dir={folder}", "gates.action=skip", "probe.every=null", f"data.grpo_rows={asked.prompts}",
            f"grpo.steps={steps}", "grpo.rollout=merged",
        ]  # fmt: skip
        config = load_config("tiny-cpu", overrides)
        parent = asked.sft or sft.run_sft(config).path
        grpo.PolicyTrainer = Drafting  # type: ignore[misc]
        grpo.run_grpo(config, parent=parent)
    total = {name: sum(one[name] for one in Drafting.rounds) for name in Drafting.rounds[0]}
    spared = total["kept"] / total["drafted"]
    rest = total["generation"] - total["one_row"]
    with_drafts = total["one_row"] + rest * (1 - spared) + total["reading"]
    found = {
        "rounds": len(Drafting.rounds),
        "kept_share": round(spared, 3),
        "seconds_generating": round(total["generation"], 2),
        "seconds_of_one_row": round(total["one_row"], 2),
        "seconds_reading_drafts": round(total["reading"], 2),
        "token_read_over_token_written": round(
            total["reading"] / total["drafted"] / (total["generation"] / total["written"]), 3
        ),
        "generation_with_drafts_over_without": round(with_drafts / total["generation"], 3),
    }
    print(json.dumps(found, indent=1))
    kept = {"system": system(command), "prompts": asked.prompts, "passes": asked.passes, **found}
    (RESULTS / "drafts.json").write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
