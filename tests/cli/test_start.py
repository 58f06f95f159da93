import subprocess
import sys

from iacrl.cli import COMMANDS

HEAVY = {"torch", "transformers", "trl", "peft", "bitsandbytes", "datasets", "pandas", "pydantic"}

SCRIPT = """
import sys
import iacrl
from iacrl.cli import cli
for command in {commands!r}:
    try:
        cli([*command, "--help"])
    except SystemExit as stop:
        assert stop.code == 0, command
print("LOADED", *sorted({heavy!r} & set(sys.modules)))
"""


def test_help_of_every_command_imports_no_training_library():
    script = SCRIPT.format(commands=[[], *([name] for name in COMMANDS)], heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED"
    for name in COMMANDS:
        assert name in done.stdout


def test_the_library_for_tests_does_without_the_command_line():
    script = """
import sys, iacrl.testing.asserts, iacrl.testing.collection, iacrl.testing.snapshot
print(*(name for name in sys.modules if name.startswith("iacrl.cli")))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_terraform_file_is_judged_without_slow_imports(tmp_path):
    (tmp_path / "main.tf").write_text('variable "a" {}\n')
    script = """
import sys
from iacrl.cli import cli
assert cli(["validate", "main.tf"], standalone_mode=False) == 0
slow = {"importlib.metadata", "iacrl.domains.kubernetes.validation", "subprocess", "tempfile", "yaml"}
print(*sorted(slow & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == ""


def test_validating_imports_no_training_library():
    script = f"""
import sys, iacrl
iacrl.validate('variable "a" {{}}', "terraform")
iacrl.validate("apiVersion: v1", "kubernetes")
iacrl.load_tasks("terraform", split="test")
print(*sorted({HEAVY!r} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
