from pathlib import Path

from pages import follow

from iacrl.tasks import read_tasks

ROOT = Path(__file__).parents[2]
_NEW = Path("src/iacrl/tasks/families/terraform/aws")


def test_the_commands_of_add_a_task_family_run_in_their_order(tmp_path):
    checkout = tmp_path / "checkout"
    _link_but(_NEW, ROOT, checkout)
    for folder in ("rewards", "configs", "datasets"):
        (checkout / "src" / "iacrl" / folder).symlink_to(ROOT / folder)
    (checkout / "docs").mkdir()
    printed = follow("add-a-task-family.md", checkout, PYTHONPATH=str(checkout / "src"))
    shown, tested, built, _ = (text for _, text in printed)
    assert 'resource "aws_backup_plan" "plan"' in shown and '"refers_to": "vault"' in shown
    assert "3 passed" in tested
    assert "terraform-test.jsonl: 10 tasks, 0 wrong" in built
    assert {task.family for task in read_tasks(checkout / "vaults" / "terraform-train.jsonl")} == {"aws_backup_vault"}
    assert "## aws_backup_vault\n" in (checkout / "docs" / "gallery.md").read_text()
    assert not (ROOT / _NEW / "aws_backup_vault.py").exists()


def _link_but(written: Path, source: Path, target: Path) -> None:
    """Make `target` a copy of `source` by links, with real folders down to `written`, where a file is to be added."""
    target.mkdir()
    first, *rest = (*written.parts, "")
    for child in source.iterdir():
        if child.name == first:
            _link_but(Path(*rest), child, target / first)
        elif not child.name.startswith(".") and child.name not in ("__pycache__", "docs", "runs"):
            (target / child.name).symlink_to(child)
