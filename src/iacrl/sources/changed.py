"""The changes since a revision, from git: in commits, in the working tree, and in untracked files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from iacrl.domains.registry import find_domain
from iacrl.errors import UserError
from iacrl.sources.discover import Found
from iacrl.sources.judged import group_of, is_text
from iacrl.text import from_bytes

if sys.platform == "linux":
    import resource


def changed_since(reference: str, folder: Path) -> frozenset[Path]:
    """Return the paths that changed since the common ancestor of a revision and HEAD, including deleted ones.

    Args:
        reference: A revision, such as `main` or `HEAD~3`.
        folder: A folder in the repository.

    Raises:
        UserError: There is no git, no repository, or no such revision, or the repository claims files elsewhere.
    """
    if shutil.which("git") is None:
        raise UserError("--changed-since needs git, which is not on the path.")
    root = Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").rstrip(b"\n"))).resolve()
    if "GIT_DIR" not in os.environ and not (root / ".git").exists():
        raise UserError(
            f"--changed-since: the repository's configuration (core.worktree) says that its files are in {root}, "
            "and that folder has no .git."
        )
    # In this form git cannot take a name for an option.
    commit = _git(
        folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}", of=reference
    )
    base = _git(folder, "merge-base", commit.decode().strip(), "HEAD", of=reference).decode().strip()
    differing = ("diff", "--name-only", "--no-renames", "--no-ext-diff", "--ignore-submodules", "-z", base, "--")
    names = _git(root, *_without_filters(root), *differing)
    names += _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset(root / os.fsdecode(name) for name in names.split(b"\0") if name)


def is_changed(thing: Found, changed: frozenset[Path]) -> bool:
    """Return whether a thing to judge has a changed file. Modules that it calls are separate things."""
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
    """Return what has to be judged, and the part of it that changed since a revision.

    Unchanged texts are judged too if they affect the verdict on a changed one.

    Raises:
        UserError: See `changed_since`.
    """
    paths = changed_since(reference, Path.cwd())
    changed = frozenset(thing for thing in things if is_changed(thing, paths))
    groups = {group_of(thing) for thing in changed if is_text(thing)}
    return [one for one in things if one in changed or (is_text(one) and group_of(one) in groups)], changed


#: For one call. git waits for ever for a pipe in the place of .gitignore.
_SECONDS = 120
#: Bytes that git may allocate, without the files that it maps. A repository can name /dev/zero as its attributes.
_MEMORY = 2 << 30
#: Characters of the options that switch filters off: some hundred filters. Linux takes 2 MB of arguments, or less.
_OPTIONS: Final = 100_000
#: A repository may be from anybody, and its configuration and hooks must not run a program here.
_HARMLESS: Final = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "core.quotePath=false")
#: No command fetches what a partial clone lacks, by a program that the repository names, and none writes the index.
_LOCAL: Final = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "IACRL_NOTHING": ""}


def _without_filters(folder: Path) -> list[str]:
    """Return the options by which git reads files as they are, and not through programs that the repository names.

    Raises:
        UserError: There are too many for a command line.
    """
    found = _git(folder, "config", "--null", "--name-only", "--get-regexp", r"^filter\.", none=1)
    drivers = sorted({name.rpartition(b".")[0] for name in found.split(b"\0") if name})
    keys = [f"{os.fsdecode(driver)}.{key}" for driver in drivers for key in ("clean", "process", "required")]
    options = [f"--config-env={key}=IACRL_NOTHING" for key in keys]  # `-c` would split a name at its first `=`
    if sum(map(len, options)) > _OPTIONS:
        raise UserError(
            f"--changed-since: the configuration of the repository has {len(drivers)} filters, too many to switch off; "
            f"remove the sections [filter ...] from {folder / '.git' / 'config'} and what it includes."
        )
    return options


def _git(folder: Path, *arguments: str, of: str | None = None, none: int = 0) -> bytes:
    """Return what git prints.

    Args:
        of: The user's revision, if it can only be that one that git does not know.
        none: Another status of success, by which git says that there is nothing.
    """
    environment = {**os.environ, **_LOCAL}
    try:
        done = subprocess.run(
            ["git", *_HARMLESS, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=environment,
            timeout=_SECONDS,
            preexec_fn=_limit if sys.platform == "linux" else None,
        )
    except subprocess.TimeoutExpired:
        raise UserError(
            f"--changed-since: git does not answer within {_SECONDS} s; look for a pipe among the repository's files."
        ) from None
    if done.returncode in (0, none):
        return done.stdout
    words = from_bytes(done.stderr).strip().splitlines() or [f"exit status {done.returncode}"]
    if "Out of memory" in words[-1]:
        raise UserError(
            f"--changed-since: git: {words[-1]}; look for a link to a device or a huge file in .git and among what "
            ".git/config names."
        )
    if of is not None:
        raise UserError(f"--changed-since {of}: git knows no such revision with a common ancestor; fetch it first.")
    raise UserError(f"--changed-since: git: {words[-1]}")


def _limit() -> None:
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    limit = _MEMORY if hard == resource.RLIM_INFINITY else min(_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
