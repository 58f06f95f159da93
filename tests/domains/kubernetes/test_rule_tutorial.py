"""docs/add-a-rule.md, followed to the letter on a copy of the package."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
TOO_MANY = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1001\n"
REST = """\
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
"""


def test_the_rule_of_the_page_is_reported_and_explained(tmp_path):
    page = (ROOT / "docs" / "add-a-rule.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n# in src/(\S+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    shutil.copytree(ROOT / "src" / "iacrl", tmp_path / "iacrl", ignore=shutil.ignore_patterns("__pycache__"))
    for name, code in blocks:
        with (tmp_path / name).open("a") as module:
            module.write(f"\n\n{code}")
    module, signature = tmp_path / blocks[0][0], "def check_workload(manifest: Manifest) -> None:\n"
    before, found, after = module.read_text().partition(signature)
    docstring, body = after.split("\n", 1)
    assert found
    module.write_text(f"{before}{signature}{docstring}\n    check_replicas(manifest)\n{body}")

    def printed(*arguments, text=""):
        done = subprocess.run(
            [sys.executable, "-m", "iacrl", "validate", *arguments],
            input=text,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    status, shown = printed("-", "--domain", "kubernetes", text=TOO_MANY + REST)
    assert status == 1
    assert "KB4101" in shown
    assert "1001 replicas are more than 1000" in shown
    assert printed("-", "--domain", "kubernetes", text=TOO_MANY.replace("1001", "1000") + REST)[0] == 0
    status, shown = printed("--explain", "KB4101")
    assert status == 0
    assert "Lower spec.replicas" in shown
