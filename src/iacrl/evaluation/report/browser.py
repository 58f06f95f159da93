"""The samples for a page's script: every text once, every diagnostic with its place in the completion.

They are compressed JSON in base64. HTML and scripts cannot misread its characters, whatever a model wrote.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacrl.domains.ranges import Range
from iacrl.evaluation.report.colouring import colour_runs
from iacrl.evaluation.report.headline import headline_of
from iacrl.evaluation.report.marks import Places, Span
from iacrl.evaluation.report.outcomes import first_missing_layer, has_no_verdict, outcome_of
from iacrl.evaluation.report.reading import Run
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
    gold = {task: text for run in runs for task, text in run.gold.items()}
    for number, run in enumerate(runs):
        kept, note = _training(run)
        notes += [note] if note else []
        judged = {"evaluation": run.samples, "trivial": run.trivial}
        for source, samples in judged.items():
            rows += [{**_row(sample, tasks, gold), "run": number, "from": source} for sample in samples]
        rows += [{**_row(one, tasks, gold), "run": number, "from": "training", "step": one.step} for one in kept]
    content = {
        "runs": [run.name for run in runs],
        "main": _main(runs),
        "tasks": [json.loads(task) for task in tasks],
        "samples": rows,
    }
    packed = zlib.compress(json.dumps(content, allow_nan=False).encode(), 9)
    return base64.b64encode(packed).decode(), notes


def _main(runs: Sequence[Run]) -> dict[str, Any] | None:
    """Return which two policies the headline of the first measured run compares."""
    for number, run in enumerate(runs):
        found = None if run.evaluation is None else headline_of(run.evaluation)
        if found is not None:
            difference = found.difference
            names = {"before": difference.before, "after": difference.after}
            return {"run": number, "decoding": difference.decoding, **names}
    return None


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


def _row(sample: ScoredSample, tasks: dict[str, int], gold: Mapping[str, str]) -> dict[str, Any]:
    places = Places(sample.completion, sample.domain)
    known = places.text == sample.text  # another version of the extractor may have extracted another text
    outcome = outcome_of(sample)
    clauses = None
    if sample.intent is not None:
        clauses = [
            {"words": one.clause, "met": one.met, "reason": one.reason, **_at(one.range, places, known=known)}
            for one in sample.intent
        ]
    return {
        "task": tasks.setdefault(_task(sample, gold), len(tasks)),
        "policy": sample.policy,
        "decoding": sample.decoding,
        "number": sample.sample,
        "outcome": outcome,
        "error": sample.error,
        "fails": "not judged" if outcome == "unjudged" else first_missing_layer(sample) or "nothing",
        "score": sample.score,
        "parts": dict(sample.parts),
        "finish": sample.finish,
        "tokens": sample.tokens,
        "completion": sample.completion[:MOST_CHARACTERS],
        "length": len(sample.completion),
        "code": _code(sample, places) if known else None,
        "findings": list(_findings(sample, places, known=known)),
        "more": max(0, len(sample.verdict.diagnostics) - MOST_DIAGNOSTICS),
        "clauses": clauses,
        "unchecked": [] if has_no_verdict(sample) else list(sample.verdict.unchecked),
    }


def _code(sample: ScoredSample, places: Places) -> list[list[Any]]:
    """Return the parts of the extracted text: place, number of the first line, and the colours of the syntax."""
    return [[place.start, place.end, line, colour_runs(text, sample.domain)] for place, line, text in places.code()]


def _task(sample: ScoredSample, gold: Mapping[str, str]) -> str:
    """Return what the completions of one task share, as JSON."""
    answer = gold.get(sample.task)
    task = {
        "gold": None if answer is None else [answer, colour_runs(answer, sample.domain)],
        "id": sample.task,
        "domain": sample.domain,
        "family": sample.family,
        "difficulty": sample.difficulty,
        "prompt": [dict(message) for message in sample.prompt],
    }
    return json.dumps(task)


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
