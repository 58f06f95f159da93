"""Ignore comments and annotations, per domain, and that nothing but reports heeds them."""

import re

import pytest

import iacrl
from iacrl.sources.discover import Found
from iacrl.sources.judging import Judging
from iacrl.sources.settings import Given, Settings

BAD_BUCKET = 'resource "aws_s3_bucket" "a" {\n  bukcet = "x"\n}\n'
BAD_SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n  - port: 99999\n"


@pytest.fixture
def codes_of(tmp_path):
    """Return the codes and lines that are reported of a text."""

    def codes(text, name, given=None):
        file = tmp_path / name
        file.write_bytes(text.encode())
        domain = {"tf": "terraform", "yaml": "kubernetes"}[name.rsplit(".")[-1]]
        with Judging(given or Given()) as judging:
            (source,) = judging.judge([Found(file, domain)])
        return [(found.code, found.range.start.line) for found in source.verdict.diagnostics]

    return codes


def with_line(text, number, line):
    lines = text.split("\n")
    return "\n".join([*lines[: number - 1], line, *lines[number - 1 :]])


@pytest.mark.parametrize("sign", ["#", "//"])
@pytest.mark.parametrize("code", ["TF304", "TF3", "TF", "ALL", "TF304 -- the provider takes it", "KB417,TF304"])
def test_a_comment_behind_a_line_is_about_the_line(codes_of, sign, code):
    found = codes_of(BAD_BUCKET.replace('"x"', f'"x" {sign} iacrl: ignore {code}'), "main.tf")
    assert found == ([("IG002", 2)] if "KB417" in code else [])


def test_a_comment_before_a_block_is_about_the_block_and_no_other(codes_of):
    text = with_line(BAD_BUCKET, 1, "# iacrl: ignore TF304") + BAD_BUCKET.replace('"a"', '"b"')
    assert codes_of(text, "main.tf") == [("TF304", 6)]
    assert codes_of(with_line(BAD_BUCKET, 2, "  # iacrl: ignore TF304"), "main.tf") == []
    assert codes_of(with_line(BAD_BUCKET, 3, "  # iacrl: ignore TF304"), "main.tf") == [("TF304", 2)]
    assert codes_of(BAD_BUCKET.replace("{\n", "{ # iacrl: ignore TF304\n"), "main.tf") == [("TF304", 2)]


def test_a_comment_for_the_file_may_stand_anywhere_in_it(codes_of):
    assert codes_of(BAD_BUCKET + "# iacrl: ignore-file TF3\n", "main.tf") == []


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_ends_of_lines_do_not_matter(codes_of, end):
    text = with_line(BAD_BUCKET, 1, "# iacrl: ignore TF304").replace("\n", end)
    assert codes_of(text, "main.tf") == []
    text = with_line(BAD_SERVICE, 6, "  # iacrl: ignore KB417").replace("\n", end)
    assert codes_of(text, "web.yaml") == []


def test_what_only_looks_like_a_comment_is_none(codes_of):
    heredoc = BAD_BUCKET.replace('"x"', "<<E\n# iacrl: ignore-file TF3\nE")
    assert codes_of(heredoc, "main.tf") == [("TF304", 2)]
    assert codes_of(BAD_BUCKET.replace('"x"', '"# iacrl: ignore TF304"'), "main.tf") == [("TF304", 2)]
    block = with_line(BAD_SERVICE, 4, "  annotations:\n    a: |\n      # iacrl: ignore-file KB417")
    assert codes_of(block, "web.yaml") == [("KB417", 10)]
    assert codes_of(BAD_SERVICE.replace("web", "'web # iacrl: ignore-file KB417'"), "web.yaml")[-1] == ("KB417", 7)
    key = with_line(BAD_SERVICE, 4, "  annotations:\n    a#iacrl: ignore-file KB417")
    assert ("KB417", 9) in codes_of(key, "web.yaml")


def test_in_manifests_indentation_says_what_a_comment_is_about(codes_of):
    assert codes_of(BAD_SERVICE.replace("99999", "99999 # iacrl: ignore KB417"), "web.yaml") == []
    for line in (1, 5, 6, 7):
        assert codes_of(with_line(BAD_SERVICE, line, "# iacrl: ignore KB417"), "web.yaml") == [], line
    assert codes_of(with_line(BAD_SERVICE, 3, "# iacrl: ignore KB417"), "web.yaml") == [("KB417", 8)]
    two = with_line(BAD_SERVICE, 1, "# iacrl: ignore KB417") + "---\n" + BAD_SERVICE.replace("web", "api")
    assert codes_of(two, "web.yaml") == [("KB417", 16)]


def test_an_annotation_is_about_its_object(codes_of):
    marked = BAD_SERVICE.replace("  name: web\n", "  name: web\n  annotations:\n    iacrl.dev/ignore: KB417 KB418\n")
    assert codes_of(marked, "web.yaml") == [("IG002", 6)]
    assert codes_of(f"{marked}---\n{BAD_SERVICE.replace('web', 'api')}", "web.yaml") == [("KB417", 17)]


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("ignroe TF304", "'ignroe' means nothing here"),
        ("ignore", "it names no code"),
        ("ignore -- because", "it names no code"),
        ("ignore TF3O4", "no rule has the code 'TF3O4', and none begins with it. Did you mean 'TF3"),
        ("ignore tf304", "no rule has the code 'tf304'"),
    ],
)
def test_what_a_comment_does_not_say_rightly_is_reported(tmp_path, comment, words):
    (tmp_path / "main.tf").write_text(f"# iacrl: {comment}\n{BAD_BUCKET}")
    with Judging(Given()) as judging:
        (source,) = judging.judge([Found(tmp_path, "terraform")])
    found = {one.code: one for one in source.verdict.diagnostics}
    assert set(found) == {"IG001", "TF304"}
    assert words in found["IG001"].message and found["IG001"].severity == "warning"
    assert found["IG001"].range.file == "main.tf"


def test_an_unused_ignore_is_reported_only_where_everything_was_judged(codes_of):
    good = BAD_BUCKET.replace("bukcet", "bucket")
    unused = "# iacrl: ignore TF304, SEC401\n"
    assert codes_of(unused + good, "main.tf") == [("IG002", 1)], "the security checks did not run"
    assert ("IG002", 1) not in codes_of(unused + good.replace("{", "{{", 1), "main.tf")
    assert codes_of(f'{unused}resource "acme_thing" "a" {{}}\n', "main.tf") == []
    assert codes_of(unused + good, "main.tf", Given(isolated=True)) == []


def test_a_syntax_error_cannot_be_ignored(codes_of):
    text = '# iacrl: ignore-file TF, ALL\nresource "aws_s3_bucket" "a" {\n  bucket = \n}\n'
    assert [code for code, _ in codes_of(text, "main.tf")] == ["TF130"]
    strictly = Given(settings=Settings(severity={"TF1": "warning"}))
    assert [code for code, _ in codes_of(text, "main.tf", strictly)] == ["TF130"]


def test_scoring_heeds_no_comment():
    task = next(task for task in iacrl.load_tasks("terraform", split="test") if task.difficulty)
    honest = iacrl.score(f"```hcl\n{task.output}\n```", task)
    broken = re.sub(r"^(\s+)(\w+)( *=)", r"\1\2_x\3", task.output, count=1, flags=re.M)
    marked = f"# iacrl: ignore-file ALL\n# iacrl: ignore ALL\n{broken}"
    scores = [iacrl.score(f"```hcl\n{text}\n```", task) for text in (broken, marked)]
    assert honest.valid and not any(score.valid for score in scores)
    found, found_marked = ([one.code for one in score.verdict.errors] for score in scores)
    assert found == found_marked != []
    assert scores[0].total == pytest.approx(scores[1].total, abs=0.02), "only brevity may see the comment"
