"""Following a page of the documentation to the letter, and finding the commands that it shows."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
FENCE = re.compile(r"^```(?P<language>\w+)(?: title=(?P<title>\S+))?\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_PLAIN = re.compile(r"iacrl [^|&;<>$\n]*")
_COMMAND = re.compile(r".*<<'(?P<end>\w+)'\n(?:.*\n)*?(?P=end)\n|.+\n")
STEP = re.compile(r"^\$ (?P<command>.*)\n(?P<output>(?:(?!\$ ).*\n)*)", re.MULTILINE)


def as_pattern(shown):
    """Return the pattern of what a page shows: `...` stands for anything, also in a line."""
    parts = [re.escape(part.strip("\n")) for part in shown.rstrip("\n").split("...")]
    return re.compile(r"[\s\S]*?".join(parts))


def follow(name: str, folder: Path, skip=lambda body: False, run_cli=None, **environment: str) -> list[tuple[str, str]]:
    """Write the files of a page and run its commands in `folder`, in order; return each with what it prints.

    A block with a title is a file. So is a block of Python or TOML whose first line is a comment with the path. A
    command of a `console` block must print what the block shows.

    Args:
        name: The page's name in docs/.
        folder: Where the commands run.
        skip: Whether a `sh` block is left out.
        run_cli: The fixture, to run commands of iacrl in this process, which saves its start.
        environment: Variables for the commands.
    """
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # The other plug-ins of this environment only cost time.
        "PYTEST_ADDOPTS": "-p no:cacheprovider -p no:hypothesispytest -p no:anyio -p no:xdist",
        **environment,
    }

    def run(command):
        if run_cli is not None and _PLAIN.fullmatch(command):
            here = run_cli(*shlex.split(command)[1:])
            return here.status, here.out + here.err
        done = subprocess.run(
            ["bash", "-ec", command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    printed = []
    for block in FENCE.finditer((DOCS / name).read_text(encoding="utf-8")):
        language, title, body = block["language"], block["title"], block["body"]
        if title or language in ("python", "toml"):
            file = folder / (title or body.splitlines()[0].removeprefix("# "))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(body)
        elif language == "sh" and not skip(body):
            commands = (found[0].strip("\n") for found in _COMMAND.finditer(body.replace("\\\n", " ")))
            for part in commands if run_cli is not None else [body]:
                status, shown = run(part)
                assert status == 0, f"{part}\n{shown}"
                printed.append((part, shown))
        elif language == "console":
            for step in STEP.finditer(body):
                _, shown = run(step["command"])
                assert as_pattern(step["output"]).search(shown), f"{step['command']}\n{shown}"
                printed.append((step["command"], shown))
    return printed
