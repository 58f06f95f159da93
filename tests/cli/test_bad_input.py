"""Bad input to the commands on files: one message that says what, where and what to do; status 2; nothing written."""

import pytest

ROW = '{"instruction": "Write it.", "output": "variable \\"a\\" {}"}\n'
COLUMNS = "Resource,Prompt,Rego intent,Difficulty,Reference output\n"

IMPORTS = {
    "is-binary.csv": (b"\xff\xfe", "is-binary.csv: not UTF-8 text"),
    "has-no-columns.csv": (b"a,b\n1,2\n", "Field 'instruction' is missing"),
    "is-huge.csv": ((COLUMNS + "x" * 200_000 + ",b,c,1,e\n").encode(), "is-huge.csv, after line 1: not CSV (field"),
    "is-deep.json": (b"[" * 100_000, "is-deep.json: not JSON that can be read: more than 900 brackets"),
    "is-deep.jsonl": (ROW.encode() + b'{"a":' * 100_000, "is-deep.jsonl:2: not JSON that can be read"),
    "counts-long.jsonl": (b'{"a": ' + b"1" * 5000 + b"}\n", "counts-long.jsonl:1: not JSON that can be read"),
    "is-empty.json": (b"", "the file holds no task"),
    "is-half.jsonl": (ROW.encode() + b'{"instruction": "a', "is-half.jsonl:2: not JSON"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.jsonl").write_text(ROW)
    return tmp_path


@pytest.mark.parametrize("name", IMPORTS)
def test_what_cannot_be_imported_is_named_with_its_line(run_cli, folder, name):
    content, expected = IMPORTS[name]
    (folder / name).write_bytes(content)
    done = run_cli("data", "import", name, "--domain", "terraform", "--out", "out.jsonl")
    assert done.status == 2 and expected in done.err
    assert not (folder / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("data import rows.jsonl --domain terraform --out no/out.jsonl", "there is no folder no; make it"),
        ("data import rows.jsonl --domain terraform --out rows.jsonl", "rows.jsonl is the source"),
        ("data import is.csv --domain kubernetes --out out.jsonl", "is.csv: the file holds no task"),
        ("config copy tiny-cpu no/mine.yaml", "no/mine.yaml: there is no folder no; make it"),
        ("config copy tiny-cpu rows.jsonl", "exists already"),
        ("config copy tiny-cup mine.yaml", "Did you mean 'tiny-cpu'?"),
        ("data dedupe rows.jsonl --threshold 7", "7.0 is not in the range 0<=x<=1"),
        ("validate  ", "Name files, directories or `-`"),
        ("schema show data.", "'data.' names no type"),
        ("validate --jsonl deep.jsonl", "deep.jsonl:1: not JSON that can be read"),
        ("validate --jsonl empty.jsonl", "empty.jsonl: holds no rows to judge"),
        ("validate --jsonl deep.jsonl is.csv", "leave out is.csv"),
        ("validate leads-nowhere.tf", "Error: leads-nowhere.tf: No such file or directory.\n"),
        ("vaildate is.csv", "No such command 'vaildate'. Did you mean 'validate'?"),
        ("reward new class", "'class' cannot name a Python function"),
        ("score is.csv --task tf_nope", "is FAMILY-SEED-INDEX, such as "),
        (f"score is.csv --task aws_sqs_queue-7-{'1' * 5_000}", "is FAMILY-SEED-INDEX, such as "),
        ("score is.csv --task aws_sqs_qeue-1-2", "Did you mean 'aws_sqs_queue'?"),
        ("data show aws_sqs_qeue", "Did you mean 'aws_sqs_queue'?"),
        ("generate --config tiny-cpu --domain terraform --instruction=", "--instruction is empty"),
        ("score a-folder --task tf_variable-1-0", "Error: a-folder: is a directory; name a file.\n"),
        ("score nowhere.tf --task tf_variable-1-0", "Error: nowhere.tf: No such file or directory.\n"),
        ("sft --dry-run --config a-folder", "Config a-folder: is a directory; name a recipe's file in it.\n"),
        ("sft --dry-run --config a-folder.yaml", "Config a-folder.yaml: is a directory; name a recipe's file in it."),
        ("data build --train 4", "name a folder for others with --out"),
    ],
)
def test_mistakes_are_told_before_anything_is_written(run_cli, folder, arguments, expected):
    (folder / "is.csv").write_text(COLUMNS)
    (folder / "deep.jsonl").write_text("[" * 100_000)
    (folder / "empty.jsonl").write_text("\n")
    (folder / "leads-nowhere.tf").symlink_to("nowhere.tf")
    (folder / "a-folder").mkdir()
    (folder / "a-folder.yaml").mkdir()

    def contents():
        return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before = contents()
    done = run_cli(*arguments.split())
    assert done.status == 2 and expected in done.err
    assert contents() == before


def test_a_byte_order_mark_before_rows_is_no_mistake(run_cli, folder):
    (folder / "marked.jsonl").write_text("\ufeff" + ROW, encoding="utf-8")
    done = run_cli("data", "import", "marked.jsonl", "--domain", "terraform", "--out", "out.jsonl")
    assert done.status == 0 and "1 tasks; 0 refused" in done.out
    (folder / "texts.jsonl").write_text('\ufeff{"id": 1, "domain": "terraform", "text": ""}\n', encoding="utf-8")
    assert run_cli("validate", "--jsonl", "texts.jsonl").status == 0
