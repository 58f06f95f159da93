"""`TerraformEngine`: the real program's verdict on any text, offline and without credentials."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from types import TracebackType
from typing import Any, Self

from iacrl.errors import UserError
from iacrl.validators.terraform.engine.diagnostics import limit_exceeded, to_diagnostic
from iacrl.validators.terraform.engine.provider import Served, serve
from iacrl.validators.terraform.engine.sandbox import Finished, Limits, Sandbox
from iacrl.validators.terraform.engine.schemas import EncodedSchema
from iacrl.validators.terraform.engine.workspace import Workspace, workspace
from iacrl.validators.terraform.packs import find_provider
from iacrl.validators.terraform.schema import ProviderSchema
from iacrl.validators.verdict import LAYERS, Diagnostic, Layer, Verdict, layers_passed

#: The programs that speak the language and the plugin protocol, in the order in which they are looked for.
PROGRAMS = ("terraform", "tofu")

#: The layers that terraform judges; `intent` is not its business.
_LAYERS: tuple[Layer, ...] = LAYERS[: LAYERS.index("intent")]

_SOURCE = re.compile(r'"(?:[\w.-]+/)?([\w-]+/[\w-]+)"')
_FUNCTION = re.compile(r"\bprovider::([\w-]+)::([\w-]+)")


@dataclass(frozen=True, slots=True)
class Plan:
    """What `terraform plan` made of a configuration.

    Attributes:
        verdict: Its findings; `valid` means that the plan succeeded.
        json: The plan in the form of `terraform show -json`; None where there is none.
    """

    verdict: Verdict
    json: dict[str, Any] | None


def find_program(given: str | Path | None = None) -> Path:
    """Return the path of the terraform or tofu program.

    Raises:
        UserError: There is none; the message says what to install.
    """
    for name in (given,) if given is not None else PROGRAMS:
        found = shutil.which(name)
        if found is not None:
            return Path(found).resolve()
    if given is not None:
        raise UserError(f"No program {str(given)!r}. Name a terraform or tofu that exists and may be run.")
    raise UserError(
        "Neither terraform nor tofu is on the PATH. Install one of them (https://developer.hashicorp.com/terraform/install, "
        "https://opentofu.org/docs/intro/install) or pass the path of one."
    )


class TerraformEngine:
    """Validates and plans Terraform configurations with the real program and providers that only know their schemas.

    A context manager; start one and use it for many texts, from as many threads as there are cores:

        with TerraformEngine() as engine:
            verdict = engine.validate(text)             # or a Path to a module's directory
            plan = engine.plan(text)

    Nothing is downloaded and nothing outside the given text or directory is read; `docs/terraform-engine.md` says how.

    Args:
        program: The terraform or tofu to run; by default the one on the PATH.
        limits: What one run of the program may use.

    Raises:
        UserError: There is no such program.
    """

    def __init__(self, program: str | Path | None = None, *, limits: Limits | None = None) -> None:
        self._program = find_program(program)
        self._limits = limits or Limits()
        self._encoded: dict[str, EncodedSchema] = {}
        self._lock = Lock()
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._folder = Path(stack.enter_context(TemporaryDirectory(prefix="iacrl-")))
            self._pool = stack.enter_context(ThreadPoolExecutor(os.cpu_count(), "iacrl-terraform-provider"))
            self._sandbox = Sandbox(self._program)
            stack.callback(self._sandbox.close)
            self._resources = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def validate(self, configuration: str | Path) -> Verdict:
        """Judge a text, or the module in a directory, as `terraform validate` does.

        Raises:
            UserError: The path is not that of a module's directory.
        """
        with workspace(self._folder, configuration) as here, self._providers(here) as environment:
            run = self._run(here, environment, "validate", "-json", "-no-color")
            return self._verdict(here, run)

    def plan(self, configuration: str | Path) -> Plan:
        """Plan the creation of everything in a text or in a module's directory.

        Raises:
            UserError: The path is not that of a module's directory.
        """
        with workspace(self._folder, configuration) as here, self._providers(here) as environment:
            run = self._run(here, environment, "plan", "-json", "-input=false", "-lock=false", "-out=../plan")
            verdict = self._verdict(here, run)
            if not verdict.valid or run.status != 0:
                return Plan(verdict, None)
            shown = self._run(here, environment, "show", "-json", "../plan")
            return Plan(verdict, json.loads(shown.stdout))

    @contextmanager
    def _providers(self, here: Workspace) -> Iterator[dict[str, str]]:
        """Serve the providers that the text may need; yield the environment that names them."""
        source, words = here.source(), here.words()
        calls = _FUNCTION.findall(source)
        attach: dict[str, Any] = {}
        with ExitStack() as stack:
            for number, (address, schemas) in enumerate(self._candidates(source, words)):
                functions = {function for provider, function in calls if provider == address.rpartition("/")[2]}
                socket = here.root / "p" / str(number)
                stack.enter_context(serve(self._encode(schemas), words, functions, socket, self._pool))
                seen = f"/p/{number}" if self._sandbox.keeps_files_out else str(socket)
                attach[address] = {
                    "Protocol": "grpc",
                    "ProtocolVersion": 6,
                    "Pid": os.getpid(),
                    "Test": True,
                    "Addr": {"Network": "unix", "String": seen},
                }
            yield {
                "TF_REATTACH_PROVIDERS": json.dumps(attach),
                "TF_CLI_CONFIG_FILE": "../terraform.rc",
                "TF_IN_AUTOMATION": "1",
                "CHECKPOINT_DISABLE": "1",
            }

    def _candidates(self, source: str, words: frozenset[str]) -> Iterator[tuple[str, ProviderSchemas]]:
        """Yield `(address, schemas)` of every provider whose name or address occurs in the text."""
        names = words | {word.partition("_")[0] for word in words}
        addresses = {f"hashicorp/{name}" for name in names} | set(_SOURCE.findall(source))
        for address in sorted(addresses):
            namespace, _, name = address.partition("/")
            found = self._schemas.find(address)
            if found is None and namespace == "hashicorp":
                found = self._schemas.find_by_name(name)
            if found is not None:
                yield address, found

    def _encode(self, schemas: ProviderSchemas) -> EncodedSchemas:
        with self._lock:
            if schemas.source not in self._encoded:
                self._encoded[schemas.source] = EncodedSchemas(schemas)
            return self._encoded[schemas.source]

    def _run(self, here: Workspace, environment: dict[str, str], *arguments: str) -> Finished:
        return self._sandbox.run(here.root, [self._program.name, *arguments], environment, self._limits)

    def _verdict(self, here: Workspace, run: Finished) -> Verdict:
        if run.timed_out:
            found: tuple[Diagnostic, ...] = (limit_exceeded(f"terraform ran for over {self._limits.wall_s:g} s"),)
        else:
            diagnostics = [to_diagnostic(one, here.files, here.is_text) for one in _read_diagnostics(run)]
            found = tuple(sorted(diagnostics, key=lambda one: (one.range.file or "", one.range.start)))
        return Verdict("terraform", found, layers_passed(_LAYERS, found))


def _read_diagnostics(run: Finished) -> list[dict[str, Any]]:
    """Return terraform's diagnostics: `validate` writes one object, `plan` a stream of events."""
    try:
        whole = json.loads(run.stdout)
    except ValueError:
        events = [json.loads(line) for line in run.stdout.splitlines()]
        return [event["diagnostic"] for event in events if event["type"] == "diagnostic"]
    found: list[dict[str, Any]] = whole["diagnostics"]
    return found
