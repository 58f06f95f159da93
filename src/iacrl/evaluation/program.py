"""`--engine DOMAIN`: the second judge's verdict in addition to the fast validator's, and how often they agree."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from iacrl.domains.base import Options
from iacrl.evaluation.figures import Agreement
from iacrl.evaluation.judges import Judges
from iacrl.files import append_rows, drop_half_row, read_rows
from iacrl.records import from_plain, to_plain
from iacrl.runs.progress import ProgressBar, say
from iacrl.scoring.samples import DecodingName, EngineVerdict, ScoredSample

#: Texts per core in one call of a second judge: enough to keep the cores busy.
_TEXTS = 8


def judge_by_program(
    judges: Judges, domain: str, options: Options, texts: Iterable[str], journal: Path
) -> dict[str, EngineVerdict]:
    """Return the verdict of the domain's second judge on each text, if it has one.

    Args:
        judges: Who asks it.
        journal: Keeps each batch as soon as it is judged, so that a call after a kill asks only for the rest.

    Raises:
        UserError: The domain has no second judge, or it is not available.
    """
    known = _read_journal(journal)
    distinct = {text: _key(domain, options, text) for text in texts}
    found = {text: known[key] for text, key in distinct.items() if key in known}
    left = [text for text in distinct if text not in found]
    size = _TEXTS * (os.cpu_count() or 1)
    batches = [left[start : start + size] for start in range(0, len(left), size)]
    done = len(found)
    with ProgressBar(f"second judge of {domain}", len(distinct)) as bar:
        for some, opinions in zip(batches, judges.ask_program(domain, options, batches), strict=True):
            rows = []
            for text, opinion in zip(some, opinions, strict=True):
                if opinion.valid is not None:
                    found[text] = EngineVerdict(opinion.valid, opinion.diagnostics)
                    rows.append({"key": distinct[text], "verdict": to_plain(found[text])})
                elif opinion.fault:
                    say(f"The second judge of {domain} could not judge a text: {opinion.fault}")
            append_rows(journal, rows, sync=True)
            done += len(some)
            bar.update(done)
    return found


def _key(domain: str, options: Options, text: str) -> str:
    asked = json.dumps([domain, dict(options), text], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def _read_journal(journal: Path) -> dict[str, EngineVerdict]:
    """Return the verdicts in a journal by key; a last line that a kill cut off is dropped."""
    drop_half_row(journal)
    if not journal.exists():
        return {}
    return {row["key"]: from_plain(EngineVerdict, row["verdict"]) for _, row in read_rows(journal)}


def agreement(samples: Iterable[ScoredSample]) -> tuple[Agreement, ...]:
    """Return how often both judges agree on the samples that both judged, by domain, policy and decoding."""
    counts: dict[tuple[str, DecodingName, str], Counter[tuple[bool, bool]]] = {}
    for one in samples:
        if one.engine is not None and not one.verdict.unchecked:
            pair = (one.verdict.valid, one.engine.valid)
            counts.setdefault((one.policy, one.decoding, one.domain), Counter())[pair] += 1
    return tuple(
        Agreement(
            policy, decoding, pairs[True, True], pairs[False, False], pairs[True, False], pairs[False, True], domain
        )
        for (policy, decoding, domain), pairs in counts.items()
    )
