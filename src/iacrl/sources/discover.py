"""Which files can be judged, and by which domain: each domain decides by name and content.

`iacrl.domains.base.Domain` says how a file finds its domain (`suffixes`, `claims`, `module_files`, `unread`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from iacrl.domains.base import Domain
from iacrl.domains.programs import Rendering
from iacrl.errors import UserError
from iacrl.seen_files import is_below
from iacrl.sources.reading import read_source, why_not_read
from iacrl.terminal import printable

#: The most omitted files that are named.
_NAMED = 3


class ClaimedTwiceError(UserError):
    """Two domains claim a file.

    Attributes:
        what: The file and the domains.
    """

    def __init__(self, path: Path, titles: str) -> None:
        self.what = f"{path}: {titles} claim this file"
        super().__init__(f"{self.what}; say --domain, or leave it out.")


@dataclass(frozen=True, slots=True)
class Found:
    """One thing to judge: a module's directory, a file, or a directory that is rendered.

    Attributes:
        rendering: How a directory becomes a text, if it does.
        root: The resolved directory that the command was given, if it found this there.
        named: Whether the user named the file. All named files are judged together, others with those in their
            directory.
    """

    path: Path
    domain: str
    rendering: Rendering | None = None
    root: Path | None = field(default=None, compare=False)
    named: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file whose name could belong to a domain, and why no domain claims it.

    Attributes:
        path: Where it is.
        reason: Why no domain claims it.
        judgeable: Whether a domain would judge it if a program were available.
    """

    path: Path
    reason: str
    judgeable: bool = False


def called(domain: Domain) -> str:
    """Return the words of messages for one thing of a domain: `Terraform module`."""
    return f"{domain.label} {domain.thing}"


def has_suffix(path: Path, domains: Sequence[Domain]) -> bool:
    """Return whether a domain knows the suffix of a file's name."""
    return any(path.name.endswith((*domain.suffixes, *domain.unread)) for domain in domains)


def as_found(path: Path, domains: Sequence[Domain]) -> Found | LeftOut | None:
    """Return what a file is: a part of its module or of a rendered directory, a thing to judge, or neither.

    Returns:
        None if no domain has files with this suffix.

    Raises:
        UserError: Two domains claim it.
        OSError: It cannot be read.
    """
    return module_of(path, domains) or rendered_with(path, domains, Path.cwd()) or claimed(path, domains)


def as_walked(path: Path, domains: Sequence[Domain]) -> list[Found | LeftOut]:
    """Return what a file is, as `walk` would; the names of files may come from anybody's list of changes.

    A link must lead to a file below the working directory or, if the file is not there, below the file's folder.

    Raises:
        UserError: Two domains claim it.
        OSError: It cannot be read.
    """
    here = Path.cwd()
    root = here if path.parent.resolve().is_relative_to(here) else path.parent
    if has_suffix(path, domains) and (unread := unread_among([path], root)):
        return list(unread)
    found = as_found(path, domains)
    if isinstance(found, Found) and found.path != path and found.rendering is None:
        unread = unread_among(_modules(found.path, domains)[found.domain], root)
        return list(unread) or [found]
    return [found] if found else []


def module_of(path: Path, domains: Sequence[Domain]) -> Found | None:
    """Return the module that a file is a part of, if any.

    Raises:
        UserError: It is a part of modules of two domains.
    """
    modules = _modules(path.parent, domains)
    return next((Found(path.parent, name) for name, files in modules.items() if path in files), None)


def claimed(path: Path, domains: Sequence[Domain]) -> Found | LeftOut | None:
    """Return the domain of a file outside modules; None if no domain has files with this suffix.

    Raises:
        UserError: Two domains claim it.
        OSError: It cannot be read.
    """
    if reason := why_unread(path, domains):
        return LeftOut(path, reason)
    asked = _by_suffix(path, domains)
    reasons = _reasons(path, asked, alone=True)
    for domain in asked:
        if reasons[domain.name] is None:
            return Found(path, domain.name)
    return LeftOut(path, str(reasons[asked[0].name])) if asked else None


def domain_of_named(path: Path, domains: Sequence[Domain]) -> Domain | None:
    """Return the domain that judges a file named by the user, whatever its content.

    It is the domain that claims the file; if none does, the first one with its suffix.

    Raises:
        UserError: Two domains claim it.
        OSError: It cannot be read.
    """
    asked = [] if why_unread(path, domains) else _by_suffix(path, domains)
    if len(asked) < 2:
        return asked[0] if asked else None
    reasons = _reasons(path, asked)
    return next((domain for domain in asked if reasons[domain.name] is None), asked[0])


def why_unread(path: Path, domains: Sequence[Domain]) -> str | None:
    """Return why a file with a domain's suffix cannot be judged."""
    unread = (item for domain in domains for item in domain.unread.items())
    return next((reason for suffix, reason in unread if path.name.endswith(suffix)), None)


def nothing(path: Path) -> bool:
    """Exclude nothing."""
    return False


def walk(
    directory: Path, domains: Sequence[Domain], excluded: Callable[[Path], bool] = nothing
) -> Iterator[Found | LeftOut]:
    """Yield the contents of a directory and those below it, sorted by path.

    Hidden files are skipped, and so are hidden directories except those that a domain names. Links out of the
    directory, modules with such a link, and too large files are left out unread: an author must not choose what else is
    read and shown here.

    Args:
        directory: Where to begin.
        domains: The domains that are asked.
        excluded: Whether to skip a file or directory. A module is skipped if all its files are.

    Raises:
        UserError: Two domains claim a file.
        OSError: A directory or file cannot be read.
    """
    shown = {name for domain in domains for name in domain.hidden_folders}
    root = directory.resolve()
    for folder, below, files in os.walk(directory, onerror=_raise):
        here = Path(folder)
        searched = (name for name in below if not name.startswith(".") or name in shown)
        below[:] = sorted(name for name in searched if not excluded(here / name))
        rendered = _rendered(here, domains)
        if rendered:
            domain, rendering = rendered
            below[:] = [name for name in below if name not in rendering.templates]
            yield _as_rendered(here, domain, rendering, root)
        modules = _modules(here, domains)
        for name, parts in modules.items():
            unread = unread_among(parts, root)
            if all(map(excluded, parts)):
                continue
            yield from unread
            if not unread:
                yield Found(here, name)
        inside = {file for module in modules.values() for file in module}
        for path in sorted(here / name for name in files if not name.startswith(".")):
            if path in inside or not path.is_file() or not has_suffix(path, domains) or excluded(path):
                continue
            if rendered and path.name.endswith(rendered[0].suffixes):
                continue
            if unread := unread_among([path], root):
                yield from unread
            elif found := claimed(path, domains):
                yield found


def links_out(files: Sequence[Path], root: Path) -> list[LeftOut]:
    """Return the links that lead out of a directory, among a single file or the files of a module."""
    leaving = [path for path in files if path.is_symlink() and not is_below(path, root.resolve())]
    return [LeftOut(path, "a link out of the directory") for path in leaving]


def unread_among(files: Sequence[Path], root: Path) -> list[LeftOut]:
    """Return the unreadable ones of a single file or a module's files: links out, and too large files."""
    return links_out(files, root) or [LeftOut(path, reason) for path in files if (reason := why_not_read(path))]


def left_out_note(left_out: Sequence[LeftOut]) -> str:
    """Say in one line how many files were left out, and which."""
    what = "path" if any(file.path.is_dir() for file in left_out) else "file"
    number = f"1 {what}" if len(left_out) == 1 else f"{len(left_out)} {what}s"
    named = ", ".join(printable(f"{file.path} ({file.reason})") for file in left_out[:_NAMED])
    more = f" and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
    return f"{number} left out: {named}{more}."


def _rendered(directory: Path, domains: Sequence[Domain]) -> tuple[Domain, Rendering] | None:
    """Return the domain and the rendering of a directory of templates; None for another directory."""
    asked = ((domain, domain.rendering(directory)) for domain in domains if domain.rendering is not None)
    return next(((domain, rendering) for domain, rendering in asked if rendering), None)


def rendered_with(path: Path, domains: Sequence[Domain], root: Path) -> Found | LeftOut | None:
    """Return the rendered directory that a file is part of; None if there is none. It counts as found in `root`."""
    rendered = _rendered(path.parent, domains)
    return _as_rendered(path.parent, *rendered, root) if rendered and path.name.endswith(rendered[0].suffixes) else None


def _as_rendered(directory: Path, domain: Domain, rendering: Rendering, root: Path) -> Found | LeftOut:
    if rendering.partial:
        return LeftOut(directory, rendering.partial)
    from iacrl.sources.rendered import program_of  # most repositories need no program

    if program_of(rendering):
        return Found(directory, domain.name, rendering, root)
    reason = f"{rendering.what}; {rendering.program}, which renders it, is not on the path"
    return LeftOut(directory, reason, judgeable=True)


def _modules(directory: Path, domains: Sequence[Domain]) -> dict[str, list[Path]]:
    """Return the files of each module in a directory, by domain."""
    found = {domain.name: domain.module_files(directory) for domain in domains if domain.module_files is not None}
    found = {name: files for name, files in found.items() if files}
    if len(found) > 1:
        for path in {file for files in found.values() for file in files}:
            _refuse_several(path, [domain for domain in domains if path in found.get(domain.name, ())])
    return found


def _by_suffix(path: Path, domains: Sequence[Domain]) -> list[Domain]:
    return [domain for domain in domains if path.name.endswith(domain.suffixes)]


def _reasons(path: Path, asked: Sequence[Domain], *, alone: bool = False) -> Mapping[str, str | None]:
    """Return, for each domain, why a file does not belong to it; None if the domain claims it.

    Args:
        asked: The domains with its suffix.
        alone: Refuse files that a domain judges only as part of a module.
    """
    text = read_source(str(path)) if any(domain.claims for domain in asked) else ""
    reasons: dict[str, str | None] = {}
    for domain in asked:
        if alone and domain.module_files is not None:
            reasons[domain.name] = f"no part of a {called(domain)}"
        else:
            reasons[domain.name] = None if domain.claims is None else domain.claims(path, text)
    _refuse_several(path, [domain for domain in asked if reasons[domain.name] is None])
    return reasons


def _refuse_several(path: Path, claiming: Sequence[Domain]) -> None:
    if len(claiming) > 1:
        raise ClaimedTwiceError(path, " and ".join(domain.label for domain in claiming))


def _raise(error: OSError) -> None:
    raise error
