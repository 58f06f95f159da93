import json
from importlib import util

from iacrl.evaluation.report.summary import Summary
from iacrl.records import from_plain


def test_all_that_was_asked_for_is_written(runs, tmp_path, run_cli):
    options = ("--format", "html", "--out", tmp_path / "r.html", "--format", "json", "--out", tmp_path / "r.json")
    result = run_cli("report", runs.first, *options, "--format", "card", "--out", tmp_path / "card.md")
    assert result.status == 0, result.err
    assert result.out.split() == [str(tmp_path / name) for name in ("r.html", "r.json", "card.md")]
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "card.md").read_text().startswith("---\n")


def test_figures_as_pictures(runs, tmp_path, run_cli):
    result = run_cli(
        "report",
        runs.first / "eval",
        "--format",
        "html",
        "--out",
        tmp_path / "r.html",
        "--format",
        "png",
        "--out",
        tmp_path / "a/b",
    )
    assert result.out.split() == [str(tmp_path / "r.html"), str(tmp_path / "a/b")]
    pictures = {path.name for path in (tmp_path / "a/b").iterdir()}
    assert {"overview-light.png", "overview-dark.png", "pass-at-1-light.png", "by-domain-dark.png"} <= pictures


def test_the_json_holds_the_figures_as_the_evaluation_wrote_them(runs, tmp_path, run_cli):
    run_cli("report", runs.first, runs.second, "--format", "json", "--out", tmp_path / "r.json")
    numbers = json.loads((tmp_path / "r.json").read_text())
    assert [run["name"] for run in numbers["runs"]] == ["first", "second"]
    assert numbers["runs"][0]["evaluation"] == json.loads((runs.first / "eval/eval.json").read_text())
    score = next(one for one in numbers["runs"][0]["curves"] if one["name"] == "reward/complete")
    assert score["points"][1] == {"step": 2, "mean": 0.5, "deviation": 0.5}
    assert from_plain(Summary, numbers).runs[1].name == "second"


def test_the_report_stands_in_the_run_by_default(broken_run, run_cli):
    result = run_cli("report", broken_run)
    assert result.status == 0 and (broken_run / "report.html").is_file()


def refused(result, words):
    assert result.status == 2 and words in result.err and "Traceback" not in result.err, result.err


def test_mistakes_are_told_in_one_message_and_nothing_is_written(runs, broken_run, tmp_path, run_cli):
    (tmp_path / "empty").mkdir()
    refused(run_cli("report", tmp_path / "nothing"), "no such directory")
    refused(run_cli("report", tmp_path / "empty"), "is not a run of iacrl")
    refused(run_cli("report", runs.first, runs.first), "named twice")
    refused(run_cli("report", runs.first, "--out", tmp_path / "no/r.html"), "there is no folder")
    (broken_run / "eval/eval.json").unlink()
    refused(
        run_cli(
            "report",
            broken_run,
            "--format",
            "html",
            "--out",
            tmp_path / "r.html",
            "--format",
            "card",
            "--out",
            tmp_path / "c.md",
        ),
        "no figures",
    )
    assert not (tmp_path / "r.html").exists() and not (tmp_path / "c.md").exists()


def test_runs_of_the_same_name_are_told_apart(runs, tmp_path, run_cli):
    run_cli("report", runs.first / "eval", runs.second / "eval", "--out", tmp_path / "r.html")
    assert "<h1>first/eval and second/eval</h1>" in (tmp_path / "r.html").read_text()


def test_a_missing_library_is_named(runs, run_cli, monkeypatch):
    find = util.find_spec
    monkeypatch.setattr("iacrl.extras.find_spec", lambda name: None if name == "matplotlib" else find(name))
    refused(run_cli("report", runs.first), "A report needs matplotlib: pip install 'iacrl[report]'")


def test_a_manifest_that_is_nested_too_deeply_is_refused(broken_run, tmp_path, run_cli):
    file = broken_run / "eval" / "manifest.json"
    deep = '{"a": ' * 800 + "1" + "}" * 800
    file.write_text(json.dumps({**json.loads(file.read_text()), "deep": 0}).replace('"deep": 0', f'"deep": {deep}'))
    refused(run_cli("report", broken_run, "--format", "json"), "nested too deeply")
