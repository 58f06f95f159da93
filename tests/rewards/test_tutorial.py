"""docs/write-a-reward.md, followed to the letter."""

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "write-a-reward.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_commands_of_the_page_run_in_their_order(tmp_path):
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTEST_ADDOPTS": "-p no:cacheprovider",
    }
    told = []
    for language, body in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if language == "python":
            (tmp_path / body.splitlines()[0].removeprefix("# ")).write_text(body)
        elif language == "sh":
            done = subprocess.run(
                ["bash", "-ec", body],
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{body}\n{done.stdout}"
            told.append((body, done.stdout))
    tested = [text for body, text in told if "pytest" in body]
    assert "3 passed" in tested[0] and "5 passed" in tested[1]
    (scored,) = [text for body, text in told if "iacrl score" in body]
    assert re.search(r"^documented +0\.000 +0\.1 ", scored, re.MULTILINE)
    samples = (tmp_path / "runs" / "mine" / "grpo" / "samples.jsonl").read_text().splitlines()
    assert len(samples) == 32 and all('"documented"' in row for row in samples)
