"""A taskset for verifiers (v1) over iacrl's tasks. The package `environments/iacrl_tasks` exports it for the Hub.

eval iacrl-tasks --env.taskset.domain terraform --env.taskset.task.config mine.yaml
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import verifiers.v1 as vf

from iacrl.adapters import read_task, runtime_of, score_one, tasks_of
from iacrl.adapters.verifiers import rubric
from iacrl.tasks import Split
from iacrl.tasks.prompt import build_answer, build_prompt


class IacrlData(vf.TaskData):
    """One task: `iacrl` is the row of its task file."""

    iacrl: dict[str, Any]


class IacrlTaskConfig(vf.TaskConfig):
    """How an answer is scored: `config` is a recipe with another rubric than the default one."""

    config: str | None = None


class IacrlTask(vf.Task[IacrlData, vf.State, IacrlTaskConfig]):
    """Asks for an answer, and scores it by the rubric."""

    @property
    def key(self) -> str:
        """The task's id, which is unique and lasts."""
        return str(self.data.id)

    @vf.reward
    async def score_of_rubric(self, trace: vf.Trace) -> float:
        """Return the score of the last reply, from 0 to 1; `valid` and `passed` are recorded as metrics."""
        return await rubric(self.data, trace, self.config.config)

    async def validate(self, runtime: vf.Runtime) -> bool | None:
        """Return whether the gold answer passes; None if there is none."""
        task = read_task(self.data.iacrl)
        if not task.output:
            return None
        answer = build_answer(task)[0]["content"]
        return score_one(runtime_of(self.config.config), answer, self.data.iacrl).passed


class IacrlTasksetConfig(vf.TasksetConfig):
    """Which tasks: the shipped ones of a domain and split, or those of a file."""

    domain: str | None = None
    split: Split = "train"
    tasks: str | None = None
    task: IacrlTaskConfig = IacrlTaskConfig()


class IacrlTaskset(vf.Taskset[IacrlTask, IacrlTasksetConfig]):
    """Requests for infrastructure code, judged by iacrl."""

    def load(self) -> Iterator[IacrlTask]:
        """Yield the tasks.

        Raises:
            UserError: There are no such tasks.
        """
        for task in tasks_of(self.config.domain, self.config.split, self.config.tasks):
            system, user = build_prompt(task)
            data = IacrlData(
                id=task.id,
                name=task.id,
                prompt=user["content"],
                system_prompt=system["content"],
                iacrl=task.to_json(),
            )
            yield IacrlTask(data, self.config.task)
