"""The samples for a page's script: every text once, every diagnostic with its place in the completion.

They are compressed JSON in base64. HTML and scripts cannot misread its characters, whatever a model wrote.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from iacrl.domains.ranges import Range
from iacrl.evaluation.report.marks import Places, Span
from iacrl.evaluation.report.reading import Run
from iacrl.scoring.judgement import JUDGED_LAYERS
from iacrl.scoring.samples import ScoredSample

#: The most completions of GRPO's training. Longer runs show evenly spaced steps; nobody looks at more.
MOST_TRAINING_SAMPLES = 4000

#: The most that is shown of one completion: above any token limit, but a longer text cannot stall a page.
MOST_CHARACTERS = 20_000
MOST_DIAGNOSTICS = 50


def pack(runs: Sequence[Run]) -> tuple[str, list[str]]:
    """Return the samples of the runs, packed for a page, and notes on what was left out."""
    tasks: dict[str, int] = {}
    rows = []
    notes = []
    for number, run in enumerate(runs):
        kept, note = _training(run)
        notes += [note] if note else []
        judged = {"evaluation": run.samples, "trivial": run.trivial}
        for source, samples in judged.items():
            rows += [{**_row(sample, tasks), "run": number, "from": source} for sample in samples]
        rows += [{**_row(one, tasks), "run": number, "from": "training", "step": one.step} for one in kept]
    content = {"runs": [run.name for run in runs], "tasks": [json.loads(task) for task in tasks], "samples": rows}
    packed = zlib.compress(json.dumps(content, allow_nan=False).encode(), 9)
    return base64.b64encode(packed).decode(), notes


def _training(run: Run) -> tuple[Sequence[ScoredSample], str]:
    found = run.training_samples
    if len(found) <= MOST_TRAINING_SAMPLES:
        return found, ""
    steps = sorted({one.step or 0 for one in found})
    stride = -(-len(found) // MOST_TRAINING_SAMPLES)
    chosen = set(steps[::stride])
    kept = [one for one in found if one.step in chosen]
    words = f"of the {len(found)} completions of GRPO, {len(kept)} can be browsed: one step in {stride}."
    return kept, f"{run.name}: {words}"


def _row(sample: ScoredSample, tasks: dict[str, int]) -> dict[str, Any]:
    places = Places(sample.completion, sample.domain)
    known = places.text == sample.text  # another version of the extractor may have extracted another text
    unjudged = sample.error and not sample.verdict.layers  # otherwise a reward failed on a text with a known verdict
    clauses = None
    if sample.intent is not None:
        clauses = [
            {"words": one.clause, "met": one.met, "reason": one.reason, **_at(one.range, places, known=known)}
            for one in sample.intent
        ]
    return {
        "task": tasks.setdefault(_task(sample), len(tasks)),
        "policy": sample.policy,
        "decoding": sample.decoding,
        "number": sample.sample,
        "outcome": "unjudged" if unjudged else _outcome(sample),
        "error": sample.error,
        "fails": "not judged" if unjudged else _failed_layer(sample),
        "score": sample.score,
        "parts": dict(sample.parts),
        "finish": sample.finish,
        "tokens": sample.tokens,
        "completion": sample.completion[:MOST_CHARACTERS],
        "length": len(sample.completion),
        "code": [[span.start, span.end, line] for span, line in places.code()] if known else None,
        "findings": list(_findings(sample, places, known=known)),
        "more": max(0, len(sample.verdict.diagnostics) - MOST_DIAGNOSTICS),
        "clauses": clauses,
        "unchecked": [] if unjudged else list(sample.verdict.unchecked),
    }


def _failed_layer(sample: ScoredSample) -> str:
    return next((layer for layer in JUDGED_LAYERS if layer not in sample.verdict.layers), "nothing")


def _task(sample: ScoredSample) -> str:
    """Return what the completions of one task share, as JSON."""
    task = {
        "id": sample.task,
        "domain": sample.domain,
        "family": sample.family,
        "difficulty": sample.difficulty,
        "prompt": [dict(message) for message in sample.prompt],
    }
    return json.dumps(task)


def _outcome(sample: ScoredSample) -> str:
    if sample.passed:
        return "passed"
    if sample.valid:
        return "incomplete"
    if sample.verdict.valid:
        return "empty"
    return "invalid" if any(found.severity == "error" for found in sample.verdict.diagnostics) else "unjudged"


def _findings(sample: ScoredSample, places: Places, *, known: bool) -> Iterator[dict[str, Any]]:
    for found in sample.verdict.diagnostics[:MOST_DIAGNOSTICS]:
        yield {
            "code": found.code,
            "severity": found.severity,
            "layer": found.layer,
            "message": found.message,
            "line": found.range.start.line,
            "column": found.range.start.column,
            **_at(found.range, places, known=known),
        }


def _at(found: Range | None, places: Places, *, known: bool) -> dict[str, list[int]]:
    if found is None or not known:
        return {}
    span: Span = places.place(found)
    return {"at": [span.start, span.end]}
