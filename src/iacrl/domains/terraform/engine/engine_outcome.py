"""Makes a verdict from the output of a terraform run."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from iacrl.domains.terraform.engine.diagnostics import limit_exceeded, to_diagnostic
from iacrl.domains.terraform.engine.sandbox import Finished
from iacrl.domains.terraform.engine.workspace import Workspace
from iacrl.domains.verdict import LAYERS, Verdict, layers_passed

#: The messages of functions that read files, if the file does not exist or is hidden from them.
_FILE_SUMMARIES = frozenset(("Invalid function argument", "Error in function call"))
_PATH = re.compile(
    r'no file exists at "(?P<given>(?:[^"\\]|\\.)*)"'
    r"|failed: open (?P<opened>.+): (?:no such file or directory|permission denied)"
)


@dataclass(frozen=True, slots=True)
class EngineOutcome:
    """The outcome of judging a configuration.

    Attributes:
        run: The decisive run; None if the configuration was refused unread.
        unchecked: What could not be judged, in words.
        shown: The output of the second command, if there was one and everything succeeded.
        asked: The real providers that judged, with their versions, by the prefix of their types.
    """

    here: Workspace
    run: Finished | None
    unchecked: tuple[str, ...] = ()
    shown: str | None = None
    asked: Mapping[str, str] = field(default_factory=dict)


def to_verdict(outcome: EngineOutcome) -> Verdict:
    """Return the verdict.

    Raises:
        RuntimeError: The run failed without a diagnostic about the text: an error of the engine.
    """
    run, here = outcome.run, outcome.here
    if run is None:
        return Verdict("terraform", unchecked=outcome.unchecked)
    if run.timed_out or run.status == -signal.SIGKILL:  # the speed and load of a machine say nothing about a text
        why = "did not end within the time limit" if run.timed_out else "was killed by the system"
        stopped = f"the text: terraform {why}, after {run.cpu_s:.1f} s of processor time"
        return Verdict("terraform", unchecked=(*outcome.unchecked, stopped))
    exceeded = _exceeded(run)
    if exceeded is not None:
        found = (limit_exceeded(exceeded),)
        return Verdict("terraform", found, layers_passed(LAYERS, found), outcome.unchecked)
    raw = read_diagnostics(run)
    if run.status != 0 and not raw:
        raise RuntimeError(f"terraform failed (status {run.status}): {run.stderr[-2000:]}")
    kept, unchecked, lost = [], list(outcome.unchecked), False
    for one in raw:
        words = _not_checked(one, here)
        if words is None:
            kept.append(to_diagnostic(_in_our_words(one), here.files, here.is_text, outcome.asked))
        else:
            unchecked.append(words)
            lost = lost or one["summary"] == "Module not installed"
    diagnostics = tuple(sorted(kept, key=lambda one: (one.range.file or "", one.range.start)))
    layers = ("extract", "syntax") if lost else LAYERS
    return Verdict("terraform", diagnostics, layers_passed(layers, diagnostics), tuple(dict.fromkeys(unchecked)))


def _in_our_words(found: dict[str, Any]) -> dict[str, Any]:
    """Return a finding without advice to run `terraform init`, which is never run here."""
    if found["summary"] != "Module not installed":
        return found
    return {**found, "summary": "Unreadable module directory", "detail": "There is no such directory."}


def _exceeded(run: Finished) -> str | None:
    """Return which limit a run exceeded, in words."""
    if run.status != 0 and ("out of memory" in run.stderr or "cannot allocate memory" in run.stderr):
        return "terraform needed more memory than it may use"
    if "TERRAFORM CRASH" in run.stderr:
        return "terraform crashed on it"
    if run.status < 0:
        return f"terraform was ended by signal {-run.status}"
    if run.output_full:
        return "terraform wrote more than it may"
    return None


def _not_checked(found: Mapping[str, Any], here: Workspace) -> str | None:
    """Return why a finding of terraform's is not a verdict on the text, in words; None if it is one."""
    summary, detail = found["summary"], found.get("detail", "")
    if summary == "Module not installed" and (here.is_text or found["range"]["filename"].endswith(".json")):
        return "module: its source is not local, or not part of the text"
    path = _PATH.search(" ".join(detail.split())) if summary in _FILE_SUMMARIES else None
    if path is None:
        return None
    name = path["given"] or path["opened"] or ""
    if name.startswith(("/", "~")) or ".." in name.split("/"):
        return f"file {name}: outside the directory, not read"
    return f"file {name}: not part of the text" if here.is_text else None


def read_diagnostics(run: Finished) -> list[dict[str, Any]]:
    """Return terraform's diagnostics: `validate` writes one object, `plan` a stream of events, others plain text."""
    try:
        whole = json.loads(run.stdout)
    except ValueError:
        return [event["diagnostic"] for event in _events(run.stdout) if event.get("type") == "diagnostic"]
    found: list[dict[str, Any]] = whole.get("diagnostics", [])
    return found


def _events(stdout: str) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in stdout.splitlines()]
    except ValueError:
        return []
