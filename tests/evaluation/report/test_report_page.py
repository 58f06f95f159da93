import base64
import hashlib
import json
import re
import shutil
import zlib
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from conftest import evaluation_of, write_rows

from iacrl.evaluation.figures import write_evaluation
from iacrl.evaluation.report import browser
from iacrl.evaluation.report.colouring import colour_runs
from iacrl.evaluation.report.marks import units
from iacrl.evaluation.report.page import render_page
from iacrl.evaluation.report.reading import read_run
from iacrl.evaluation.report.result_charts import charts_of
from iacrl.evaluation.report.summary import summarize
from iacrl.evaluation.report.tables import chart_table, general_table, rates_table
from iacrl.evaluation.text_tables import signed
from iacrl.tasks import read_tasks
from iacrl.tasks.task_files import write_tasks


class Page(HTMLParser):
    """What a test asks of a page: its elements, the text of its scripts and styles, and what it refers to."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements = []
        self.raw = {"script": [], "style": []}
        self.text = []
        self._inside = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._inside = tag if tag in self.raw else None

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        (self.text if self._inside is None else self.raw[self._inside]).append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def render(*paths):
    found = [read_run(path, path.name) for path in paths]
    return render_page(found, summarize(found)).decode("utf-8")


@pytest.fixture(scope="module")
def html(runs):
    return render(runs.first)


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def unpack(html):
    (packed,) = re.findall(r'id="packed">([^<]*)<', html)
    return json.loads(zlib.decompress(base64.b64decode(packed)))


def test_the_page_needs_nothing_but_itself(page, html):
    assert not page.all("link") and not page.all("img") and not page.all("iframe")
    assert not any("src" in attributes for _, attributes in page.elements)
    assert all(attributes["href"].startswith("#") for attributes in page.all("a"))
    assert not re.search(r"https?://(?!www\.w3\.org/)", html.split('id="packed"')[0])


def digest(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_only_the_pages_own_script_and_style_may_run(page):
    (policy,) = [one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    (style,) = page.raw["style"]
    script = page.raw["script"][-1]
    assert f"script-src '{digest(script)}'" in policy and f"style-src-elem '{digest(style)}'" in policy
    assert policy.startswith("default-src 'none'") and "unsafe-eval" not in policy


def test_landmarks_headings_and_labels(page):
    assert len(page.all("main")) == 1 and len(page.all("header")) == 1 and page.all("nav")[0]["aria-label"]
    assert page.all("html")[0]["lang"] == "en" and len(page.all("h1")) == 1
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for attributes in page.all("section"):
        assert attributes.get("aria-labelledby") in ids or attributes.get("aria-label")
    assert {one["href"].removeprefix("#") for one in page.all("a")} <= set(ids)
    assert all(one.get("scope") in ("row", "col") for one in page.all("th"))


def test_every_sample_is_there_once_with_its_place(html, runs):
    content = unpack(html)
    assert len(content["samples"]) == runs.evaluated + runs.trained
    assert len(content["tasks"]) == 6, "a prompt that several samples share is kept once"
    bad = next(one for one in content["samples"] if one["completion"].startswith("Sure:"))
    units = bad["completion"].encode("utf-16-le")
    found = bad["findings"][0]
    start, end = found["at"]
    assert units[2 * start : 2 * end].decode("utf-16-le") == "bukket" and found["line"] == 2
    passed = [one for one in content["samples"] if one["outcome"] == "passed"]
    assert passed and all(clause["met"] for one in passed for clause in one["clauses"])
    assert {one["fails"] for one in passed} == {"nothing"}


def test_what_a_model_wrote_is_never_markup(page, html, runs):
    assert "hacked" not in html.split('id="packed"')[0]
    assert len(page.all("script")) == 2 and len(page.all("style")) == 1
    shown = {one["completion"] for one in unpack(html)["samples"]}
    assert "</script><script>window.hacked = 1</script>" in shown


def test_hostile_messages_and_names_are_escaped(broken_run):
    path = broken_run / "eval/eval.json"
    figures = json.loads(path.read_text())
    hostile = "</table><script>hacked()</script>"
    for result in figures["results"]:
        for one in result["diagnostics"]:
            one["code"], one["example"] = '"><script>hacked()</script>', hostile
    path.write_text(json.dumps(figures).replace('"base"', json.dumps("<script>hacked()</script>{{ 7 * 7 }}")))
    with (broken_run / "sft/metrics.jsonl").open("a") as file:
        file.write('{"step": "<script>hacked()</script>"')
    manifest = broken_run / "sft/manifest.json"
    manifest.write_text(manifest.read_text().replace("org/base-model", "<script>hacked()</script>"))
    page = Page(render(broken_run))
    assert len(page.all("script")) == 2
    assert not any("hacked" in text for text in page.raw["script"])
    assert any("<script>hacked()</script>{{ 7 * 7 }}" in text for text in page.text)


def test_a_long_completion_is_cut_and_a_long_run_thinned(runs, monkeypatch):
    monkeypatch.setattr(browser, "MOST_TRAINING_SAMPLES", 5)
    html = render(runs.first)
    samples = unpack(html)["samples"]
    long = next(one for one in samples if one["length"] == 30_000)
    assert len(long["completion"]) == browser.MOST_CHARACTERS
    assert {one["step"] for one in samples if one["from"] == "training"} == {1}
    assert "first: of the 12 completions of GRPO, 4 can be browsed: one step in 3." in html


def test_two_runs_side_by_side(runs):
    html = render(runs.first, runs.second)
    content = unpack(html)
    assert content["runs"] == ["first", "second"] and len(content["tasks"]) == 6
    assert "first · grpo, greedy" in html and "second · grpo, greedy" in html


def test_a_text_that_other_rules_extracted_gets_no_marks(broken_run):
    path = broken_run / "eval/samples.jsonl"
    path.write_text(path.read_text().replace('"text": "resource', '"text": "#resource'))
    samples = unpack(render(broken_run))["samples"]
    bad = [one for one in samples if one["completion"].startswith("Sure:") and one["from"] == "evaluation"]
    assert bad and all(one["code"] is None and "at" not in one["findings"][0] for one in bad)


def test_a_completion_that_was_not_judged_says_why(broken_run):
    path = broken_run / "grpo/samples.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    verdict = {"valid": False, "layers": [], "diagnostics": [], "unchecked": ["timed out"]}
    rows[0] |= {"outcome": "failed", "score": None, "error": "timed out", "text": "", "verdict": verdict}
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = [one for one in unpack(render(broken_run))["samples"] if one["outcome"] == "unjudged"]
    assert [(one["error"], one["fails"]) for one in found] == [("timed out", "not judged")]


def test_a_completion_with_an_unknown_schema_is_not_called_invalid(broken_run):
    path = broken_run / "eval/samples.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[0] |= {"valid": False, "passed": False, "intent": None}
    rows[0]["verdict"] |= {"valid": False, "diagnostics": [], "unchecked": ["provider acme: no schema"]}
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    html = render(broken_run)
    (found,) = [one for one in unpack(html)["samples"] if one["outcome"] == "unjudged"]
    assert (found["unchecked"], found["fails"]) == (["provider acme: no schema"], "not judged")
    assert "not judged" in "".join(Page(html).text)


def test_what_was_not_judged_is_counted_apart_from_what_fails(broken_run):
    rows = [json.loads(line) for line in (broken_run / "eval/samples.jsonl").read_text().splitlines()]
    for row in rows:
        if row["policy"] == "base":
            row["verdict"] |= {"valid": False, "layers": ["extract", "syntax"], "diagnostics": []}
            row |= {"valid": False, "passed": False, "intent": None}
    write_rows(broken_run / "eval/samples.jsonl", rows)
    tasks = read_tasks(broken_run.parent / "broken/test.jsonl")
    write_evaluation(broken_run / "eval", evaluation_of(rows, tasks))
    summary = summarize([read_run(broken_run, "broken")])
    table = chart_table(next(chart for chart in charts_of(summary) if chart.name == "layers"))
    base = dict(zip(table.header[1:], table.rows[0][1:], strict=True))
    assert base["not judged"] == "100.0" and not any(float(base[end]) for end in base if end != "not judged")
    rates = rates_table(summary.runs[0])
    assert [row[rates.header.index("not judged")] for row in rates.rows] == ["100.0", "0.0", "0.0", "0.0"]


def test_gold_answers_are_those_that_the_run_recorded(broken_run, report_tasks):
    tasks = {task["id"]: task["gold"] for task in unpack(render(broken_run))["tasks"]}
    assert {name: gold[0] for name, gold in tasks.items()} == {task.id: task.output for task in report_tasks}
    other = broken_run / "other.jsonl"
    write_tasks(other, [replace(task, output="secret") for task in report_tasks])
    config = broken_run / "eval/config.yaml"
    config.write_text(f"data: {{test: {other}}}\n")
    html = render(broken_run)
    assert all(task["gold"] is None for task in unpack(html)["tasks"])
    assert "the gold answers of kubernetes and terraform are not shown" in html


def test_the_headline_is_the_paired_difference(html, runs):
    found = read_run(runs.first, "first").evaluation.differences[0]
    assert f"{signed(found.passed)} points" in html and "0.0 % → 100.0 %" in html


@pytest.mark.parametrize(
    "text", ['a = "b" # c\n', "😀 = 1\n\n}{", '"${' * 3000, "x" * 30_000, "/*" * 9000, "<<A\n" * 4000]
)
def test_coloured_runs_stay_in_the_text(text):
    runs = colour_runs(text, "terraform")
    places = [sum(runs[start : start + 2]) for start in range(0, len(runs), 3)]
    assert sum(places) <= units(text) and set(runs[2::3]) <= set(range(5))
    assert colour_runs(text, "a domain that is not installed") == []


def test_a_completion_that_broke_a_reward_says_how_and_keeps_its_verdict(broken_run):
    path = broken_run / "eval/samples.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    number = next(number for number, row in enumerate(rows) if row["passed"])
    rows[number] |= {"error": "no patience", "score": 0.0, "parts": {}}
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (found,) = [one for one in unpack(render(broken_run))["samples"] if one["error"]]
    assert (found["error"], found["outcome"], found["fails"]) == ("no patience", "passed", "nothing")
    assert found["clauses"] and found["code"]


def test_answers_of_trivial_policies_can_be_browsed(broken_run):
    samples = (broken_run / "eval/samples.jsonl").read_text().splitlines(keepends=True)
    trivial = [line for line in samples if json.loads(line)["policy"] == "empty"]
    (broken_run / "eval/trivial.jsonl").write_text("".join(trivial) + "{oops")
    html = render(broken_run)
    found = [one for one in unpack(html)["samples"] if one["from"] == "trivial"]
    assert [one["policy"] for one in found] == ["empty"] * 6 and found[0]["outcome"] == "empty"
    assert "eval/trivial.jsonl, line 7, cannot be read" in html


def test_general_ability_stands_side_by_side(broken_run):
    path = broken_run / "eval/eval.json"
    figures = json.loads(path.read_text())
    figures["general"] = [
        {"policy": policy, "task": "sums", "metric": "acc", "value": value, "stderr": 0.0125, "documents": 400}
        for policy, value in (("base", 0.75), ("grpo", 0.74))
    ]
    path.write_text(json.dumps(figures))
    assert {"sums", "400", "0.7400 ± 0.0125"} <= {text.strip() for text in Page(render(broken_run)).text}
    table = general_table(read_run(broken_run, "broken").evaluation)
    assert table.header == ("task", "metric", "questions", "base", "grpo")
    assert table.rows == (("sums", "acc", "400", "0.7500 ± 0.0125", "0.7400 ± 0.0125"),)


def test_warnings_and_the_hack_monitor_are_on_the_page(broken_run):
    path = broken_run / "grpo/manifest.json"
    warned = [{"guard": "probe.parted", "step": 26, "reason": "the score <b>moved</b>"}]
    path.write_text(json.dumps(json.loads(path.read_text()) | {"warnings": warned}))
    page = Page(render(broken_run))
    assert "grpo: probe.parted warned at step 26: the score <b>moved</b>." in [text.strip() for text in page.text]
    assert not page.all("b")
    assert "GRPO: hack monitor" in page.text and "strict intent" in page.text


def test_missing_pieces_are_said(broken_run):
    shutil.rmtree(broken_run / "eval")
    shutil.rmtree(broken_run / "grpo")
    page = Page(render(broken_run))
    text = "".join(page.text)
    assert "eval: nothing was measured" in text and "grpo: there is no such stage" in text
    assert "No completion was kept." in text
    assert [one["id"] for one in page.all("section") if "id" in one][:2] == ["results", "learning"]
