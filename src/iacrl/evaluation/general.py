"""General ability, by lm-evaluation-harness and its Python API: what training may have cost elsewhere.

The base and every adapter are measured on the same tasks of the harness, with its prompts (plain text, no chat
template) and metrics. A user's own task is given as a file.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from iacrl.config.recipes import Config
from iacrl.errors import UserError, did_you_mean
from iacrl.evaluation.backends import Backend
from iacrl.evaluation.figures import GeneralResult
from iacrl.evaluation.model_source import ModelSource
from iacrl.extras import require
from iacrl.files import read_text

_NAME = re.compile(r"""^(?:task|group):\s*["']?([^\s"'#]+)""", re.MULTILINE)


def check_general(config: Config, source: ModelSource, tasks: Sequence[str]) -> None:
    """Refuse what cannot be measured.

    Raises:
        UserError: The harness is not installed or does not know a task, or the model does not run in this process.
    """
    if source.endpoint is not None or source.completions is not None or config.eval.backend != "transformers":
        raise UserError("--general measures local models by transformers, not endpoints, files of completions or vLLM.")
    _find(tasks)


def measure_general(backend: Backend, tasks: Sequence[str], config: Config) -> tuple[GeneralResult, ...]:
    """Return every metric of these tasks, for the base and every adapter.

    Args:
        tasks: Names of tasks or groups of the harness, or files (`.yaml`) that define one.

    Raises:
        UserError: The harness does not know a task, or cannot load it (data sets come from the Hugging Face hub).
    """
    import lm_eval
    from lm_eval.models.huggingface import HFLM

    from iacrl.evaluation.backends.local import LocalBackend

    if not isinstance(backend, LocalBackend):
        raise UserError("--general measures local models only.")
    logging.getLogger("lm_eval").setLevel(logging.ERROR)  # it warns that the model is loaded, which is what we want
    names, manager = _find(tasks)
    found: list[GeneralResult] = []
    for policy in backend.policies:
        with backend.models.use(policy.label) as model:
            was_training = model.training
            model.eval()
            try:
                outcome = lm_eval.simple_evaluate(
                    model=HFLM(pretrained=model, tokenizer=backend.tokenizer, batch_size=config.eval.batch_size),
                    tasks=names,
                    task_manager=manager,
                    random_seed=config.run.seed,
                    numpy_random_seed=config.run.seed,
                    torch_random_seed=config.run.seed,
                    fewshot_random_seed=config.run.seed,
                    log_samples=False,
                )
            except (OSError, ValueError) as error:  # an unavailable data set, or a faulty task
                told = " ".join(str(error).split())[:300]
                raise UserError(f"--general: lm-evaluation-harness cannot run {', '.join(names)}: {told}") from error
            finally:
                model.train(was_training)
        found += _read(policy.label, outcome)
    return tuple(found)


def _read(policy: str, outcome: Mapping[str, Any]) -> Iterator[GeneralResult]:
    """Yield the metrics; the harness calls them `metric,filter`, and their errors `metric_stderr,filter`."""
    for task, metrics in outcome["results"].items():
        documents = outcome.get("n-samples", {}).get(task, {}).get("effective")
        for name, value in metrics.items():
            metric, _, selection = name.partition(",")
            if not isinstance(value, int | float) or metric.endswith("_stderr") or not selection:
                continue
            error = metrics.get(f"{metric}_stderr,{selection}")
            shown = metric if selection == "none" else f"{metric} ({selection})"
            error = error if isinstance(error, float) else None
            yield GeneralResult(policy, task, shown, float(value), error, documents)


def _find(tasks: Sequence[str]) -> tuple[list[str], Any]:
    """Return the names of the tasks, and the harness's index with them."""
    files = [Path(task) for task in tasks if task.endswith((".yaml", ".yml"))]
    names = [_name_in(Path(task)) if Path(task) in files else task for task in tasks]
    manager = _index(tuple(str(file.resolve().parent) for file in files))
    known = manager.all_tasks
    for name in names:
        if name not in known:
            raise UserError(f"--general: lm-evaluation-harness knows no task {name!r}.{did_you_mean(name, known)}")
    return names, manager


@cache
def _index(folders: tuple[str, ...]) -> Any:
    """Return the harness's index of its own tasks and those in these folders; building it takes seconds."""
    require("--general", "lm-eval", ("lm_eval",))
    from lm_eval.tasks import TaskManager

    return TaskManager(include_path=list(folders) or None)


def _name_in(file: Path) -> str:
    found = _NAME.search(read_text(file))
    if found is None:
        raise UserError(f"--general {file}: has no `task: NAME`, so it defines no task of lm-evaluation-harness.")
    return found[1]
