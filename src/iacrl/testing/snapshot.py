"""Snapshots of diagnostics: the findings of a text, stored next to the test and compared on each run."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from iacrl.domains import validate
from iacrl.domains.base import Options
from iacrl.domains.verdict import Diagnostic, Verdict
from iacrl.errors import UserError
from iacrl.files import read_text, write_atomically
from iacrl.terminal import shown

#: Set to 1, it writes snapshots instead of comparing them, as pytest's --iacrl-update does.
UPDATE_VARIABLE = "IACRL_UPDATE"
FOLDER = "__diagnostics__"

_HOW = f"pytest --iacrl-update (or {UPDATE_VARIABLE}=1 in the environment) writes it"


def assert_snapshot(text: str, domain: str, path: Path, *, update: bool = False, **options: str) -> None:
    """Assert that the diagnostics of a text equal a stored snapshot.

    Args:
        text: Source code as in a file.
        domain: The name of a domain.
        path: The snapshot, a JSON file.
        update: Write the snapshot instead of comparing; so does the environment variable `IACRL_UPDATE=1`.
        options: The domain's own, such as `version="1.31"`.

    Raises:
        AssertionError: There is no snapshot, it is not a text file, or the diagnostics differ; the message shows the
            difference.
        UserError: The domain or the option does not exist.
    """
    __tracebackhide__ = True
    found = _snapshot(validate(text, domain, **options))
    try:
        if update or os.environ.get(UPDATE_VARIABLE, "0") not in ("", "0"):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, found)
            return
        stored = read_text(path) if path.exists() else None
    except UserError as error:
        raise AssertionError(f"The snapshot {error}") from None
    except OSError as error:
        raise AssertionError(f"The snapshot {path}: {error.strerror}.") from None
    if stored is None:
        raise AssertionError(
            f"There is no snapshot {path}.\n{_HOW}; look at it and commit it.\n\nFound:\n{shown(found)}"
        )
    if stored != found:
        lines = difflib.unified_diff(stored.splitlines(), found.splitlines(), "stored", "found", lineterm="", n=1)
        raise AssertionError(
            f"Not the diagnostics of {path}; where the new ones are right, {_HOW}.\n" + shown("\n".join(lines))
        )


@dataclass(slots=True)
class Snapshot:
    """The fixture `iacrl_snapshot`: `iacrl_snapshot(text, domain)` compares with the snapshot of the running test.

    Attributes:
        base: The snapshot's path without `.json`. A second call in one test adds `-2` to it, and so on.
        update: Write instead of comparing.
        options: Name of a domain to its options.
    """

    base: Path
    update: bool
    options: Mapping[str, Options]
    _calls: int = field(default=0, init=False)

    def __call__(self, text: str, domain: str) -> None:
        """Compare, or write.

        Raises:
            AssertionError: There is no snapshot, or the diagnostics differ.
        """
        __tracebackhide__ = True
        self._calls += 1
        number = "" if self._calls == 1 else f"-{self._calls}"
        path = self.base.with_name(f"{self.base.name}{number}.json")
        assert_snapshot(text, domain, path, update=self.update, **self.options.get(domain, {}))


def base_path(test_file: Path, test_name: str) -> Path:
    """Return the place of a test's snapshots.

    Args:
        test_file: The file that holds the test.
        test_name: Its name there, such as `TestBuckets.test_name[small]`. A character that file names cannot contain
            becomes a dash. A digest then keeps two tests from sharing a file.
    """
    plain = re.sub(r"[^\w.=-]+", "-", test_name).strip("-")[:100]
    if plain not in (test_name, test_name.replace("[", "-").removesuffix("]")):
        plain += "-" + hashlib.sha256(test_name.encode()).hexdigest()[:8]
    return test_file.parent / FOLDER / test_file.stem / plain


def _snapshot(verdict: Verdict) -> str:
    table = {
        "domain": verdict.domain,
        "valid": verdict.valid,
        "diagnostics": [_line(finding) for finding in verdict.diagnostics],
        "unchecked": list(verdict.unchecked),
    }
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"


def _line(finding: Diagnostic) -> str:
    start, end = finding.range.start, finding.range.end
    place = f"{start.line}:{start.column}-{end.line}:{end.column}"
    return f"{place} {finding.severity} {finding.code}: {finding.message}"
