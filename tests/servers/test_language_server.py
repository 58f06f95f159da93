"""`iacrl lsp`, by a client over standard input and output, as an editor starts it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

pytest.importorskip("pygls", reason="needs the extra lsp")

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

MAIN = 'resource "aws_s3_bucket" "a" {\n  bucket = var.name\n}\n'
SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports:
    - port: 99999
"""

#: Its schema asks for a size.
DEFINITION = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema: {type: object, required: [size], properties: {size: {type: string}}}
"""


class Editor:
    """A client that keeps what the server shows last of each file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.client = LanguageClient("editor", "1")
        self._shown: asyncio.Queue[lsp.PublishDiagnosticsParams] = asyncio.Queue()
        self.versions: dict[str, int] = {}

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def show(params: lsp.PublishDiagnosticsParams) -> None:
            self._shown.put_nowait(params)

    async def start(self, *arguments: str) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        await self.client.start_io(sys.executable, "-m", "iacrl", "lsp", *arguments, env=environment)
        await self.client.initialize_async(lsp.InitializeParams(capabilities=lsp.ClientCapabilities()))
        self.client.initialized(lsp.InitializedParams())

    async def stop(self) -> None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    async def open(self, name: str, text: str) -> None:
        item = lsp.TextDocumentItem(self.uri(name), "any", 0, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    async def type(self, name: str, text: str) -> None:
        number = self.versions[name] = self.versions.get(name, 0) + 1
        document = lsp.VersionedTextDocumentIdentifier(number, self.uri(name))
        change = lsp.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))

    async def shown(self, name: str) -> list[lsp.Diagnostic]:
        """Return what is shown of a file next."""
        while True:
            found = await self._shown.get()
            if found.uri == self.uri(name):
                return list(found.diagnostics)


def edit(folder: Path, work: Callable[[Editor], Awaitable[None]], *arguments: str) -> None:
    async def session() -> None:
        editor = Editor(folder)
        await editor.start(*arguments)
        await work(editor)
        await editor.stop()

    asyncio.run(session())


def test_terraform_is_judged_while_it_is_typed(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("this = is not what the editor shows {\n")

    async def work(editor: Editor) -> None:
        await editor.open("main.tf", MAIN)
        (finding,) = await editor.shown("main.tf")
        assert finding.severity == lsp.DiagnosticSeverity.Error
        assert finding.range == lsp.Range(lsp.Position(1, 11), lsp.Position(1, 19))
        # A file beside it counts that is nowhere but in the editor.
        await editor.open("variables.tf", 'variable "name" {}\n')
        assert await editor.shown("main.tf") == []
        await editor.type("main.tf", MAIN.replace("bucket =", "bukcet ="))
        (finding,) = await editor.shown("main.tf")
        assert finding.code == "TF304"
        document = lsp.TextDocumentIdentifier(editor.uri("main.tf"))
        hover = await editor.client.text_document_hover_async(lsp.HoverParams(document, lsp.Position(1, 4)))
        assert hover is not None and isinstance(hover.contents, lsp.MarkupContent)
        assert hover.contents.value.startswith("TF304: ")
        assert await editor.client.text_document_hover_async(lsp.HoverParams(document, lsp.Position(0, 0))) is None
        asked = lsp.CodeActionParams(document, finding.range, lsp.CodeActionContext([finding]))
        actions = await editor.client.text_document_code_action_async(asked)
        (action,) = [each for each in actions or [] if each.title == "Write bucket"]
        assert isinstance(action, lsp.CodeAction) and action.edit is not None and action.edit.changes
        (change,) = action.edit.changes[editor.uri("main.tf")]
        assert (change.range, change.new_text) == (finding.range, "bucket")
        (ignoring,) = [each for each in actions or [] if each.title == "Ignore TF304 here"]
        assert isinstance(ignoring, lsp.CodeAction) and ignoring.edit is not None and ignoring.edit.changes
        (comment,) = ignoring.edit.changes[editor.uri("main.tf")]
        lines = MAIN.replace("bucket =", "bukcet =").split("\n")
        lines.insert(comment.range.start.line, comment.new_text.rstrip("\n"))
        await editor.type("main.tf", "\n".join(lines))
        assert await editor.shown("main.tf") == []
        await editor.type("main.tf", "output {\n")
        assert await editor.shown("main.tf") != []
        editor.client.text_document_did_close(lsp.DidCloseTextDocumentParams(document))
        assert await editor.shown("main.tf") == []

    edit(tmp_path, work)


def test_manifests_are_judged_in_the_light_of_those_beside_them(tmp_path: Path) -> None:
    (tmp_path / "notes.yaml").write_text("just: notes\n")

    async def work(editor: Editor) -> None:
        await editor.open("web.yaml", f"# \N{GRINNING FACE}\n{SERVICE}")
        (finding,) = await editor.shown("web.yaml")
        assert (finding.code, finding.range.start) == ("KB417", lsp.Position(7, 12))
        await editor.type("web.yaml", SERVICE.replace("99999", "80"))
        assert await editor.shown("web.yaml") == []
        await editor.open("widget.yaml", "apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: a\n")
        (note,) = await editor.shown("widget.yaml")
        assert note.severity == lsp.DiagnosticSeverity.Information
        assert note.message == "Not checked: Widget example.com/v1: no schema"
        await editor.open("definition.yaml", DEFINITION)
        (finding,) = await editor.shown("widget.yaml")
        assert "size" in finding.message

    edit(tmp_path, work)


@pytest.mark.parametrize(
    "uri", ["file:///a%00b.tf", "file:///a%zz.tf", "file:///%FF.tf", f"file:///{'x' * 5_000}.tf", "file://[::1/a.tf"]
)
def test_an_address_that_names_no_file_disturbs_no_other(tmp_path: Path, uri: str) -> None:
    async def work(editor: Editor) -> None:
        client = editor.client
        client.text_document_did_open(lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(uri, "any", 0, "a = \n")))
        where = lsp.Position(0, 0)
        assert await client.text_document_hover_async(lsp.HoverParams(lsp.TextDocumentIdentifier(uri), where)) is None
        await editor.open("main.tf", "output {\n")
        assert await editor.shown("main.tf") != []
        client.text_document_did_close(lsp.DidCloseTextDocumentParams(lsp.TextDocumentIdentifier(uri)))
        await editor.type("main.tf", "")
        assert await editor.shown("main.tf") == []

    edit(tmp_path, work)


def test_options_of_domains_count(tmp_path: Path) -> None:
    text = "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata:\n  name: a\n"

    async def work(editor: Editor) -> None:
        await editor.open("job.yaml", text)
        assert "batch/v1" in (await editor.shown("job.yaml"))[0].message

    edit(tmp_path, work, "--kubernetes-version", "1.25")


def test_columns_are_those_of_the_editor(tmp_path: Path) -> None:
    """They count UTF-16 units, of which a smiley takes two."""

    async def work(editor: Editor) -> None:
        await editor.open("main.tf", 'output "a" {\n  value = "\N{GRINNING FACE}${lowr("a")}"\n}\n')
        (finding,) = await editor.shown("main.tf")
        assert finding.range.start == lsp.Position(1, 15)
        document = lsp.TextDocumentIdentifier(editor.uri("main.tf"))
        asked = lsp.CodeActionParams(document, finding.range, lsp.CodeActionContext([finding]))
        actions = await editor.client.text_document_code_action_async(asked)
        assert actions is not None and actions[0].title == "Write lower"

    edit(tmp_path, work)


def framed(*messages: bytes) -> bytes:
    return b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(message), message) for message in messages)


INITIALIZE = b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}'
OPEN = (
    b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": '
    b'{"uri": "file:///a.tf", "languageId": "x", "version": 0, "text": "a = ["}}}'
)
SHUTDOWN = b'{"jsonrpc": "2.0", "id": 2, "method": "shutdown"}'
EXIT = b'{"jsonrpc": "2.0", "method": "exit"}'


def answers(sent: bytes) -> tuple[int, bytes, list[str]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ran = subprocess.run([sys.executable, "-m", "iacrl", "lsp"], input=sent, capture_output=True, env=environment)
    return ran.returncode, ran.stdout, ran.stderr.decode().splitlines()


@pytest.mark.parametrize("size", [b"100000000000000", b"9" * 5000])
def test_a_message_of_an_absurd_size_ends_the_server_with_one_sentence(size: bytes) -> None:
    code, _, said = answers(framed(INITIALIZE, OPEN) + b"Content-Length: %s\r\n\r\n{}" % size)
    assert code == 2
    assert len(said) == 1 and said[0].startswith("Error: Content-Length is ")


@pytest.mark.parametrize(
    "message",
    [
        b"[" * 100_000, b'{"a": ' * 9_000 + b"1" + b"}" * 9_000, b"9" * 5_000, b"\xff", b"no json",
        b'{"jsonrpc": "2.0", "id": 3, "method": "textDocument/hover", "params": {}}',
    ],
)  # fmt: skip
def test_a_message_that_cannot_be_read_is_named_and_the_next_is_answered(message: bytes) -> None:
    code, shown, said = answers(framed(INITIALIZE, message, SHUTDOWN, EXIT))
    assert code == 0 and b'"id": 2' in shown
    assert len(said) == 1 and said[0].startswith("Unable to handle message: ")


def test_only_open_files_are_read_for_actions(tmp_path: Path) -> None:
    """A pipe, a device, a missing file and no address at all: no action, and no error."""
    os.mkfifo(tmp_path / "pipe.tf")
    where = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
    finding = {"range": where, "message": "Unknown 'a'. Did you mean 'b'?", "source": "iacrl"}
    asked = [
        json.dumps(
            {
                "jsonrpc": "2.0",
                "id": number,
                "method": "textDocument/codeAction",
                "params": {"textDocument": {"uri": uri}, "range": where, "context": {"diagnostics": [finding]}},
            }
        ).encode()
        for number, uri in enumerate(
            [(tmp_path / "pipe.tf").as_uri(), "file:///dev/zero", "file:///missing.tf", "file://[", "new:1"], start=10
        )
    ]
    code, shown, said = answers(framed(INITIALIZE, *asked, SHUTDOWN, EXIT))
    assert (code, said, shown.count(b'"result": []')) == (0, [], len(asked))
