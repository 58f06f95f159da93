"""The house of docs/architecture.md: imports go down only and never in a circle, and no package names a domain but its
own rooms.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import iacrl
from iacrl.domains import domain_names

SOURCES = Path(iacrl.__file__).parent
REWARDS = SOURCES.parents[1] / "rewards"
#: From the top to the bottom. A package imports only from those after it.
ORDER = (
    "cli", "servers", "testing", "adapters", "evaluation", "training", "decoding", "runs", "config", "sources",
    "scoring", "rewards", "tasks", "intent", "domains",
)  # fmt: skip
#: Rewards are found by their files, and each declares itself: these two may know each other.
TOGETHER = {("scoring", "rewards")}
#: The list of shipped domains, and the public names of the package.
MAY_NAME = {"domains/registry.py", "__init__.py"}
#: The room whose circles are not opened yet.
UNTANGLED_LATER = "iacrl.domains.terraform."
HEAVY = ("torch", "transformers", "trl", "peft", "datasets", "pydantic", "pandas")


def modules():
    yield from sorted(SOURCES.rglob("*.py"))
    yield from sorted(REWARDS.glob("*.py"))


def name_of(path):
    return f"rewards/{path.name}" if path.is_relative_to(REWARDS) else path.relative_to(SOURCES).as_posix()


@cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "iacrl":
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("iacrl."))


def test_imports_go_down_only():
    up = []
    for path in modules():
        room = name_of(path).split("/")[0]
        for other in imported(path) if room in ORDER else ():
            allowed = other not in ORDER or ORDER.index(other) >= ORDER.index(room) or (other, room) in TOGETHER
            up += [] if allowed or (room, other) in TOGETHER else [f"{name_of(path)} imports iacrl.{other}"]
    assert up == []


def _module_name(path):
    parts = Path(name_of(path)).with_suffix("").parts
    return ".".join(("iacrl", *parts)).removesuffix(".__init__")


def _modules_imported(path, known):
    """Yield each module that one imports: also within a function, and for types alone."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield from (module for module in [inner if inner in known else node.module] if module in known)


def test_no_module_imports_itself_through_others():
    paths = {_module_name(path): path for path in modules()}
    imports = {module: set(_modules_imported(path, paths)) - {module} for module, path in paths.items()}
    while leaves := {module for module in imports if not imports[module]}:  # what imports nothing is in no circle
        imports = {module: others - leaves for module, others in imports.items() if module not in leaves}
    while imports and (roots := imports.keys() - set().union(*imports.values())):  # and so is what nothing imports
        imports = {module: others for module, others in imports.items() if module not in roots}
    circles = {module: sorted(others) for module, others in imports.items() if not module.startswith(UNTANGLED_LATER)}
    assert circles == {}


def test_every_package_has_its_place():
    packages = {path.parent.name for path in SOURCES.glob("*/__init__.py")}
    assert packages - set(ORDER) == set()


def _words(path):
    """Yield the names and texts of a module's code with their lines, without docstrings, comments and help examples."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    free = {
        node.lineno + line
        for node in ast.walk(tree_of(path))
        if id(node) in docstrings and isinstance(node, ast.Constant)
        for line in range(node.end_lineno - node.lineno + 1)
    }
    free |= {
        line
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "examples"
        for line in range(node.lineno, node.end_lineno + 1)
    }
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    for token in tokens:
        if token.type in (tokenize.NAME, tokenize.STRING) and token.start[0] not in free:
            yield token.start[0], token.string


def test_no_package_names_a_domain_but_its_own_rooms():
    name = re.compile("|".join(domain_names()), re.IGNORECASE)
    found = []
    for path in modules():
        room = name_of(path)
        if room in MAY_NAME or re.match(r"(domains|tasks/families)/\w+/", room):
            continue
        found += [f"{room}:{line}: {text[:60]}" for line, text in _words(path) if name.search(text)]
    assert found == []


def test_a_domain_does_not_know_another():
    found = []
    for path in (SOURCES / "domains").glob("*/**/*.py"):
        own = path.relative_to(SOURCES / "domains").parts[0]
        for node in ast.walk(tree_of(path)):
            module = getattr(node, "module", None) or ""
            other = module.removeprefix("iacrl.domains.").split(".")[0]
            if module.startswith("iacrl.domains.") and other in domain_names() and other != own:
                found.append(f"{name_of(path)} imports {module}")
    assert found == []


def test_only_what_cleans_prints():
    """A text that a terminal obeys comes through nowhere: see `iacrl.terminal`."""
    printers = {"echo": ["click"], "secho": ["click"], "print": [None, "rich"], "Console": [None, "rich"]}
    found = []
    for path in modules():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
                owner = getattr(getattr(node.func, "value", None), "id", None)
                found += [name_of(path)] if owner in printers.get(name, []) else []
                found += [name_of(path)] if name == "write" and ast.unparse(node.func).startswith("sys.std") else []
    # One module prints; the protocol of a process of iacrl's own is no printing.
    assert set(found) <= {"terminal.py", "scoring/runtime/host.py"} and "terminal.py" in found


@pytest.mark.parametrize(
    "work",
    [
        "import iacrl",
        "import iacrl, iacrl.domains; [iacrl.validate('', name) for name in ('terraform', 'kubernetes')]",
        "import iacrl; iacrl.score('', iacrl.load_tasks('terraform', split='test')[0])",
        "from iacrl.testing import assert_valid, assert_meets",
        "from iacrl.cli import cli; cli(['--help'], standalone_mode=False)",
    ],
)
def test_what_only_validates_loads_nothing_heavy(work):
    code = f"import sys\n{work}\nprint([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def _modules_of_terraform():
    room = SOURCES / "domains" / "terraform"
    paths = {".".join(("iacrl", *path.relative_to(SOURCES).with_suffix("").parts)): path for path in room.rglob("*.py")}
    return {name.removesuffix(".__init__"): path for name, path in paths.items()}


def test_modules_of_terraform_import_each_other_in_no_circle():
    """Neither at the top, nor inside functions, nor for types."""
    modules = _modules_of_terraform()
    sorter = TopologicalSorter()
    for name, path in modules.items():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom):
                inner = {f"{node.module}.{alias.name}" for alias in node.names} & modules.keys()
                for other in inner or {node.module} & modules.keys():
                    sorter.add(name, other)
    sorter.prepare()  # a CycleError names the modules
    assert len(modules) > 100
