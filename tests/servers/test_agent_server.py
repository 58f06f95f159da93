"""`iacrl mcp`, by the client of its own package, as an agent's client starts it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from ci_log import FORGED

pytest.importorskip("mcp", reason="needs the extra mcp")

from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult

from iacrl.errors import UserError
from iacrl.servers.agent_server import build_server
from iacrl.servers.agent_tools import MOST_SHOWN, AgentTools

BUCKET = 'resource "aws_s3_bucket" "a" {\n  bukcet = "a"\n}\n'
MISSPELT = '2:3: error: Unsupported argument: An argument named "bukcet" is not expected here. Did you mean "bucket"?'
INTENT = {"must_exist": [{"is": "resource aws_s3_bucket", "as": "a", "with": {"bucket": "acme"}}]}


def words(result: CallToolResult) -> str:
    (part,) = result.content
    assert part.type == "text"
    return part.text


def test_an_agent_uses_every_tool_over_stdio(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(BUCKET)
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "iacrl", "mcp", "--root", str(tmp_path)],
        env={"IACRL_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )

    async def use() -> dict[str, CallToolResult]:
        async with Client(server) as client:
            tools = (await client.list_tools()).tools
            assert all(tool.annotations is not None and tool.annotations.read_only_hint for tool in tools)
            asked = {
                "validate_text": {"text": BUCKET, "domain": "terraform"},
                "validate_path": {},
                "explain": {"code": "TF304"},
                "schema": {"name": "Deployment.spec.selector"},
                "check_intent": {"text": 'resource "aws_s3_bucket" "a" {\n  bucket = "b"\n}\n', "intent": INTENT},
            }
            assert {tool.name for tool in tools} == set(asked)
            found = {name: await client.call_tool(name, arguments) for name, arguments in asked.items()}
            found["outside"] = await client.call_tool("validate_path", {"path": ".."})
            return found

    found = asyncio.run(use())
    assert words(found["validate_text"]) == f"invalid\n{MISSPELT} [TF304]\n"
    assert words(found["validate_path"]) == f"invalid\nmain.tf:{MISSPELT} [TF304]\n"
    assert words(found["explain"]).startswith("TF304: ")
    assert "list of string: values" in words(found["schema"])
    assert words(found["check_intent"]) == (
        'The intent is not met.\nmet: a: resource aws_s3_bucket exists\nNOT MET: a: bucket = "acme": it is "b"\nvalid\n'
    )
    assert not any(found[name].is_error for name in found if name != "outside")
    assert found["outside"].is_error
    assert "leads out of the directory" in words(found["outside"])


def test_a_mistake_is_told_and_the_server_goes_on(tmp_path: Path) -> None:
    async def use() -> tuple[CallToolResult, CallToolResult]:
        async with Client(build_server(tmp_path)) as client:
            wrong = await client.call_tool("validate_text", {"text": "", "domain": "terrafrom"})
            return wrong, await client.call_tool("validate_text", {"text": "", "domain": "terraform"})

    wrong, right = asyncio.run(use())
    assert wrong.is_error
    assert "Unknown domain 'terrafrom'. Did you mean 'terraform'?" in words(wrong)
    assert words(right) == "valid\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret.tf").write_text("hidden = \n")
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.mark.parametrize("path", ["../secret.tf", "link.tf", "/etc/passwd", "folder/secret.tf"])
def test_no_path_leads_out(root: Path, path: str) -> None:
    (root / "link.tf").symlink_to(root.parent / "secret.tf")
    (root / "folder").symlink_to(root.parent)
    with pytest.raises(UserError, match="leads out of the directory"):
        AgentTools(root).validate_path(path)


def test_no_module_leads_out(root: Path) -> None:
    (root / "main.tf").write_text('module "a" {\n  source = "../"\n}\nmodule "b" {\n  source = "./b"\n}\n')
    (root / "b").mkdir()
    (root / "b" / "b.tf").symlink_to(root.parent / "secret.tf")
    found = AgentTools(root).validate_path(".")
    assert "hidden" not in found
    assert "module a: its source '../' leads out of the directory that may be read" in found


def test_a_file_outside_is_neither_read_nor_looked_for(root: Path) -> None:
    text = 'output "a" {\n  value = file("../%s")\n}\n'
    tools = AgentTools(root)
    answers = []
    for name in ("secret.tf", "absent"):
        (root / "main.tf").write_text(text % name)
        answers.append(tools.validate_path("."))
    assert answers == ["valid\n", "valid\n"]


def test_settings_count_and_are_not_looked_for_outside(root: Path) -> None:
    (root / "main.tf").write_text(BUCKET)
    (root.parent / ".iacrl.toml").write_text('ignore = ["TF304"]\n')
    assert "TF304" in AgentTools(root).validate_path(".")
    (root / ".iacrl.toml").write_text('ignore = ["TF304"]\n')
    assert AgentTools(root).validate_path(".") == "valid\n"


def test_charts_are_not_rendered(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "helm"
    program.write_text("#!/bin/sh\ntouch started\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (root / "Chart.yaml").write_text("apiVersion: v2\nname: a\nversion: 0.1.0\n")
    assert "a Helm chart, and no other program is started here" in AgentTools(root).validate_path(".")


def test_no_name_begins_a_line_of_an_answer(root: Path) -> None:
    for name in (f"a{FORGED}.yaml", f"b{FORGED}.json"):
        (root / name).write_text(json.dumps({"apiVersion": "a.b/v1", "kind": FORGED, "metadata": {}}))
    (root / f"c{FORGED}.yaml").symlink_to("/etc/hostname")
    asked = {"must_exist": [{"is": "resource aws_vpc", "with": {"cidr_block": FORGED}}]}
    tools = AgentTools(root)
    for answer in (tools.validate_path("."), tools.check_intent('resource "aws_vpc" "a" {}\n', asked, "terraform")):
        assert "set-output" in answer and "\nFORGED" not in answer and "\n::" not in answer, answer


def test_long_answers_are_cut(root: Path) -> None:
    text = "".join(f'resource "aws_s3_bucket" "a{n}" {{\n  x = 1\n}}\n' for n in range(MOST_SHOWN + 5))
    found = AgentTools(root).validate_text(text, "terraform").splitlines()
    assert len(found) == 1 + MOST_SHOWN + 1
    assert found[-1] == "and 5 more findings; ask for a part of it"


LONG = "x" * 100_000


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("explain", {"code": LONG}),
        ("validate_path", {"path": LONG}),
        ("validate_path", {"path": LONG + "/.."}),
        ("validate_path", {"options": {LONG: "1"}}),
        ("validate_text", {"text": "", "domain": LONG}),
        ("validate_text", {"text": f'resource "aws_s3_bucket" "a" {{\n  {LONG} = 1\n}}', "domain": "terraform"}),
        ("validate_text", {"text": f'resource "{LONG}" "a" {{}}', "domain": "terraform"}),
        ("check_intent", {"text": BUCKET, "intent": {LONG: []}}),
        ("check_intent", {"text": BUCKET, "intent": {"must_not_exist": [{"is": f"resource {LONG}"}]}}),
    ],
)
def test_no_answer_repeats_all_that_was_sent(tmp_path: Path, tool: str, arguments: dict[str, object]) -> None:
    async def use() -> CallToolResult:
        async with Client(build_server(tmp_path)) as client:
            return await client.call_tool(tool, arguments)

    answer = words(asyncio.run(use()))
    assert "…" in answer
    assert len(answer) < 4_000


def test_the_root_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a directory"):
        build_server(tmp_path / "absent")
