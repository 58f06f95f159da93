"""What `fuzz_readers.py` reads: the readers of files, each with valid examples that are made here."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reader_seeds import (
    ADAPTER,
    BASE,
    BASELINE,
    DEFINITION,
    DUMP,
    GGUF,
    KUSTOMIZED,
    LOOP,
    MANIFESTS,
    MODULE,
    MODULE_JSON,
    REPLAY,
    SERVERLESS,
    SETTINGS,
    SPACE,
    TEMPLATE,
    TEMPLATE_JSON,
)

from iacrl.adapters import read_task
from iacrl.config.of_run import load_config_of_run
from iacrl.config.recipes import config_names, find_config, load_config
from iacrl.domains import validate
from iacrl.domains.registry import all_domains
from iacrl.errors import UserError
from iacrl.evaluation.backends import Request
from iacrl.evaluation.backends.completions import CompletionsFile
from iacrl.evaluation.backends.endpoint import _read_answer
from iacrl.evaluation.comparison import compare, rates_of
from iacrl.evaluation.drift.drift_text import text_lines
from iacrl.evaluation.drift.findings import find_drift
from iacrl.evaluation.drift.log_counts import LogJudge, count_log
from iacrl.evaluation.figures import read_evaluation
from iacrl.evaluation.log import CompletionLog
from iacrl.evaluation.report.page import live_page
from iacrl.evaluation.report.reading import read_run
from iacrl.evaluation.report.summary import summarize
from iacrl.evaluation.run_records import read_records
from iacrl.evaluation.run_rows import differing_settings, ranked, rows_of
from iacrl.evaluation.run_store import open_store
from iacrl.evaluation.text_tables import render_differences
from iacrl.files import load_json
from iacrl.runs.directory import RunDirectory
from iacrl.runs.weights import read_weights
from iacrl.scoring.samples import read_samples
from iacrl.sources.baseline import read_baseline
from iacrl.sources.bulk import RowJudge, judge_rows
from iacrl.sources.formats import FORMS
from iacrl.sources.judged import fast_judges
from iacrl.sources.judging import Judging
from iacrl.sources.schema_folders import schema_store
from iacrl.sources.settings import Given
from iacrl.sources.settings_file import read_settings
from iacrl.sources.settings_keys import Mistakes
from iacrl.tasks import Task, check_intent, load_tasks, read_tasks
from iacrl.tasks.importing import import_tasks
from iacrl.testing.intents import read_intent
from iacrl.training.claimed_sizes import check_folder, check_gguf
from iacrl.training.search_space import check_space, plain_space, read_space, suggest


@dataclass(frozen=True)
class Reader:
    """One kind of file.

    Attributes:
        name: Its name in this tool.
        file: Its name in the folder that `read` takes.
        examples: Valid contents.
        beside: Other files of the folder, by name.
        read: Reads the file in a folder; raises only UserError.
    """

    name: str
    file: str
    examples: Sequence[bytes]
    read: Callable[[Path], object]
    beside: Mapping[str, bytes]


def all_readers(run: Path, tasks: Sequence[Task]) -> list[Reader]:
    """Return every reader that needs no model.

    Args:
        run: The directory of a finished evaluation.
        tasks: Some tasks of each domain.
    """
    return [
        *_task_readers(tasks), *_source_readers(tasks), *_recipe_readers(tasks), *_run_readers(run), *_model_readers()
    ]  # fmt: skip


def adapter_readers() -> Iterator[Reader]:
    """Yield the readers of a run's adapter, which need torch."""
    import torch
    from safetensors.torch import save

    from iacrl.training.trained_files import saved_digest

    weights = save({"base_model.model.layers.0.q_proj.lora_A.weight": torch.ones(2, 4)})
    parts = {"adapter_config.json": ADAPTER, "adapter_model.safetensors": weights}
    for name, content in parts.items():
        yield Reader(f"adapter: {name}", name, [content], saved_digest, parts)


def _task_readers(tasks: Sequence[Task]) -> Iterator[Reader]:
    rows = [json.dumps(task.to_json()) for task in tasks]
    completions = [json.dumps({"task": task.id, "completion": task.output, "sample": 0}) for task in tasks]
    asked = frozenset(task.id for task in tasks)
    intents = [json.dumps(task.intent.to_json(), indent=1).encode() for task in tasks if task.intent is not None]
    documents = [validate(task.output, task.domain).document for task in tasks]
    request = Request(tasks[0], (), 0)
    answer = {"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}], "usage": {"completion_tokens": 3}}

    def meet_intent(at: Path) -> None:
        asked, domain = read_intent(at / "i.yaml")
        for document in documents:
            if document is not None and document.domain == domain:
                check_intent(asked, document)

    def read_answer(at: Path) -> None:
        try:
            _read_answer(request, load_json((at / "answer.json").read_bytes()))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
            return  # as the endpoint's caller

    yield Reader("tasks", "tasks.jsonl", _each_and_all(rows), lambda at: read_tasks(at / "tasks.jsonl"), {})
    yield Reader("array of tasks", "t.json", [f"[{','.join(rows)}]".encode()], lambda at: read_tasks(at / "t.json"), {})
    yield Reader(
        "table of tasks", "t.csv", [_table(tasks)], lambda at: read_tasks(at / "t.csv", domain="terraform"), {}
    )
    yield Reader(
        "import", "t.jsonl", _each_and_all(rows), lambda at: import_tasks(str(at / "t.jsonl"), "terraform"), {}
    )
    yield Reader(
        "completions",
        "c.jsonl",
        _each_and_all(completions),
        lambda at: CompletionsFile(at / "c.jsonl", "m", tasks, asked),
        {},
    )
    yield Reader("intent", "i.yaml", intents, meet_intent, {})
    yield Reader("row of a trainer", "row.json", [row.encode() for row in rows], _row_of_trainer, {})
    yield Reader("answer of an endpoint", "answer.json", [json.dumps(answer).encode()], read_answer, {})
    weights = [json.dumps({"task": task.id, "weight": 0.5}).encode() + b"\n" for task in tasks]
    yield Reader("weights", "w.jsonl", [b"".join(weights)], lambda at: read_weights(at / "w.jsonl", tasks), {})
    yield Reader("replay", "r.jsonl", [REPLAY], _replay, {})


def _source_readers(tasks: Sequence[Task]) -> Iterator[Reader]:
    golds = {
        name: [task.output.encode() for task in tasks if task.domain == name] for name in ("terraform", "kubernetes")
    }
    texts = [json.dumps({"id": task.id, "domain": task.domain, "text": task.output}) for task in tasks]
    logged = [
        json.dumps({"completion": task.output, "time": 86_400 * (number % 4), "domain": task.domain})
        for number, task in enumerate([*tasks] * 4)
    ]
    judges = fast_judges({})
    yield Reader("settings", ".iacrl.toml", [SETTINGS], lambda at: _settings(at / ".iacrl.toml"), {})
    project = b"[tool.iacrl]\n" + SETTINGS.replace(b"[", b"[tool.iacrl.")
    yield Reader("settings in a project", "pyproject.toml", [project], lambda at: _settings(at / "pyproject.toml"), {})
    yield Reader("baseline", "b.json", [BASELINE], lambda at: read_baseline(at / "b.json"), {})
    yield Reader("definitions", "crd.yaml", [DEFINITION], lambda at: _add(at / "crd.yaml"), {})
    yield Reader("schema dump", "s.json", [json.dumps(DUMP).encode()], lambda at: _add(at / "s.json"), {})
    yield Reader("schema folder", "s.json", [json.dumps(DUMP).encode(), DEFINITION], _schema_folder, {})
    rows = RowJudge(judges)
    yield Reader("rows", "t.jsonl", _each_and_all(texts), lambda at: list(judge_rows(at / "t.jsonl", rows, 1)), {})
    log = ["\n".join(logged).encode()]
    yield Reader("log of answers", "log.jsonl", log, lambda at: _drift(at / "log.jsonl", judges), {})
    for name, content in MODULE.items():
        examples = [content, *golds["terraform"]] if name == "main.tf" else [content]
        yield Reader(f"module: {name}", name, examples, _judge_directory, MODULE)
    yield Reader("module: a.tf.json", "a.tf.json", [MODULE_JSON], _judge_directory, {})
    for name, content in MANIFESTS.items():
        examples = [content, *golds["kubernetes"]] if name == "web.yaml" else [content]
        yield Reader(f"manifests: {name}", name, examples, _judge_directory, MANIFESTS)
    for name, content in KUSTOMIZED.items():
        yield Reader(f"kustomization: {name}", name, [content], lambda at: _judge_directory(at / "sub"), KUSTOMIZED)
    yield Reader("template", "t.yaml", [TEMPLATE], _judge_directory, {})
    yield Reader("template in JSON", "t.json", [TEMPLATE_JSON], _judge_directory, {})
    yield Reader("template with a transform", "t.yaml", [SERVERLESS, LOOP], _judge_directory, {})


def _recipe_readers(tasks: Sequence[Task]) -> Iterator[Reader]:
    recipes = [find_config(name).read_bytes() for name in config_names()]
    yield Reader("recipe", "recipe.yaml", recipes, lambda at: load_config(str(at / "recipe.yaml")).to_yaml(), {})
    whole = load_config("tiny-cpu").to_yaml().encode()
    yield Reader("configuration of a run", "config.yaml", [whole], lambda at: load_config_of_run(at), {})
    yield Reader("space of a sweep", "space.yaml", [SPACE], _space, {})


def _run_readers(run: Path) -> Iterator[Reader]:
    parts = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    for name, content in parts.items():
        yield Reader(f"run: {name}", name, [content], lambda at, name=name: _run(at, name), parts)
        if name in ("manifest.json", "config.yaml", "metrics.jsonl", "eval.json"):
            yield Reader(f"report: {name}", name, [content], _page, parts)


def _model_readers() -> Iterator[Reader]:
    import torch
    from safetensors.torch import save

    yield Reader("header of GGUF", "a.gguf", [GGUF], lambda at: check_gguf(at / "a.gguf"), {})
    beside = {"model.safetensors": save({"embed": torch.zeros(5_000)})}
    yield Reader("configuration of a base", "config.json", [BASE], check_folder, beside)


def _each_and_all(rows: Sequence[str]) -> list[bytes]:
    return [*(row.encode() + b"\n" for row in rows), "\n".join(rows).encode()]


def _table(tasks: Sequence[Task]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["instruction", "input", "output"])
    writer.writerows([task.instruction, task.input, task.output] for task in tasks)
    return out.getvalue().encode()


def _row_of_trainer(at: Path) -> None:
    text = (at / "row.json").read_text(encoding="utf-8", errors="replace")
    read_task(text)
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return
    read_task(row)


def _replay(at: Path) -> None:
    from iacrl.training.replay import _chats  # it imports transformers

    _chats(str(at / "r.jsonl"))


def _settings(file: Path) -> None:
    mistakes = Mistakes("x")
    settings = read_settings(file, mistakes)
    if settings is not None and not mistakes.found:
        settings.excludes(file.parent / "vendor" / "a.tf")
        fast_judges(settings.options)


def _add(file: Path) -> None:
    content = file.read_bytes()
    for domain in all_domains():
        if domain.schemas is not None:
            domain.schemas().add(content, str(file))


def _schema_folder(at: Path) -> None:
    with schema_store((at,)):
        pass


def _drift(log: Path, judges: Any) -> None:
    counts = count_log(log, LogJudge(judges, "day"), 1)
    list(text_lines(find_drift(counts, "day", base=2, min_rows=1, false_alarms=0.01)))


def _judge_directory(at: Path) -> None:
    """Judge a directory as `iacrl validate` does, in every form, and write a baseline of it."""
    with Judging(Given()) as judging:
        sources = judging.find((str(at),), None)
        things = [thing for thing in sources.things if thing.rendering is None]
        found = list(judging.judge(things))
        for form in FORMS.values():
            form(found, sources.left_out).encode("utf-8", "surrogatepass")


def _space(at: Path) -> None:
    import optuna

    space = read_space(at / "space.yaml")
    check_space("tiny-cpu", (), space)
    plain_space(space)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    suggest(optuna.create_study(sampler=optuna.samplers.RandomSampler(0)).ask(), space)


def _run(at: Path, name: str) -> None:
    """Read a run's directory as the commands do that read this file of it, each separately."""
    readers: tuple[Callable[[], object], ...] = {
        "completions.jsonl": (lambda: list(CompletionLog(at / "completions.jsonl").rows()),),
        "samples.jsonl": (lambda: list(read_samples(at / "samples.jsonl")), lambda: _compare(at)),
        "config.yaml": (lambda: load_config(str(at / "config.yaml")), lambda: _records(at)),
        "manifest.json": (lambda: RunDirectory(at).read_manifest(), lambda: _records(at)),
        "eval.json": (lambda: read_evaluation(at), lambda: _compare(at), lambda: _records(at)),
        "metrics.jsonl": (lambda: _records(at),),
    }.get(name, ())
    for read in (*readers, lambda: summarize([read_run(at, "run")])):
        with _tolerated():
            read()


@contextmanager
def _tolerated() -> Iterator[None]:
    try:
        yield
    except UserError:
        return


def _compare(at: Path) -> None:
    compared, found = compare([str(at), f"{at}:{read_evaluation(at).policies[0].label}"])
    with redirect_stdout(io.StringIO()):
        render_differences(rates_of(compared), found)


def _records(at: Path) -> None:
    records, _ = read_records(open_store(str(at.parent)))
    list(differing_settings([*records, *records]))
    ranked(rows_of(records, "greedy"), "pass@1")


def _page(at: Path) -> None:
    runs = [read_run(at, "run")]
    live_page(runs, summarize(runs), "1")


def make_run(folder: Path, tasks: Sequence[Task]) -> Path:
    """Return the directory of a small evaluation."""
    from iacrl.evaluation.model_source import ModelSource, resolve_config
    from iacrl.evaluation.protocol import run_eval
    from iacrl.tasks import write_tasks

    write_tasks(folder / "tasks.jsonl", tasks)
    rows = [json.dumps({"task": task.id, "completion": task.output}) + "\n" for task in tasks]
    (folder / "mine.jsonl").write_text("".join(rows), encoding="utf-8")
    source = ModelSource(completions=folder / "mine.jsonl")
    overrides = [f"run.dir={folder / 'runs'}", "rewards.workers=1"]
    overrides += [f"data.{split}={folder / 'tasks.jsonl'}" for split in ("train", "test")]
    overrides += [f"data.domains=[{', '.join(sorted({task.domain for task in tasks}))}]"]
    run, _ = run_eval(resolve_config(source, None, overrides), source)
    (run.path / "metrics.jsonl").write_text('{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 0.4}\n', encoding="utf-8")
    return run.path


def some_tasks(each: int = 3) -> list[Task]:
    """Return some shipped tasks of two domains, each of another family."""
    found: list[Task] = []
    for domain in ("terraform", "kubernetes"):
        families = {task.family: task for task in load_tasks(domain, split="test")}
        found += list(families.values())[:each]
    return found
