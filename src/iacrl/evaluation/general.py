"""General ability, by lm-evaluation-harness and its own Python API: what training may have cost elsewhere.

The base and every adapter are measured on the same tasks of the harness, with its own prompts and metrics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacrl.config import Config
from iacrl.errors import UserError, did_you_mean
from iacrl.evaluation.backends import Backend
from iacrl.evaluation.figures import GeneralResult
from iacrl.evaluation.sources import Source


def check_general(config: Config, source: Source, tasks: Sequence[str]) -> None:
    """Refuse what could not be measured.

    Raises:
        UserError: The harness is not installed or does not know a task, or the model is not run in this process.
    """
    if source.endpoint is not None or source.completions is not None or config.eval.backend != "transformers":
        raise UserError("--general measures local models by transformers, not endpoints, files of completions or vLLM.")
    known = _task_manager().all_tasks
    for task in tasks:
        if task not in known:
            raise UserError(f"--general: lm-evaluation-harness knows no task {task!r}.{did_you_mean(task, known)}")


def measure_general(
    backend: Backend, tasks: Sequence[str], config: Config, *, limit: int | None = None, manager: Any = None
) -> tuple[GeneralResult, ...]:
    """Return every metric of these tasks, of the base and of every adapter.

    Args:
        backend: The local models.
        tasks: Names of tasks or groups of the harness.
        config: Batch size and seed.
        limit: Documents of each task; all when None.
        manager: The harness's own index of tasks; the default one when None.
    """
    import lm_eval
    from lm_eval.models.huggingface import HFLM

    from iacrl.evaluation.backends.local import LocalBackend

    if not isinstance(backend, LocalBackend):
        raise UserError("--general measures local models only.")
    found: list[GeneralResult] = []
    for policy in backend.policies:
        with backend.models.use(policy.label) as model:
            was_training = model.training
            model.eval()
            outcome = lm_eval.simple_evaluate(
                model=HFLM(pretrained=model, tokenizer=backend.tokenizer, batch_size=config.eval.batch_size),
                tasks=list(tasks),
                task_manager=manager or _task_manager(),
                limit=limit,
                random_seed=config.run.seed,
                numpy_random_seed=config.run.seed,
                torch_random_seed=config.run.seed,
                fewshot_random_seed=config.run.seed,
                log_samples=False,
            )
            model.train(was_training)
        found += _read(policy.label, outcome["results"])
    return tuple(found)


def _read(policy: str, results: Mapping[str, Mapping[str, Any]]) -> Iterator[GeneralResult]:
    """Yield the metrics; the harness names them `metric,filter`, and their errors `metric_stderr,filter`."""
    for task, metrics in results.items():
        for name, value in metrics.items():
            metric, _, selection = name.partition(",")
            if not isinstance(value, int | float) or metric.endswith("_stderr") or not selection:
                continue
            error = metrics.get(f"{metric}_stderr,{selection}")
            shown = metric if selection == "none" else f"{metric} ({selection})"
            yield GeneralResult(policy, task, shown, float(value), error if isinstance(error, float) else None)


def _task_manager() -> Any:
    try:
        from lm_eval.tasks import TaskManager
    except ImportError:
        raise UserError("--general needs lm-evaluation-harness: pip install 'iacrl[lm-eval]'.") from None
    return TaskManager()
