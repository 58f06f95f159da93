"""Texts that try to get out: to the network, to files, to programs, to the environment, or past their limits.

Each attack is tried for real, on `validate` and on `plan`; what it is after (a server, a file, a variable) exists.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from iacrl.domains import Verdict
from iacrl.domains.terraform.engine import RunLimits, TerraformEngine, sandbox
from iacrl.domains.terraform.engine.sandbox import Sandbox
from iacrl.domains.terraform.engine.workspace import reasons_to_refuse, workspace

needs_program = pytest.mark.skipif(
    shutil.which("terraform") is None and shutil.which("tofu") is None, reason="neither terraform nor tofu is installed"
)

CANARY = "canary-7d1c0a9e"


@pytest.fixture(scope="module")
def engine() -> Iterator[TerraformEngine]:
    with TerraformEngine() as engine:
        if not engine.isolated:
            pytest.skip("this system offers no user namespaces: such texts are refused unread")
        yield engine


def judge(engine: TerraformEngine, configuration: str | Path) -> tuple[list[Verdict], str]:
    """Validate and plan; return both verdicts and all that the caller gets to see, as one text."""
    validated, plan = engine.validate(configuration), engine.plan(configuration)
    seen = json.dumps([[one.to_json() for one in verdict.diagnostics] for verdict in (validated, plan.verdict)])
    unchecked = "\n".join((*validated.unchecked, *plan.verdict.unchecked))
    return [validated, plan.verdict], f"{seen}\n{unchecked}\n{json.dumps(plan.json)}"


# ---- network -----------------------------------------------------------------------------------------------------


class Server:
    """A web server that counts its visitors."""

    def __init__(self) -> None:
        hits: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hits.append(self.path)
                self.send_response(404)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.hits = hits
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://{server.address}/control")
    assert server.hits == ["/control"], "the server must be reachable for the tests to mean anything"
    server.hits.clear()
    yield server
    server.server.shutdown()
    server.server.server_close()


NETWORK = {
    "module by http": 'module "m" {\n  source = "http://HOST/m.zip"\n}\n',
    "module by git": 'module "m" {\n  source = "git::http://HOST/m.git"\n}\n',
    "module from a registry": 'module "m" {\n  source  = "HOST/acme/m/aws"\n  version = "1.0.0"\n}\n',
    "provider from a registry": (
        'terraform {\n  required_providers {\n    acme = {\n      source = "HOST/acme/acme"\n    }\n  }\n}\n'
        'resource "acme_thing" "x" {}\n'
    ),
    "backend": 'terraform {\n  backend "http" {\n    address = "http://HOST/state"\n  }\n}\n',
    "cloud": (
        'terraform {\n  cloud {\n    hostname     = "HOST"\n    organization = "acme"\n    workspaces {\n'
        '      name = "x"\n    }\n  }\n}\n'
    ),
    "remote state": (
        'data "terraform_remote_state" "r" {\n  backend = "http"\n  config = {\n    address = "http://HOST/s"\n  }\n}\n'
        'output "x" {\n  value = data.terraform_remote_state.r.outputs.vpc_id\n}\n'
    ),
    "data source": (
        'data "http" "x" {\n  url = "http://HOST/data"\n}\noutput "x" {\n  value = data.http.x.response_body\n}\n'
    ),
    "backend given twice": (
        'terraform {\n  backend "local" {}\n}\nterraform {\n  backend "http" {\n    address = "http://HOST/s"\n  }\n}\n'
    ),
}


@needs_program
@pytest.mark.parametrize("attack", NETWORK)
def test_nothing_is_contacted(engine: TerraformEngine, server: Server, attack: str) -> None:
    judge(engine, NETWORK[attack].replace("HOST", server.address))
    assert server.hits == []


@needs_program
def test_the_sandbox_itself_has_no_network(engine: TerraformEngine, server: Server, tmp_path: Path) -> None:
    """The second wall, without the first: terraform's own init asks the registry and does not get out."""
    text = NETWORK["module from a registry"].replace("HOST", server.address)
    with workspace(engine._folder, text) as here:
        run = engine._run(here, ("init", "-input=false", "-no-color"))
    assert run.status != 0
    assert "network is unreachable" in run.stderr + run.stdout
    assert server.hits == []


@needs_program
def test_a_remote_module_is_reported_and_the_rest_is_judged(engine: TerraformEngine) -> None:
    text = (
        'module "vpc" {\n  source  = "terraform-aws-modules/vpc/aws"\n  version = "5.0.0"\n  name    = "x"\n}\n'
        'output "id" {\n  value = module.vpc.vpc_id\n}\n'
    )
    good = engine.validate(text)
    assert good.valid and "references" in good.layers
    assert [one for one in good.unchecked if "terraform-aws-modules/vpc/aws" in one]
    bad = engine.validate(text + 'output "y" {\n  value = local.nothing\n}\n')
    assert [(one.layer, one.range.start.line) for one in bad.errors] == [("references", 10)]


# ---- files -------------------------------------------------------------------------------------------------------


FILE_ATTACKS = {
    "file": 'file("PATH")',
    "file by a relative path": 'file("${path.module}/../../../../../../../../../..PATH")',
    "filebase64": 'filebase64("PATH")',
    "filesha256": 'filesha256("PATH")',
    "templatefile": 'templatefile("PATH", {})',
    "a path put together": 'file(join("/", split("|", replace("PATH", "/", "|"))))',
    "a templated call": "templatestring(local.hidden, {})",
    "fileset": 'join(",", fileset("FOLDER", "**"))',
    "fileexists": 'fileexists("PATH") ? "exists-CANARY" : "hidden"',
}


@needs_program
@pytest.mark.parametrize("attack", FILE_ATTACKS)
def test_no_file_outside_is_read(engine: TerraformEngine, tmp_path: Path, attack: str) -> None:
    folder = tmp_path / f"folder-{CANARY}"
    folder.mkdir()
    secret = folder / "secret"
    secret.write_text(CANARY)
    expression = FILE_ATTACKS[attack].replace("PATH", str(secret)).replace("FOLDER", str(tmp_path))
    hidden = f'join("", ["$${{fi", "le(\\"{secret}\\")}}"])'
    text = f"locals {{\n  hidden = {hidden}\n  x = {expression.replace('CANARY', CANARY)}\n}}\n"
    text += 'output "x" {\n  value = nonsensitive(local.x)\n}\noutput "y" {\n  value = upper(local.x) == 3\n}\n'
    _, seen = judge(engine, text)
    seen = seen.replace(str(secret), "")  # the text's own words, repeated in a message
    for leak in (
        CANARY.encode(),
        base64.b64encode(CANARY.encode()),
        hashlib.sha256(CANARY.encode()).hexdigest().encode(),
        CANARY.upper().encode(),
    ):
        assert leak.decode() not in seen


@needs_program
def test_a_file_outside_is_not_checked_and_one_inside_is(engine: TerraformEngine, tmp_path: Path) -> None:
    outside = engine.validate('output "x" {\n  value = file("/etc/hostname")\n}\n')
    assert outside.valid
    assert outside.unchecked == ("file /etc/hostname: outside the directory, not read",)
    (tmp_path / "main.tf").write_text('output "x" {\n  value = file("${path.module}/a.txt")\n}\n')
    missing = engine.validate(tmp_path)
    assert [one.message.partition(":")[0] for one in missing.errors] == ["Invalid function argument"]
    (tmp_path / "a.txt").write_text("from inside")
    plan = engine.plan(tmp_path)
    assert plan.json is not None
    assert plan.json["planned_values"]["outputs"]["x"]["value"] == "from inside"


WAYS_OUT = """
module "m" {
  source = "./m"
}
module "up" {
  source = "../outside"
}
module "l" {
  source = "./linked"
}
data "terraform_remote_state" "r" {
  backend = "local"
  config = {
    path = "../outside/terraform.tfstate"
  }
}
output "a" {
  value = [module.m.leak, module.l.leak, file("linked.txt"), data.terraform_remote_state.r.outputs.o]
}
output "b" {
  value = module.up.leak
}
"""


@needs_program
def test_links_and_foreign_module_lists_lead_nowhere(engine: TerraformEngine, tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    for folder in (outside, inside):
        folder.mkdir()
    (outside / "main.tf").write_text(f'output "leak" {{\n  value = "{CANARY}"\n}}\n')
    (outside / "terraform.tfstate").write_text(json.dumps({"version": 4, "outputs": {"o": {"value": CANARY}}}))
    (inside / "linked").symlink_to(outside)
    (inside / "linked.txt").symlink_to(outside / "main.tf")
    modules = inside / ".terraform" / "modules"
    modules.mkdir(parents=True)
    entries = [{"Key": "", "Source": "", "Dir": "."}, {"Key": "m", "Source": "./m", "Dir": str(outside)}]
    (modules / "modules.json").write_text(json.dumps({"Modules": entries}))
    (inside / "main.tf").write_text(WAYS_OUT)
    verdicts, seen = judge(engine, inside)
    assert CANARY not in seen
    assert "module up: its source '../outside' lies outside the directory" in verdicts[0].unchecked
    assert {one.message.partition(":")[0] for one in verdicts[0].errors} == {"Unreadable module directory"}


# ---- programs and the environment --------------------------------------------------------------------------------


PROGRAMS = {
    "provisioner": (
        'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n    command = "touch TRACE"\n  }\n'
        '  provisioner "local-exec" {\n    when    = destroy\n    command = "touch TRACE"\n  }\n}\n'
    ),
    "external data source": (
        'data "external" "x" {\n  program = ["/bin/sh", "-c", "touch TRACE; echo {}"]\n}\n'
        'output "x" {\n  value = data.external.x.result\n}\n'
    ),
    "credentials helper in the environment": 'output "x" {\n  value = pathexpand("~/x")\n}\n',
}


@needs_program
@pytest.mark.parametrize("attack", PROGRAMS)
def test_no_program_is_run(
    engine: TerraformEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attack: str
) -> None:
    trace = tmp_path / "trace"
    helper = tmp_path / "getent"  # what terraform would run to find a home directory
    helper.write_text(f"#!/bin/sh\ntouch {trace}\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    judge(engine, PROGRAMS[attack].replace("TRACE", str(trace)))
    assert not trace.exists()


@needs_program
def test_the_environment_is_not_passed_on(engine: TerraformEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", f"/home/{CANARY}")
    monkeypatch.setenv("TF_VAR_leak", CANARY)
    monkeypatch.setenv("TF_CLI_ARGS", f"-var=leak={CANARY}")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)
    text = 'variable "leak" {\n  default = "none"\n}\noutput "a" {\n  value = var.leak\n}\n'
    text += 'output "b" {\n  value = path.cwd\n}\n'
    _, seen = judge(engine, text)
    assert CANARY not in seen
    assert '"value": "none"' in seen
    _, seen = judge(engine, 'output "c" {\n  value = pathexpand("~/x")\n}\n')
    assert CANARY not in seen


# ---- limits ------------------------------------------------------------------------------------------------------


def doubling(times: int) -> str:
    lines = [f'  a{step + 1} = "${{local.a{step}}}${{local.a{step}}}"\n' for step in range(times)]
    return f'locals {{\n  a0 = "{"x" * 32}"\n{"".join(lines)}}}\n' + f'output "x" {{\n  value = local.a{times}\n}}\n'


ENDLESS = (
    'output "x" {\n  value = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : md5(c)]]]\n}\n'
)


@needs_program
@pytest.mark.parametrize(
    ("limits", "text", "said"),
    [
        (RunLimits(memory_bytes=1 << 30), doubling(40), "memory"),
        (RunLimits(output_bytes=1 << 20), doubling(17), "wrote more"),
    ],
    ids=["memory", "output"],
)
def test_a_text_that_takes_too_much_is_invalid(limits: RunLimits, text: str, said: str) -> None:
    with TerraformEngine(limits=limits) as engine:
        verdict = engine.plan(text).verdict
        assert [one.code for one in verdict.errors] == ["TF900"]
        assert said in verdict.errors[0].message
        assert children(engine._sandbox._process.pid) == []
        assert engine._sandbox._process.poll() is None, "the engine goes on"


@needs_program
@pytest.mark.parametrize("limits", [RunLimits(cpu_s=1), RunLimits(wall_s=1)], ids=["processor", "clock"])
def test_a_text_that_takes_too_long_is_not_judged(limits: RunLimits, monkeypatch: pytest.MonkeyPatch) -> None:
    """How fast the machine is decides nothing: such a text is neither valid nor invalid."""
    runs = []
    run = Sandbox.run
    monkeypatch.setattr(Sandbox, "run", lambda *given: runs.append(given) or run(*given))
    with TerraformEngine(limits=limits) as engine:
        runs.clear()
        verdict = engine.plan(ENDLESS).verdict
    assert (verdict.errors, verdict.layers) == ((), ())
    assert "terraform did not end within the time limit" in verdict.unchecked[-1]
    assert len(runs) == (1 if limits.cpu_s == 1 else 2), "by the clock alone it is tried twice"


@needs_program
def test_a_killed_engine_leaves_no_folder(tmp_path: Path) -> None:
    script = "import iacrl\nwith iacrl.TerraformEngine() as engine:\n    print('started', flush=True)\n    input()\n"
    engine = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert engine.stdout is not None and engine.stdin is not None
    assert engine.stdout.readline() == b"started\n"
    assert list(tmp_path.iterdir())
    engine.kill()
    engine.communicate()
    while list(tmp_path.iterdir()):
        time.sleep(0.01)


@needs_program
def test_no_process_outlives_the_engine() -> None:
    with TerraformEngine(limits=RunLimits(wall_s=600, memory_bytes=8 << 30)) as engine:
        zygote = engine._sandbox._process.pid
        ended: list[BaseException] = []

        def run() -> None:
            with pytest.raises(RuntimeError, match="the process that starts terraform has ended") as raised:
                engine.validate(ENDLESS)
            ended.append(raised.value)

        thread = threading.Thread(target=run)
        thread.start()
        while not (started := children(zygote)):
            pass
        engine._sandbox.close()
        thread.join()
        assert len(ended) == 1
    assert not [pid for pid in (zygote, *started) if Path(f"/proc/{pid}").exists()]


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@needs_program
@pytest.mark.parametrize(
    "text",
    [
        'output "x" {\n  value = ' + "[" * 100 + "]" * 100 + "\n}\n",
        'resource "terraform_data" "x" {\n  input = jsondecode("' + "[" * 600 + "]" * 600 + '")\n}\n',
        "a {\n" * 5000,
        "\x00\ud800é" * 50,
        "",
        'resource "aws_s3_bucket" "b\\u0061" {\n  bukket = 1\n}\n',
        'locals {\n  x = "' + "x" * 500_000 + '"\n}\n',
    ],
    ids=["nested", "nested value", "nested blocks", "no text", "empty", "escape", "long"],
)
def test_odd_texts_get_a_verdict(engine: TerraformEngine, text: str) -> None:
    verdicts, _ = judge(engine, text)
    assert all(verdict.domain == "terraform" for verdict in verdicts)


# ---- where there are no walls -------------------------------------------------------------------------------------


@pytest.mark.parametrize("attack", FILE_ATTACKS)
def test_without_walls_file_attacks_are_refused(tmp_path: Path, attack: str) -> None:
    expression = FILE_ATTACKS[attack].replace("PATH", "/etc/passwd").replace("FOLDER", "/etc")
    with workspace(tmp_path, f'output "x" {{\n  value = {expression}\n}}\n') as here:
        assert reasons_to_refuse(here)


@pytest.mark.parametrize(
    "expression",
    [
        'file ( "/etc/passwd")',
        'core::file("/etc/passwd")',
        "file(var.path)",
        'file("${var.path}")',
        'file("a/../../x")',
        'file("~/x")',
        '"%{ if true }${file("/etc/passwd")}%{ endif }"',
        'file(\n"/etc/passwd")',
        'file(/* a */ "/etc/passwd")',
        'file("a" == "b" ? "c" : "/etc/passwd")',
    ],
)
def test_without_walls_other_spellings_are_refused(tmp_path: Path, expression: str) -> None:
    with workspace(tmp_path, f'output "x" {{\n  value = {expression}\n}}\n') as here:
        assert reasons_to_refuse(here)


def test_without_walls_templates_and_json_are_read_too(tmp_path: Path) -> None:
    module = tmp_path / "module"
    module.mkdir()
    (module / "main.tf").write_text('output "x" {\n  value = templatefile("${path.module}/a.tpl", {})\n}\n')
    (module / "a.tpl").write_text("hello ${name}")
    with workspace(tmp_path, module) as here:
        assert reasons_to_refuse(here) == []
    (module / "a.tpl").write_text('${file("/etc/passwd")}')
    with workspace(tmp_path, module) as here:
        assert reasons_to_refuse(here)
    (module / "a.tpl").unlink()
    (module / "x.tf.json").write_text('{"output": {"y": {"value": "${\\u0066ile(\\"/etc/passwd\\")}"}}}')
    with workspace(tmp_path, module) as here:
        assert reasons_to_refuse(here)


@pytest.mark.parametrize("path", ["a.txt", "${path.module}/files/a.txt", "templates/x-1.tpl"])
def test_without_walls_paths_inside_are_allowed(tmp_path: Path, path: str) -> None:
    with workspace(tmp_path, f'output "x" {{\n  value = file("{path}")\n}}\n') as here:
        assert reasons_to_refuse(here) == []


@pytest.fixture
def engine_without_walls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[TerraformEngine]:
    """An engine on a system that allows neither namespaces nor another root."""
    script = tmp_path / "zygote.py"
    script.write_text(
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('zygote', {str(sandbox._ZYGOTE)!r})\n"
        "zygote = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(zygote)\n"
        "zygote._isolate = lambda: False\n"
        "zygote.main(*sys.argv[1:])\n"
    )
    monkeypatch.setattr(sandbox, "_ZYGOTE", script)
    with TerraformEngine() as engine:
        assert not engine.isolated
        yield engine


@needs_program
def test_without_walls_texts_are_judged_or_refused_unread(
    engine_without_walls: TerraformEngine, server: Server, tmp_path: Path
) -> None:
    engine = engine_without_walls
    bucket = 'resource "aws_s3_bucket" "b" {\n  bucket = "x"\n}\n'
    assert engine.validate(bucket).layers[-1] == "references"
    assert not engine.validate(bucket.replace("bucket =", "bukket =")).valid
    assert engine.plan(bucket).json is not None
    secret = tmp_path / "secret"
    secret.write_text(CANARY)
    verdicts, seen = judge(engine, f'output "x" {{\n  value = file("{secret}")\n}}\n')
    assert CANARY not in seen
    assert all(verdict.layers == () and len(verdict.unchecked) == 1 for verdict in verdicts)
    for attack in ("module by http", "backend", "cloud", "remote state", "data source"):
        judge(engine, NETWORK[attack].replace("HOST", server.address))
    assert server.hits == []
