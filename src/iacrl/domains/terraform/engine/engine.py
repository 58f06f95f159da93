"""`TerraformEngine`: the real program's verdict on any text, offline and without credentials."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from iacrl.domains.programs import SecondOpinion
from iacrl.domains.terraform.engine.engine_outcome import EngineOutcome, read_diagnostics, to_verdict
from iacrl.domains.terraform.engine.modules import install_modules
from iacrl.domains.terraform.engine.needs import KnownProviders, Needs, missing_providers
from iacrl.domains.terraform.engine.real_providers import RealProviders, find_binaries
from iacrl.domains.terraform.engine.sandbox import Finished, RunLimits, Sandbox, used_up
from iacrl.domains.terraform.engine.schema_provider import Served, serve
from iacrl.domains.terraform.engine.workspace import Workspace, reasons_to_refuse, workspace
from iacrl.domains.verdict import Verdict
from iacrl.errors import UserError

#: The programs that implement the language and the plugin protocol, in search order.
PROGRAMS = ("terraform", "tofu")

#: Settings that make terraform look for its state elsewhere. Our plans have no state, whatever the text says.
_BACKENDS = frozenset(("backend", "cloud", "state_store"))
#: An override file: terraform merges the files with this suffix last, in the order of their names.
_LOCAL_BACKEND = ("~iacrl_override.tf", 'terraform {\n  backend "local" {}\n}\n')

_VALIDATE = ("validate", "-json")
_PLAN = ("plan", "-json", "-input=false", "-lock=false", "-out=../plan")
_SHOW = ("show", "-json", "../plan")


@dataclass(frozen=True, slots=True)
class Plan:
    """The result of `terraform plan` on a configuration.

    Attributes:
        json: The plan in the form of `terraform show -json`; None if planning failed.
    """

    verdict: Verdict
    json: dict[str, Any] | None


def find_program(given: str | Path | None = None) -> Path:
    """Return the path of the terraform or tofu program.

    Raises:
        UserError: Neither program was found; the message says what to install.
    """
    for name in (given,) if given is not None else PROGRAMS:
        found = shutil.which(name)
        if found is not None:
            return Path(found).resolve()
    if given is not None:
        raise UserError(f"No program {str(given)!r}. Name a terraform or tofu that exists and may be run.")
    raise UserError(
        "Neither terraform nor tofu is on the PATH. Install one (https://developer.hashicorp.com/terraform/install or "
        "https://opentofu.org/docs/intro/install), or pass the path of one."
    )


#: The entry in `unchecked` for a provider that is judged by its schema without being asked.
_BY_SCHEMA = "judged by its schema"


class TerraformEngine:
    """Validates and plans Terraform configurations with the real program and providers that only know their schemas.

    A context manager. Start one and use it for many texts, from as many threads as there are cores:

        with TerraformEngine() as engine:
            verdict = engine.validate(text)             # or a Path to a module's directory
            plan = engine.plan(text)

    Nothing is downloaded, and nothing outside the given text or directory is read. `docs/terraform-engine.md` explains
    how.

    Args:
        program: The terraform or tofu to run; by default the one on the PATH.
        limits: The limits of one run of the program.
        plugins: A directory of real provider binaries, laid out like terraform's plugin cache. The default is the one
            that `IACRL_TF_PLUGINS` or `TF_PLUGIN_CACHE_DIR` names, if any. `validate` asks them; `plan` never does,
            because a real provider needs credentials to plan.

    Attributes:
        program: The path of the program that runs.
        name: Its name.

    Raises:
        UserError: The program or the directory does not exist.
    """

    def __init__(
        self,
        program: str | Path | None = None,
        *,
        limits: RunLimits | None = None,
        plugins: str | Path | None = None,
    ) -> None:
        self.program = find_program(program)
        self.name = self.program.name
        self._binaries = find_binaries(plugins)
        self._limits = limits or (RunLimits() if not self._binaries else RunLimits(cpu_s=60, wall_s=180.0))
        self._providers = KnownProviders()
        self._numbers = itertools.count()
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._folder = Path(stack.enter_context(TemporaryDirectory(prefix="iacrl-")))
            self._pool = stack.enter_context(ThreadPoolExecutor(os.cpu_count(), "iacrl-terraform-provider"))
            self._sandbox = Sandbox(self.program, self._folder)
            stack.callback(self._sandbox.close)
            self._real = RealProviders(self._folder, self._binaries)
            stack.callback(self._real.close)
            self._local_state = self._initialize_local_backend()
            self._resources = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    @property
    def isolated(self) -> bool:
        """Whether the system lets us isolate a run from files and network; if not, some texts are refused unread."""
        return self._sandbox.keeps_files_out

    def validate(self, configuration: str | Path) -> Verdict:
        """Judge a text, or the module in a directory, as `terraform validate` does.

        Raises:
            UserError: The path is not that of a module's directory.
        """
        with workspace(self._folder, configuration) as here:
            return to_verdict(self._judge(here, _VALIDATE))

    def judge(self, texts: Sequence[str]) -> list[SecondOpinion]:
        """Return the program's verdict on each text, in order."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(self._opinion, texts))

    def _opinion(self, text: str) -> SecondOpinion:
        try:
            verdict = self.validate(text)
        except RuntimeError as error:  # a failure of the program says nothing about the text
            return SecondOpinion(None, fault=str(error))
        passed_over = any(_BY_SCHEMA not in words for words in verdict.unchecked)
        judged = verdict.errors or (verdict.layers and not passed_over)
        return SecondOpinion(verdict.valid if judged else None, verdict.diagnostics)

    def plan(self, configuration: str | Path) -> Plan:
        """Plan the creation of everything in a text or in a module's directory.

        Raises:
            UserError: The path is not that of a module's directory.
        """
        with workspace(self._folder, configuration) as here:
            if _BACKENDS & here.words():
                name, text = _LOCAL_BACKEND
                here.add(name, text)
                here.add(".terraform/terraform.tfstate", self._local_state)
            outcome = self._judge(here, _PLAN, _SHOW)
            return Plan(to_verdict(outcome), json.loads(outcome.shown) if outcome.shown is not None else None)

    def _judge(self, here: Workspace, command: tuple[str, ...], then: tuple[str, ...] | None = None) -> EngineOutcome:
        """Run one command on a configuration, and a second one if it succeeds."""
        refused = [] if self._sandbox.keeps_files_out else reasons_to_refuse(here)
        if refused:
            return EngineOutcome(here, None, tuple(refused))
        unchecked = install_modules(here)
        needs = self._providers.needed(here, reads=command is _PLAN)
        run, shown = self._run_served(here, needs, command, then)
        missing = missing_providers(read_diagnostics(run))
        if missing:
            self._providers.add_missing(needs, here, missing)
            run, shown = self._run_served(here, needs, command, then)
        schema_only = self._judged_by_schema(needs, command) if self._binaries else ()
        asked = {
            address.rpartition("/")[2]: self._real.title(address)
            for address, served in needs.providers.items()
            if self._is_real(address, served, command)
        }
        return EngineOutcome(here, run, (*unchecked, *needs.unchecked, *schema_only), shown, asked)

    def _judged_by_schema(self, needs: Needs, command: tuple[str, ...]) -> list[str]:
        """Return, in words, which of a text's providers were not asked themselves."""
        return [
            f"provider {address}: {_BY_SCHEMA}; no binary of it is at hand"
            if not self._real.has(address)
            else f"provider {address}: {_BY_SCHEMA}; the real one only validates"
            for address, served in needs.providers.items()
            if served.encoded.mentioned(served.words) and not self._is_real(address, served, command)
        ]

    def _is_real(self, address: str, served: Served, command: tuple[str, ...]) -> bool:
        """Say whether the real provider is asked: only for texts with one of its types, because it starts slowly."""
        return command is _VALIDATE and self._real.has(address) and bool(served.encoded.mentioned(served.words))

    def _run_served(
        self, here: Workspace, needs: Needs, command: tuple[str, ...], then: tuple[str, ...] | None
    ) -> tuple[Finished, str | None]:
        with self._serving(here, needs, command) as attached:
            run = self._run(here, command, attached)
            if then is None or run.status != 0:
                return run, None
            shown = self._run(here, then, attached)
            return (run, shown.stdout) if shown.status == 0 and not shown.output_full else (shown, None)

    @contextmanager
    def _serving(self, here: Workspace, needs: Needs, command: tuple[str, ...]) -> Iterator[str]:
        """Serve the providers; yield the settings that terraform needs to find them."""
        attach: dict[str, Any] = {}
        with ExitStack() as stack:
            for address, served in needs.providers.items():
                name = f"p/{next(self._numbers)}"
                if self._is_real(address, served, command):
                    attach[address] = self._real.attach(address, here.root / name)
                else:
                    stack.enter_context(serve(served, here.root / name, self._pool))
                    attach[address] = {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True}
                attach[address]["Addr"] = {"Network": "unix", "String": f"{self._inside(here)}/{name}"}
            yield json.dumps(attach)

    def _run(
        self, here: Workspace, command: tuple[str, ...], attached: str = "{}", limits: RunLimits | None = None
    ) -> Finished:
        # This is the whole environment: no PATH, no credentials. The home directory is empty, but texts may name it.
        environment = {
            "HOME": f"{self._inside(here)}/home",
            "TF_REATTACH_PROVIDERS": attached,
            "TF_CLI_CONFIG_FILE": f"{self._inside(here)}/terraform.rc",
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            # Garbage collection would take a fifth of a run's processor time. A run ends before that pays, unless
            # memory grows.
            "GOGC": "off",
            "GOMEMLIMIT": "512MiB",
        }
        allowed = limits or self._limits
        run = self._sandbox.run(here.root, [self.name, *command], environment, allowed)
        if run.timed_out and (allowed.cpu_s is None or not used_up(run.cpu_s, allowed.cpu_s)):
            # By the clock alone: the machine may have been busy.
            run = self._sandbox.run(here.root, [self.name, *command], environment, allowed)
        return run

    def _inside(self, here: Workspace) -> str:
        """Return the path of the root as a run sees it."""
        return "" if self._sandbox.keeps_files_out else str(here.root)

    def _initialize_local_backend(self) -> str:
        """Return what `terraform init` records for a local backend: with it, no run needs init."""
        with workspace(self._folder, _LOCAL_BACKEND[1]) as here:
            # This text is ours; the limits are for the text of others.
            run = self._run(here, ("init", "-input=false", "-no-color"), limits=RunLimits(cpu_s=None, wall_s=600))
            if run.status != 0:
                raise UserError(f"{self.program} init does not work here: {(run.stderr or run.stdout).strip()}")
            return (here.text / ".terraform" / "terraform.tfstate").read_text()
