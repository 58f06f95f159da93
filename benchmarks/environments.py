"""Whether every adapter scores like `iacrl.score`, in the programs that they are for, as far as these are installed.

    python benchmarks/environments.py

50 completions of several kinds: gold answers in a fence, bare and cut off, those of other tasks, prose, echoes, empty
texts. Every gold answer must earn 1.0, and every completion the same as by `iacrl.score`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from record import RESULTS, system

import iacrl
from iacrl.runs.splits import spread
from iacrl.tasks import Task, load_tasks
from iacrl.tasks.prompt import build_answer, build_prompt
from iacrl.tasks.task_files import domains_with_tasks

Case = tuple[Task, str]
COUNT = 50


def cases() -> list[Case]:
    """Return the completions, each with its task."""
    tasks = spread([task for domain in domains_with_tasks() for task in load_tasks(domain, split="test")])
    found: list[Case] = []
    for number, task in enumerate(tasks):
        gold = build_answer(task)[0]["content"]
        other = next(one for one in tasks[number + 1 :] + tasks if one.domain == task.domain and one.id != task.id)
        lines = task.output.splitlines()
        kinds = (
            gold,
            task.output,
            f"Here it is:\n\n{gold}\n\nThat is all.",
            "\n".join(lines[: len(lines) // 2]),
            "\n".join(line for at, line in enumerate(lines) if at != len(lines) // 2),
            build_answer(other)[0]["content"],
            build_prompt(task)[-1]["content"],
            "I cannot help with that.",
            "",
            gold.replace("=", ":").replace("kind", "knd"),
        )
        found.append((task, kinds[number % len(kinds)]))
        if len(found) == COUNT:
            return found
    raise AssertionError("too few tasks")


def by_trl(found: list[Case]) -> list[float | None]:
    """Rows of `dataset`, through `datasets` and the reward function."""
    from iacrl.adapters.trl import dataset, reward_function

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tasks.jsonl"
        file.write_text("".join(json.dumps(task.to_json()) + "\n" for task, _ in found))
        rows = dataset(tasks=file)
        assert rows.column_names == ["prompt", "task"] and len(rows) == len(found)
        chat = [[{"role": "assistant", "content": text}] for _, text in found]
        return reward_function()(prompts=list(rows["prompt"]), completions=chat, task=list(rows["task"]))


def by_inspect(found: list[Case]) -> list[float | None]:
    """The registered tasks, with a solver that replies what it is given in place of a model."""
    from inspect_ai import eval as run
    from inspect_ai.model import ModelOutput
    from inspect_ai.solver import solver

    replies = {task.id: text for task, text in found}

    @solver
    def replying():
        async def solve(state, generate):
            state.output = ModelOutput.from_content("mockllm/model", replies[state.sample_id])
            return state

        return solve

    totals: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for domain in dict.fromkeys(task.domain for task, _ in found):
            ids = [task.id for task, _ in found if task.domain == domain]
            (log,) = run(
                f"iacrl/{domain}",
                model="mockllm/model",
                solver=replying(),
                sample_id=ids,
                display="none",
                log_dir=folder,
            )
            assert log.status == "success", log.error
            totals |= {sample.id: sample.scores["rubric"].value for sample in log.samples}
            names = set(log.results.scores[0].metrics)
            assert names == {"pass_rate", "mean", "stderr"}, names
            assert all({"clauses", "diagnostics"} <= set(one.scores["rubric"].metadata) for one in log.samples)
            assert all(one.scores["rubric"].explanation for one in log.samples)
    return [totals[task.id] for task, _ in found]


def by_verifiers(found: list[Case]) -> list[float | None]:
    """The installed taskset package, found by its name."""
    import verifiers.v1 as vf
    from verifiers.v1.graph import MessageNode
    from verifiers.v1.trace import AgentInfo, TraceTask
    from verifiers.v1.utils.loaders import load_taskset, taskset_class

    from iacrl.adapters.verifiers_taskset import IacrlTasksetConfig

    assert taskset_class("iacrl-tasks").__name__ == "IacrlTaskset"
    tasks = {task.key: task for task in load_taskset(IacrlTasksetConfig(id="iacrl-tasks", split="test"))}

    async def score(case: Case) -> float:
        task = tasks[case[0].id]
        reply = MessageNode(message=vf.AssistantMessage(content=case[1]), sampled=True)
        agent = AgentInfo.model_construct()
        trace = vf.Trace(task=TraceTask(type="IacrlTask", data=task.data), agent=agent, nodes=[reply])
        await task.score(trace)
        return float(trace.reward)

    async def score_all() -> list[float | None]:
        return [await score(case) for case in found]

    return asyncio.run(score_all())


def by_verl(found: list[Case]) -> list[float | None]:
    """The reward function, called as verl's reward managers do."""
    from iacrl.adapters.verl import compute_score

    return [
        compute_score(data_source="iacrl", solution_str=text, ground_truth=json.dumps(task.to_json()))["score"]
        for task, text in found
    ]


#: The package of each adapter, and how its program scores. verl's function needs no verl.
ADAPTERS: dict[str, tuple[str, Callable[[list[Case]], list[float | None]]]] = {
    "trl": ("trl", by_trl),
    "inspect_ai": ("inspect_ai", by_inspect),
    "verifiers": ("verifiers", by_verifiers),
    "verl (its function alone)": ("", by_verl),
}


def installed() -> Iterator[tuple[str, str]]:
    """Yield the packages of the adapters that are installed, with their versions."""
    for name in ("trl", "datasets", "inspect_ai", "verifiers", "iacrl-tasks"):
        with contextlib.suppress(PackageNotFoundError):
            yield name, version(name)


def main() -> int:
    """Compare every adapter with `iacrl.score`, print and keep the result; 1 if one differs."""
    found = cases()
    wanted = [iacrl.score(text, task).total for task, text in found]
    gold = [build_answer(task)[0]["content"] == text for task, text in found]
    versions = dict(installed())
    results = {}
    for name, (package, score) in ADAPTERS.items():
        if package and package not in versions:
            print(f"{name}: not installed")
            continue
        totals = score(found)
        same = sum(one is not None and abs(one - other) < 1e-9 for one, other in zip(totals, wanted, strict=True))
        whole = sum(total == 1.0 for total, is_gold in zip(totals, gold, strict=True) if is_gold)
        results[name] = {"same": same, "of": len(found), "gold_is_1": whole, "gold": sum(gold)}
        print(f"{name}: {same} of {len(found)} as iacrl.score; {whole} of {sum(gold)} gold answers earn 1.0")
    distinct = len(set(wanted))
    print(f"{distinct} different scores; {versions}")
    kept = {"system": system("python benchmarks/environments.py"), "versions": versions, "results": results}
    (RESULTS / "environments.json").write_text(json.dumps({**kept, "different_scores": distinct}, indent=1) + "\n")
    whole_set = all(one["same"] == one["of"] and one["gold_is_1"] == one["gold"] for one in results.values())
    return 0 if whole_set else 1


if __name__ == "__main__":
    sys.exit(main())
