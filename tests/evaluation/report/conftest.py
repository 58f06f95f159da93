"""Small runs to report on, judged by the real validators, some of their completions hostile."""

import functools
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import iacrl
from iacrl.evaluation.figures import DecodingSettings, Evaluation, Policy, Protocol, write_evaluation
from iacrl.evaluation.rates import differences, gather, summarize
from iacrl.evaluation.report import page
from iacrl.files import write_json
from iacrl.scoring.samples import ScoredSample, scored_sample
from iacrl.tasks.prompt import build_answer
from iacrl.tasks.task_files import digest_tasks, write_tasks

#: Two errors: an unsupported argument in line 2 and an unsupported block type in line 5 of the extracted text.
BAD = 'Sure:\n```terraform\nresource "aws_s3_bucket" "logs" {\n  bukket = "x"\n}\n\nresourse "a" "b" {}\n```\nDone.'

#: What a page must show as text and never act on.
HOSTILE = (
    "</script><script>window.hacked = 1</script>",
    '<img src=x onerror="window.hacked = 1"><svg onload="window.hacked = 1"></svg>',
    "{{ 7 * 7 }}{% raw %} & &lt;b&gt; <!-- \u2028 \u2029 ]]>",
    "a\x00b\x1b[31mc\u202edlrow\u202c \ud800 \U0001f600 \"quoted\" 'single'",
    "</style><style>body{display:none}</style>",
    "x" * 30_000,
)

LOGGED = {"mean_token_accuracy": 0.5, "num_tokens": 1200}


@dataclass(frozen=True)
class Runs:
    """Paths of two finished runs on the same tasks, and how many samples the first has."""

    first: Path
    second: Path
    evaluated: int
    trained: int


def judged(task, completion, policy, decoding="greedy", sample=0, finish="stop"):
    found = scored_sample(task, iacrl.score(completion, task))
    origin = {"policy": policy, "decoding": decoding, "sample": sample, "finish": finish}
    return replace(found, **origin, tokens=len(completion) // 4).to_json()


def gold(task):
    return build_answer(task)[0]["content"]


@pytest.fixture(scope="session")
def report_tasks():
    """Three tasks of each domain, of three families each."""
    found = []
    for domain in ("terraform", "kubernetes"):
        families = {}
        for task in iacrl.load_tasks(domain, split="test"):
            families.setdefault(task.family, task)
        found += list(families.values())[:3]
    return found


def write_rows(path, rows):
    """Write JSON lines in ASCII, which can hold what a model may write and UTF-8 cannot: half a surrogate pair."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_run(folder, rows, trained, tasks):
    """Write a finished run; its figures are those that an evaluation computes from the same samples."""
    for stage in ("sft", "grpo", "eval"):
        (folder / stage).mkdir(parents=True)
        manifest = {"stage": stage, "status": "complete", "seed": 7, "lineage": {"base_model": "org/base-model"}}
        manifest |= {"started": "2026-01-01T10:00:00+00:00", "finished": "2026-01-01T12:10:00+00:00"}
        write_json(folder / stage / "manifest.json", manifest)
        settings = (
            f"sft: {{learning_rate: 0.002}}\ngrpo: {{steps: 3, group_size: 2}}\ndata: {{test: {folder}/test.jsonl}}\n"
        )
        (folder / stage / "config.yaml").write_text(settings)
    write_tasks(folder / "test.jsonl", tasks)
    write_rows(folder / "sft/metrics.jsonl", [{"step": n, **LOGGED, "loss": 2 / n, "grad_norm": n} for n in (1, 2)])
    logged = [{"step": n, "entropy": 0.5, "completions/mean_length": 9} for n in (1, 2, 3)]
    logged[2] |= {"learning_rate": 1e-4, "time/generation": 3.0, "time/total": 4.0, "memory/peak_mb": 900}
    logged[0] |= {"probe/score": 0.3, "probe/valid": 0.5, "probe/passed": 0.2, "probe/refused": 0.0}
    logged[2] |= {"probe/score": 0.9, "probe/valid": 0.6, "probe/passed": 0.1, "probe/refused": 0.4}
    write_rows(folder / "grpo/metrics.jsonl", logged)
    write_rows(folder / "grpo/samples.jsonl", trained)
    write_rows(folder / "eval/samples.jsonl", rows)
    write_evaluation(folder / "eval", evaluation_of(rows, tasks))


def evaluation_of(rows, tasks):
    outcomes = gather(map(ScoredSample.from_json, rows))
    results = [
        summarize(
            policy, decoding, found, tasks=len(tasks), samples=2 if decoding == "sampled" else 1,
            trivial=policy == "empty",
        )
        for (policy, decoding), found in outcomes.items()
    ]  # fmt: skip
    pair = (("base", outcomes["base", "greedy"]), ("grpo", outcomes["grpo", "greedy"]))
    return Evaluation(
        format=1,
        iacrl=iacrl.__version__,
        protocol=Protocol(
            tasks="t" * 64,
            task_count=len(tasks),
            task_files={
                f"{domain}-test": digest_tasks(task for task in tasks if task.domain == domain)
                for domain in ("terraform", "kubernetes")
            },
            prompt="p" * 64,
            extractor="1",
            decodings=(DecodingSettings("greedy", 0.0, 1), DecodingSettings("sampled", 1.0, 2)),
            max_completion_tokens=64,
            seed=0,
            rubric={"complete": 1.0},
            gates={"complete": "valid > 0"},
            options={"terraform": {}, "kubernetes": {"version": "1.37"}},
        ),
        policies=(Policy("base", {}), Policy("grpo", {})),
        results=tuple(results),
        differences=differences([pair], "greedy"),
    )


@pytest.fixture(scope="session")
def runs(tmp_path_factory, report_tasks):
    folder = tmp_path_factory.mktemp("runs")
    rows, other = [], []
    for number, task in enumerate(report_tasks):
        rows.append(judged(task, HOSTILE[number], "base", finish="length"))
        rows.append(judged(task, gold(task), "grpo"))
        rows += [judged(task, text, "grpo", "sampled", n) for n, text in enumerate((gold(task), BAD))]
        rows.append(judged(task, "", "empty", "given"))
        other += [judged(task, BAD, "base"), judged(task, BAD if number else gold(task), "grpo")]
    trained = [
        replace(scored_sample(task, iacrl.score(text, task)), step=step).to_json()
        for step, texts in ((1, (BAD, BAD)), (2, (BAD, None)), (3, (None, None)))
        for task in report_tasks[:2]
        for text in (gold(task) if text is None else text for text in texts)
    ]
    write_run(folder / "first", rows, trained, report_tasks)
    write_run(folder / "second", other, trained, report_tasks)
    return Runs(folder / "first", folder / "second", len(rows), len(trained))


@pytest.fixture(scope="session", autouse=True)
def drawn_once():
    """Draw equal charts once: most pages here differ in their samples only, and drawing takes longer than all else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "to_svgs", functools.cache(page.to_svgs))
        yield


@pytest.fixture
def broken_run(runs, tmp_path):
    """A copy of the first run that a test may damage."""
    return Path(shutil.copytree(runs.first, tmp_path / "broken"))
