"""`iacrl lsp`: findings during typing, by the Language Server Protocol.

Source: https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final, cast

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

import iacrl
from iacrl.domains.base import Options
from iacrl.domains.ranges import Position, Range
from iacrl.domains.registry import find_domain
from iacrl.domains.verdict import Diagnostic
from iacrl.errors import UserError
from iacrl.servers.editor_frames import PROTOCOL, Frames, in_one_line
from iacrl.servers.editor_judging import EditorJudge, FileFindings
from iacrl.servers.quick_fixes import ignoring_line, meant_instead
from iacrl.sources.formats import explanation

#: Seconds without typing before a text is judged.
_PAUSE: Final = 0.2
_SOURCE: Final = "iacrl"
_SEVERITIES: Final = {"error": lsp.DiagnosticSeverity.Error, "warning": lsp.DiagnosticSeverity.Warning}


class EditorServer(LanguageServer):
    """The server of one editor."""

    def __init__(self, options: Mapping[str, Options]) -> None:
        super().__init__("iacrl", iacrl.__version__)
        self._judge = EditorJudge(options)
        self._one_at_a_time = asyncio.Lock()
        #: For each judged file, the number of requests: only the last one counts.
        self._asked: dict[Path, int] = {}
        #: The editor's diagnostics by URI, with their sources: the findings come first, in the same order.
        self.shown: dict[str, list[lsp.Diagnostic]] = {}
        self._found: dict[str, FileFindings] = {}

    async def judge(self, uri: str, pause: float = 0.0) -> None:
        """Judge a file and show the findings, unless it changes meanwhile."""
        path = _path(uri)
        if path is None or not self._judge.is_known(path):
            return
        number = self._asked[path] = self._asked.get(path, 0) + 1
        await asyncio.sleep(pause)
        async with self._one_at_a_time:
            if self._asked[path] != number:
                return
            open_now = self._open()
            unsaved = {each: self.workspace.get_text_document(its).source for each, its in open_now.items()}
            try:
                found = await asyncio.to_thread(self._judge.findings, path, unsaved)
            except (UserError, OSError) as error:  # such as a name that is too long for a file
                self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, str(error)))
                found = {}
            if self._asked[path] != number:
                return
            for each in {path, *found} & set(open_now):
                self._show(open_now[each], found.get(each, FileFindings("")), unsaved[each])

    def close(self, uri: str) -> None:
        """Remove the findings of a closed file."""
        if path := _path(uri):
            self._asked[path] = self._asked.get(path, 0) + 1
        self._found.pop(uri, None)
        if self.shown.pop(uri, None):
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    def source_of(self, uri: str) -> str | None:
        """Return the text of an open file. Others are not read: an address may name a pipe, a device or gigabytes."""
        document = self.workspace.text_documents.get(uri)
        return None if document is None else str(document.source)

    def text_at(self, uri: str, where: lsp.Range) -> str | None:
        """Return the text at a range of one line; None if it spans several, or the file is not open."""
        lines = (self.source_of(uri) or "").split("\n")
        if where.start.line != where.end.line or where.start.line >= len(lines):
            return None
        place = self.workspace.position_codec.range_from_client_units(lines, where)
        return lines[place.start.line][place.start.character : place.end.character]

    def origin_of(self, uri: str, shown: lsp.Diagnostic) -> tuple[Diagnostic, str] | None:
        """Return the shown finding and its domain; None if it is gone."""
        found = self._found.get(uri, FileFindings(""))
        pairs = zip(self.shown.get(uri, ()), found.diagnostics, strict=False)
        return next(((one, found.domain) for each, one in pairs if _same(each, shown)), None)

    def _open(self) -> dict[Path, str]:
        """Return the editor's open files, with their URIs in its spelling."""
        documents = self.workspace.text_documents.values()
        return {path: document.uri for document in documents if (path := _path(document.uri))}

    def _show(self, uri: str, found: FileFindings, text: str) -> None:
        lines = text.split("\n")
        shown = [
            lsp.Diagnostic(
                self._client_range(lines, finding.range),
                finding.message,
                severity=_SEVERITIES[finding.severity],
                code=finding.code,
                source=_SOURCE,
            )
            for finding in found.diagnostics
        ]
        nowhere = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))
        shown += [
            lsp.Diagnostic(
                nowhere, f"Not checked: {words}", severity=lsp.DiagnosticSeverity.Information, source=_SOURCE
            )
            for words in found.unchecked
        ]
        self.shown[uri], self._found[uri] = shown, found
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, shown))

    def _client_range(self, lines: list[str], where: Range) -> lsp.Range:
        return lsp.Range(self._client_position(lines, where.start), self._client_position(lines, where.end))

    def _client_position(self, lines: list[str], at: Position) -> lsp.Position:
        if at.line > len(lines):
            return lsp.Position(len(lines), 0)
        before = lines[at.line - 1].rstrip("\r")[: at.column - 1]
        return lsp.Position(at.line - 1, self.workspace.position_codec.client_num_units(before))


def serve(options: Mapping[str, Options]) -> None:
    """Serve one editor over standard input and output until it leaves.

    Raises:
        UserError: There is no such option, a domain is broken, or a message is too large.
    """
    for logger in ("pygls.server", PROTOCOL, "asyncio"):
        logging.getLogger(logger).addFilter(in_one_line)
    frames = Frames(sys.stdin.buffer)
    build_server(options).start_io(cast("BinaryIO", frames))
    if frames.fault:
        raise UserError(frames.fault)


def build_server(options: Mapping[str, Options]) -> EditorServer:
    """Return the server, ready for `start_io`.

    Raises:
        UserError: There is no such option, or a domain is broken.
    """
    server = EditorServer(options)

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    async def opened(ls: EditorServer, params: lsp.DidOpenTextDocumentParams) -> None:
        await ls.judge(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(ls: EditorServer, params: lsp.DidChangeTextDocumentParams) -> None:
        await ls.judge(params.text_document.uri, _PAUSE)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    async def saved(ls: EditorServer, params: lsp.DidSaveTextDocumentParams) -> None:
        await ls.judge(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(ls: EditorServer, params: lsp.DidCloseTextDocumentParams) -> None:
        ls.close(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(ls: EditorServer, params: lsp.HoverParams) -> lsp.Hover | None:
        here = [each for each in ls.shown.get(params.text_document.uri, []) if _holds(each.range, params.position)]
        codes = list(dict.fromkeys(str(each.code) for each in here if each.code))
        if not codes:
            return None
        words = "\n\n---\n\n".join(map(explanation, codes))
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, words), here[0].range)

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    )
    def actions(ls: EditorServer, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        uri = params.text_document.uri
        return [
            action
            for finding in params.context.diagnostics
            if finding.source == _SOURCE
            for action in (_fix(ls, uri, finding), _ignore(ls, uri, finding))
            if action
        ]

    return server


def _fix(ls: EditorServer, uri: str, finding: lsp.Diagnostic) -> lsp.CodeAction | None:
    text = ls.text_at(uri, finding.range)
    fixed = meant_instead(finding.message, text) if text else None
    if fixed is None:
        return None
    name, instead = fixed
    edit = lsp.WorkspaceEdit(changes={uri: [lsp.TextEdit(finding.range, instead)]})
    return lsp.CodeAction(
        f"Write {name}", lsp.CodeActionKind.QuickFix, diagnostics=[finding], is_preferred=True, edit=edit
    )


def _ignore(ls: EditorServer, uri: str, finding: lsp.Diagnostic) -> lsp.CodeAction | None:
    origin, text = ls.origin_of(uri, finding), ls.source_of(uri)
    if origin is None or text is None:
        return None
    comment = ignoring_line(origin[0], text, find_domain(origin[1]).marks)
    if comment is None:
        return None
    at = lsp.Position(finding.range.start.line, 0)
    edit = lsp.WorkspaceEdit(changes={uri: [lsp.TextEdit(lsp.Range(at, at), f"{comment}\n")]})
    title = f"Ignore {finding.code} here"
    return lsp.CodeAction(title, lsp.CodeActionKind.QuickFix, diagnostics=[finding], edit=edit)


def _same(one: lsp.Diagnostic, other: lsp.Diagnostic) -> bool:
    return (one.code, one.range, one.message) == (other.code, other.range, other.message)


def _path(uri: str) -> Path | None:
    """Return the resolved path of a file; None if a text is not a file, such as one that was never saved."""
    try:
        path = to_fs_path(uri) if uri.startswith("file:") else None
        return Path(path).resolve() if path else None
    except (ValueError, OSError, RuntimeError):  # no address, no name of a file, or a loop of links
        return None


def _holds(where: lsp.Range, position: lsp.Position) -> bool:
    at = position.line, position.character
    return (where.start.line, where.start.character) <= at <= (where.end.line, where.end.character)
