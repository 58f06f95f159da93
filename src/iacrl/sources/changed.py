"""What git says has changed since a revision: in commits, in the working tree, and what it does not track yet."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from iacrl.domains.registry import find_domain
from iacrl.errors import UserError
from iacrl.sources.discover import Found
from iacrl.sources.judged import group_of, is_text
from iacrl.text import from_bytes


def changed_since(reference: str, folder: Path) -> frozenset[Path]:
    """Return the paths that changed on the way from where a revision and HEAD parted; deleted ones too.

    Args:
        reference: A revision, such as `main` or `HEAD~3`.
        folder: A folder in the repository.

    Raises:
        UserError: There is no git, no repository, or no such revision.
    """
    if shutil.which("git") is None:
        raise UserError("--changed-since needs git, which is not on the path.")
    root = Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").rstrip(b"\n"))).resolve()
    # Written so that no name is taken for an option.
    commit = _git(
        folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}", of=reference
    )
    base = _git(folder, "merge-base", commit.decode().strip(), "HEAD", of=reference).decode().strip()
    names = _git(root, "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", base, "--")
    names += _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset(root / os.fsdecode(name) for name in names.split(b"\0") if name)


def is_changed(thing: Found, changed: frozenset[Path]) -> bool:
    """Return whether a thing to judge has a changed file. Modules that it calls are things of their own."""
    place = thing.path.parent.resolve() / thing.path.name
    if thing.rendering is not None:
        return any(thing.path.resolve() in one.parents for one in changed)
    if not thing.path.is_dir():
        return place in changed
    here = thing.path.resolve()
    domain = find_domain(thing.domain)
    files = domain.module_files(thing.path) if domain.module_files is not None else []
    parts = {file.parent.resolve() / file.name for file in files}
    gone = (one for one in changed if one.parent == here and not one.exists() and one.name.endswith(domain.suffixes))
    return not parts.isdisjoint(changed) or any(gone)


def only_changed(things: Sequence[Found], reference: str) -> tuple[list[Found], frozenset[Found]]:
    """Return what has to be judged, and of that what changed since a revision.

    Texts that did not change are judged too where they count for one that did.

    Raises:
        UserError: See `changed_since`.
    """
    paths = changed_since(reference, Path.cwd())
    changed = frozenset(thing for thing in things if is_changed(thing, paths))
    groups = {group_of(thing) for thing in changed if is_text(thing)}
    return [one for one in things if one in changed or (is_text(one) and group_of(one) in groups)], changed


def _git(folder: Path, *arguments: str, of: str | None = None) -> bytes:
    # Nothing that a repository configures may run a program here.
    command = ["git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if done.returncode == 0:
        return done.stdout
    if of is not None:
        raise UserError(f"--changed-since {of}: git knows no such revision with a common ancestor; fetch it first.")
    words = from_bytes(done.stderr).strip().splitlines() or [f"exit status {done.returncode}"]
    raise UserError(f"--changed-since: git {arguments[0]}: {words[-1]}")
