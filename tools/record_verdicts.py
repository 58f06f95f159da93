"""Record what the real program says about every probe in `tests/fixtures/terraform/probes/`.

    python tools/record_verdicts.py [--only TEXT] [--plugins FOLDER] [PROBE_FILE ...]

A probe file contains cases. A line `### name` starts a case, and the lines below it are its `main.tf`. A line `---
path` starts another file of the same case. The result goes to `tests/fixtures/terraform/verdicts.jsonl`, one row for
each case: its name, its files, whether `terraform validate` accepts it, and the summaries of its diagnostics. The tests
compare the in-process verdict with these rows, so they need no binary. Run this again after adding a probe, or to see
what another version of the program says. The cases of `providers.txt` need providers: the program judges them through
the engine, with the available schemas. Those of `aws.txt` need the real aws provider in the folder of plugins.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from iacrl.domains.terraform.engine import TerraformEngine

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures" / "terraform"
_NEEDS_INIT = re.compile(r'^\s*(module|backend|cloud)\b|"module":|terraform_(data|remote_state)', re.MULTILINE)


def read_probes(path: Path) -> dict[str, dict[str, str]]:
    """Return the files of each case of a probe file, by case name."""
    cases: dict[str, dict[str, str]] = {}
    lines: list[str] | None = None
    files: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("### "):
            name = f"{path.stem}: {line[4:]}"
            if name in cases:
                sys.exit(f"{path}: the case {name!r} is there twice.")
            lines, files = [], {}
            files["main.tf"] = lines
            cases[name] = {}
        elif line.startswith("--- "):
            lines = files[line[4:]] = []
        elif lines is None:
            sys.exit(f"{path}: text before the first `### name`.")
        else:
            lines.append(line)
        cases[name] = {file: "".join(f"{text}\n" for text in body) for file, body in files.items()}
    return cases


def engine_verdict(engine: TerraformEngine, files: dict[str, str]) -> dict[str, Any]:
    """Let the engine judge these files and return `valid` and the diagnostics' summaries."""
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), files)
        verdict = engine.validate(Path(folder))
    summaries = sorted(f"{found.severity}: {found.message.partition(':')[0]}" for found in verdict.diagnostics)
    return {"valid": verdict.valid, "summaries": summaries}


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def real_verdict(files: dict[str, str]) -> dict[str, Any]:
    """Run `terraform validate` over these files and return `valid` and the diagnostics' summaries."""
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1"}
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), files)
        run = {"cwd": folder, "env": environment, "capture_output": True, "text": True, "check": False}
        if any(_NEEDS_INIT.search(text) for text in files.values()):
            init = subprocess.run(["terraform", "init", "-backend=false", "-input=false", "-no-color"], **run)
            if init.returncode:
                found = re.findall(r"^[│ ]*Error: (.*?)$", init.stderr + init.stdout, re.MULTILINE)
                return {"valid": False, "summaries": sorted(f"error: {text.strip()}" for text in found), "by": "init"}
        answer = json.loads(subprocess.run(["terraform", "validate", "-json"], **run).stdout)
    summaries = sorted(f"{found['severity']}: {found['summary']}" for found in answer["diagnostics"])
    return {"valid": answer["valid"], "summaries": summaries}


def main() -> None:
    """Record all probes, or the ones named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, default=sorted((FIXTURES / "probes").glob("*.txt")))
    parser.add_argument("--only", default="", help="record only the cases whose name holds this text")
    parser.add_argument("--plugins", type=Path, help="the folder with the real provider that judges aws.txt")
    parser.add_argument("--show", action="store_true", help="print the rows instead of writing them")
    options = parser.parse_args()
    target = FIXTURES / "verdicts.jsonl"
    rows: dict[str, dict[str, Any]] = {}
    if target.exists():
        rows = {row["name"]: row for row in map(json.loads, target.read_text(encoding="utf-8").splitlines())}
    cases: dict[str, dict[str, str]] = {}
    for path in options.files:
        stale = [name for name in rows if name.startswith(f"{path.stem}: ")]
        read = read_probes(path)
        cases |= {name: files for name, files in read.items() if options.only in name}
        for name in stale:
            if name not in read:
                del rows[name]
    new = {name: files for name, files in cases.items() if options.only or rows.get(name, {}).get("files") != files}
    if options.plugins is None and any(name.startswith("aws: ") for name in new):
        sys.exit("The cases of aws.txt need --plugins.")
    with TerraformEngine() as engine, TerraformEngine(plugins=options.plugins) as real:
        for name, files in new.items():
            judge = {"providers": engine, "aws": real}.get(name.partition(":")[0])
            judged = real_verdict(files) if judge is None else engine_verdict(judge, files)
            rows[name] = {"name": name, "files": files, **judged}
            if options.show:
                print(json.dumps(rows[name], ensure_ascii=False))
    if not options.show:
        lines = [json.dumps(rows[name], ensure_ascii=False) for name in rows]
        target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"{len(cases)} cases, {sum(row['valid'] for row in rows.values())} of {len(rows)} valid", file=sys.stderr)


if __name__ == "__main__":
    main()
