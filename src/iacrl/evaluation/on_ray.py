"""Judging on the machines of a Ray cluster, in the order in which completions were asked for.

Every machine needs the same version of iacrl, the reward files at the same paths, and the program of a second judge.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import Any

import iacrl
from iacrl.config.recipes import Config
from iacrl.domains.base import Options
from iacrl.domains.programs import SecondJudge, SecondOpinion
from iacrl.domains.registry import second_judge
from iacrl.errors import UserError, first_line
from iacrl.evaluation.judges import Judges
from iacrl.extras import require
from iacrl.runs.progress import say
from iacrl.scoring.runtime import Outcome
from iacrl.scoring.samples import ScoredSample
from iacrl.tasks import Task

#: Batches that wait for each worker, so that none is idle.
_AHEAD = 2


class RayJudges(Judges):
    """The judges of an evaluation, one on each core of a cluster. A worker that dies is replaced.

    Args:
        config: The configuration of the evaluation.
        address: `local` starts Ray on this machine; otherwise the address of a cluster, such as `auto`.

    Raises:
        UserError: Ray is not installed; or as for `Judges`.
    """

    def __init__(self, config: Config, address: str) -> None:
        require("--ray", "ray", ("ray",))
        super().__init__(config)
        rewards = config.rewards.model_copy(update={"workers": 1})
        self._alone = config.model_copy(update={"rewards": rewards})
        self._address = address
        self._connected = False

    def __exit__(self, *exception: object) -> None:
        if self._connected:
            import ray

            ray.shutdown()
            self._connected = False
        super().__exit__(*exception)

    def _connect(self) -> None:
        """Connect to the cluster with the first batch: sampling before it may take hours."""
        import ray

        if self._connected:
            return
        where = {} if self._address == "local" else {"address": self._address}
        try:
            # "critical": Ray logs an error at length before it raises it.
            ray.init(**where, include_dashboard=None if where else False, log_to_driver=False, logging_level="critical")
        except Exception as error:  # Ray raises plain exceptions, and whatever keeps it from starting is no bug here
            what = "no cluster answers" if where else "Ray cannot start on this machine"
            logs = "" if where else " Ray's logs are in /tmp/ray/session_latest/logs."
            raise UserError(
                f"--ray {self._address}: {what}: {first_line(error)}\n"
                f"Completions are kept.{logs} Without --ray this machine judges; with --resume an evaluation goes on."
            ) from error
        self._connected = True

    def judge_all(
        self, batches: Sequence[tuple[Sequence[str], Sequence[Task]]]
    ) -> Iterator[list[tuple[Outcome, ScoredSample]]]:
        """Yield the outcomes of each batch, in order."""
        self._connect()
        return _in_order(_ScoringWorker, (self._alone,), batches)

    def ask_program(
        self, domain: str, options: Options, batches: Sequence[Sequence[str]]
    ) -> Iterator[Sequence[SecondOpinion]]:
        """Yield the second judge's opinions on each batch, in order."""
        self._connect()
        return _in_order(_ProgramWorker, (domain, dict(options)), batches)


def open_judges(config: Config, ray: str | None) -> Judges:
    """Return the judges of this machine, or those of a Ray cluster.

    Raises:
        UserError: See `Judges` and `RayJudges`.
    """
    return Judges(config) if ray is None else RayJudges(config, ray)


class _ScoringWorker:
    def __init__(self, config: Config) -> None:
        self._config = config

    @cached_property
    def _judges(self) -> Judges:  # not made in __init__, whose errors Ray reports as text only
        return Judges(self._config)

    def work(self, batch: tuple[Sequence[str], Sequence[Task]]) -> Any:
        return self._judges.judge(*batch)

    def version(self) -> str:
        return iacrl.__version__


class _ProgramWorker:
    def __init__(self, domain: str, options: Options) -> None:
        self._asked = (domain, options)
        self._open = ExitStack()

    @cached_property
    def _judge(self) -> SecondJudge:
        return self._open.enter_context(second_judge(*self._asked))

    def work(self, batch: Sequence[str]) -> Any:
        return self._judge.judge(batch)

    def version(self) -> str:
        return iacrl.__version__

    def __ray_shutdown__(self) -> None:
        self._open.close()


def _in_order(kind: type, arguments: tuple[Any, ...], batches: Sequence[Any]) -> Iterator[Any]:
    """Yield the work of each batch in order, from at most as many workers as the cluster has cores."""
    import ray

    if not batches:
        return
    cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
    actor = ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=2)(kind)
    workers = [actor.remote(*arguments) for _ in range(min(cores, len(batches)))]
    others = set(_answers([worker.version.remote() for worker in workers])) - {iacrl.__version__}
    if others:
        raise UserError(f"Other machines of the cluster have iacrl {', '.join(others)}, this one {iacrl.__version__}.")
    say(f"Ray: {len(workers)} workers on {len(ray.nodes())} machines.")
    try:
        waiting: deque[Any] = deque()
        for number, batch in enumerate(batches):
            waiting.append(workers[number % len(workers)].work.remote(batch))
            if len(waiting) > _AHEAD * len(workers):
                yield _answers(waiting.popleft())
        while waiting:
            yield _answers(waiting.popleft())
    finally:
        for worker in workers:
            ray.kill(worker)


def _answers(asked: Any) -> Any:
    """Return what workers answer.

    Raises:
        UserError: A worker found a mistake, or workers do not start or die again and again.
    """
    import ray

    try:
        return ray.get(asked)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, UserError):
            raise UserError(f"On a machine of the Ray cluster: {error.cause}") from error
        raise
    except ray.exceptions.RayError as error:
        raise UserError(
            f"A worker of the Ray cluster does not start, or died: {str(error).strip().splitlines()[-1]}\n"
            f"Every machine needs this Python and iacrl {iacrl.__version__}, and memory for a worker on each core."
        ) from error
