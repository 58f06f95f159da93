"""The hack monitor: the same validation tasks, answered regularly and judged by training and by the real program.

It detects a policy that learns to please the reward: its training score rises, but the strict verdict does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from transformers import Trainer
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.recipes import Config
from iacrl.runs.directory import RunDirectory
from iacrl.runs.progress import say
from iacrl.runs.splits import in_shares, read_split
from iacrl.scoring.runtime import Outcome, Runtime
from iacrl.tasks import Task
from iacrl.training.measuring import sample_as_grpo
from iacrl.training.probe_judges import judge_names, second_opinions


@dataclass(frozen=True)
class HackMonitor:
    """Figures of the hack monitor, for the lines of metrics that are due.

    `probe/score` is the training score; `probe/valid` the share that the second judge accepts; `probe/passed` the share
    that it accepts and that does everything that was asked. `probe/refused` is a share of the answers that training
    calls valid: those that the second judge refuses or cannot judge. `probe/unchecked` is the share that training's
    validator cannot judge. The random state is left unchanged.

    Attributes:
        config: The resolved configuration.
        run: Keeps the answers in `probe.jsonl`.
        trainer: The trainer, with its model and its lines of metrics so far.
        tokenizer: The model's tokenizer.
        tasks: The probe set.
        runtime: How training scores.
    """

    config: Config
    run: RunDirectory
    trainer: Trainer
    tokenizer: PreTrainedTokenizerBase
    tasks: Sequence[Task]
    runtime: Runtime

    def __call__(self) -> dict[str, float]:
        """Return the figures if a probe is due: with the first line, then after `probe.every` steps."""
        every, state = self.config.probe.every, self.trainer.state
        if every is None or not self.tasks:
            return {}
        before = [line["step"] for line in state.log_history if "probe/score" in line]
        if before and state.global_step - before[-1] < every:
            return {}
        answers = sample_as_grpo(self.config, self.trainer.answering, self.tokenizer, self.tasks)
        outcomes = self.runtime.score_batch([done.text for done in answers], self.tasks).outcomes
        accepted = self._accepted(outcomes)
        if state.is_world_process_zero:
            self.run.log_probe(
                {
                    "step": state.global_step,
                    "task": task.id,
                    "completion": done.text,
                    "score": outcome.total,
                    "valid": outcome.valid,
                    "accepted": yes,
                    "passed": outcome.passed and yes,
                }
                for task, done, outcome, yes in zip(self.tasks, answers, outcomes, accepted, strict=True)
            )
        return figures(outcomes, accepted)

    def _accepted(self, outcomes: Sequence[Outcome]) -> list[bool]:
        """Say whether the second judge accepts each answer; without one, training's own verdict counts.

        An answer that training's validator cannot judge is never accepted.
        """
        texts = [outcome.found.get("text", "") for outcome in outcomes]
        said = second_opinions(texts, [task.domain for task in self.tasks], self.config.domains)
        return [
            bool(text.strip()) and not outcome.unchecked and (outcome.valid if yes is None else yes)
            for text, outcome, yes in zip(texts, outcomes, said, strict=True)
        ]


def figures(outcomes: Sequence[Outcome], accepted: Sequence[bool]) -> dict[str, float]:
    """Return the figures of one probe from the training scores and the second judge's verdicts."""
    judged = list(zip(outcomes, accepted, strict=True))
    valid = [yes for outcome, yes in judged if outcome.valid]
    return {
        "probe/score": fmean(outcome.total or 0.0 for outcome in outcomes),
        "probe/valid": fmean(accepted),
        "probe/passed": fmean(outcome.passed and yes for outcome, yes in judged),
        "probe/refused": fmean(not yes for yes in valid) if valid else 0.0,
        "probe/unchecked": fmean(outcome.unchecked for outcome in outcomes),
    }


def probe_tasks(config: Config) -> list[Task]:
    """Return the probe set: the first validation tasks with an intent, in equal shares over domains and families."""
    if config.probe.every is None:
        return []
    validation = read_split(config, "validation")
    return in_shares([task for task in validation.tasks if task.intent], config.probe.rows)


def announce(tasks: Sequence[Task]) -> dict[str, Any]:
    """Print once, for each domain, who judges the probe's answers a second time, and return it for the manifest."""
    judges: dict[str, str | None] = {}
    for domain, judge, why in judge_names(sorted({task.domain for task in tasks})):
        if judge is not None:
            said = f"{judge} judges its answers too."
        else:
            said = f"nobody judges its answers a second time, so training's verdict counts. {why}"
        judges[domain] = judge
        say(f"Probe, {domain}: {said}")
    return {"tasks": len(tasks), "judges": judges}
