"""A scorer for inspect_ai, and a task for each domain: `inspect eval iacrl/terraform --model ...`.

The row of the task file is in the sample's metadata under `task`. inspect_ai finds the tasks by the entry point of this
package.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, mean, metric, scorer, stderr
from inspect_ai.solver import TaskState, generate

from iacrl.adapters import read_task, runtime_of, score_one, tasks_of
from iacrl.domains import domain_names
from iacrl.scoring.runtime import Outcome, Runtime
from iacrl.scoring.samples import ScoredSample
from iacrl.tasks import Split
from iacrl.tasks.prompt import build_prompt


@metric
def pass_rate() -> Metric:
    """Return the share of answers that are valid and do everything that was asked."""

    def passed(scores: list[SampleScore]) -> float:
        return sum(bool((one.score.metadata or {}).get("passed")) for one in scores) / max(1, len(scores))

    return passed


@scorer(metrics=[pass_rate(), mean(), stderr()])
def rubric(runtime: Runtime | None = None, config: str | None = None) -> Scorer:
    """Score an answer by the rubric, from 0 to 1; a sample that could not be judged is an error of inspect's.

    The score's metadata has `valid`, `passed`, `parts`, `clauses` and `diagnostics`.

    Args:
        runtime: How answers are scored; if None, by the rubric of `config`.
        config: The name or the file of a recipe with another rubric than the default one.
    """

    async def score(state: TaskState, target: Target) -> Score:
        answer, row = state.output.completion, state.metadata.get("task")
        outcome = await asyncio.to_thread(score_one, runtime or runtime_of(config), answer, row)
        sample = outcome.sample(read_task(row), answer)
        found = {name: getattr(outcome, name) for name in ("valid", "passed", "parts", "error")}
        found["clauses"] = [{"clause": one.clause, "met": one.met, "reason": one.reason} for one in sample.intent or ()]
        found["diagnostics"] = [one.to_json() for one in sample.verdict.diagnostics]
        explanation = _explanation(outcome, sample)
        return Score(value=outcome.total or 0.0, answer=sample.text, explanation=explanation, metadata=found)

    return score


def _explanation(outcome: Outcome, sample: ScoredSample) -> str:
    """Return why an answer has its score, one finding a line."""
    verdict = "valid" if sample.valid else "not valid"
    lines = [outcome.error or f"{verdict}, {'complete' if sample.passed else 'not complete'}"]
    lines += [f"line {one.range.start.line}: {one.message} [{one.code}]" for one in sample.verdict.diagnostics]
    lines += [f"not checked: {words}" for words in sample.verdict.unchecked]
    lines += [f"not met: {one.clause}: {one.reason}" for one in sample.intent or () if not one.met]
    return "\n".join(lines)


def _declared(domain: str) -> Callable[..., Task]:
    """Register and return the task of one domain."""

    @task(name=domain)
    def of_domain(split: Split = "test", tasks: str | None = None, config: str | None = None) -> Task:
        asked = tasks_of(domain, split, tasks)
        samples = []
        for one in asked:
            system, user = build_prompt(one)
            messages = [ChatMessageSystem(content=system["content"]), ChatMessageUser(content=user["content"])]
            metadata = {"task": one.to_json(), "family": one.family, "difficulty": one.difficulty}
            samples.append(Sample(id=one.id, input=messages, target=one.output, metadata=metadata))
        return Task(dataset=MemoryDataset(samples), solver=generate(), scorer=rubric(config=config))

    declared: Callable[..., Task] = of_domain
    return declared


#: Each domain, and its task: `iacrl/NAME`. A domain without shipped tasks needs the parameter `tasks`.
TASKS = {name: _declared(name) for name in domain_names()}
