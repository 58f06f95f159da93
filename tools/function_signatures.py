"""Write the table of Terraform's built-in functions from the program's own output.

    python tools/function_signatures.py > src/iacrl/domains/terraform/expressions/functions/signatures.txt

Needs `terraform` on the path. It takes only names and types.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import Any

HEADER = """\
# The built-in functions of Terraform {version}: the name, the parameters and what it returns. A `*` marks the
# parameter that takes any number of arguments, a `?` one that may be null.
# Written by `tools/function_signatures.py` from `terraform metadata functions -json`; do not edit.
"""


def main() -> None:
    """Print the table."""
    if shutil.which("terraform") is None:
        sys.exit("terraform is not on the path; install it, or keep the table as it is.")
    described = json.loads(_run("metadata", "functions", "-json"))["function_signatures"]
    version = json.loads(_run("version", "-json"))["terraform_version"]
    sys.stdout.write(HEADER.format(version=".".join(version.split(".")[:2])))
    for name in sorted(described):
        if "::" not in name:
            sys.stdout.write(f"{name}: {_signature(described[name])}\n")


def _run(*arguments: str) -> str:
    return subprocess.run(["terraform", *arguments], check=True, capture_output=True, text=True).stdout


def _signature(described: dict[str, Any]) -> str:
    parameters = [_parameter(parameter) for parameter in described.get("parameters", [])]
    if "variadic_parameter" in described:
        parameters.append("*" + _parameter(described["variadic_parameter"]))
    return f"{', '.join(parameters)} -> {_type(described['return_type'])}".strip()


def _parameter(described: dict[str, Any]) -> str:
    null = "?" if described.get("is_nullable") else ""
    return f"{described['name']}: {_type(described['type'])}{null}"


def _type(written: Any) -> str:
    if isinstance(written, str):
        return "any" if written == "dynamic" else written
    kind, inner = written
    return f"{kind}({_type(inner)})"


if __name__ == "__main__":
    main()
