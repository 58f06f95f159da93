import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from iacrl.evaluation.rates import MOST_CODES
from iacrl.evaluation.report.charts import MOST_PANELS, MOST_ROWS, MOST_SERIES, ChartValue, Dots, Lines, Panel, Series
from iacrl.evaluation.report.curves import MOST_REWARDS, curves_of
from iacrl.evaluation.report.drawing import draw
from iacrl.evaluation.report.page import shown_chart
from iacrl.evaluation.report.palette import COLOURS, colours
from iacrl.evaluation.report.pictures import to_png, to_svg, to_svgs
from iacrl.evaluation.report.reading import read_run
from iacrl.evaluation.report.result_charts import charts_of
from iacrl.evaluation.report.summary import summarize
from iacrl.evaluation.report.tables import chart_table, costs_table, diagnostics_table, rates_table


@pytest.fixture(scope="module")
def one(runs):
    return summarize([read_run(runs.first, "first")])


@pytest.fixture(scope="module")
def charts(one):
    return {chart.name: chart for chart in charts_of(one)}


def test_every_chart_that_the_run_has_values_for(charts):
    assert list(charts) == [
        "pass-at-1",
        "pass-at-k",
        "layers",
        "sft-loss",
        "sft-accuracy",
        "grpo-score",
        "grpo-passed",
        "grpo-probe",
        "grpo-rewards",
        "grpo-length",
        "grpo-entropy",
        "grpo-families",
        "grpo-rules",
        "sft-gradient",
        "grpo-learning-rate",
        "grpo-step-time",
        "by-domain",
        *(["by-difficulty"] if "by-difficulty" in charts else []),
        "by-family-terraform",
        "by-family-kubernetes",
    ]


def test_the_hack_monitor_shows_its_three_lines_together(charts, runs):
    table = chart_table(charts["grpo-probe"])
    assert table.header[1:] == ("training score", "second judge's verdict", "strict intent")
    assert table.rows == (("1", "0.300", "0.500", "0.200"), ("3", "0.900", "0.600", "0.100"))
    both = summarize([read_run(runs.first, "first"), read_run(runs.second, "second")])
    chart = next(chart for chart in charts_of(both) if chart.name == "grpo-probe")
    assert [panel.title for panel in chart.panels] == ["first", "second"]


def test_trivial_policies_stand_beside_the_numbers(charts, one):
    table = chart_table(charts["pass-at-1"])
    assert [row[0] for row in table.rows] == ["base, greedy", "grpo, greedy", "grpo, sampled", "empty (trivial)"]
    assert "best trivial policy" in chart_table(charts["by-domain"]).header
    assert rates_table(one.runs[0]).rows[-1][0] == "empty (trivial)"


def test_tables_hold_the_figures_of_the_evaluation(charts, one):
    passed = one.runs[0].evaluation.result("grpo", "sampled").rates().passed
    expected = f"{100 * passed[1].value:.1f} [{100 * passed[1].low:.1f}, {100 * passed[1].high:.1f}]"
    assert chart_table(charts["pass-at-1"]).rows[2] == ("grpo, sampled", expected)
    score = one.runs[0].evaluation.result("grpo", "sampled").rates().score
    assert rates_table(one.runs[0]).rows[2][-2] == f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}]"
    assert chart_table(charts["pass-at-k"]).rows[1][1].startswith(f"{100 * passed[2].value:.1f} [")
    for row in chart_table(charts["layers"]).rows:
        assert sum(float(cell) for cell in row[1:]) == pytest.approx(100, abs=0.5)


def test_an_empty_text_is_not_shown_as_a_valid_answer(charts, one):
    table = chart_table(charts["layers"])
    shown = {row[0]: dict(zip(table.header[1:], row[1:], strict=True)) for row in table.rows}
    assert shown["empty (trivial)"]["declares nothing"] == "50.0"  # no manifest at all is an error of its own
    for name, policy, decoding in (("grpo, sampled", "grpo", "sampled"), ("empty (trivial)", "empty", "given")):
        valid = sum(float(shown[name].get(part, 0)) for part in ("valid, incomplete", "passes"))
        assert valid == pytest.approx(100 * one.runs[0].evaluation.result(policy, decoding).rates().valid[1].value)


def test_error_bars_of_two_series_do_not_hide_each_other():
    values = tuple(ChartValue(k, 0.5, 0.25, 0.75) for k in (1, 4))
    panel = Panel("", (Series("a", values), Series("b", values, 1)))
    figure = draw(Lines("n", "results", "t", "a", "k", "y", (panel,), bands=False), colours("light"))
    first, second = (collection.get_segments() for collection in figure.axes[0].collections)
    assert all(abs(one[0][0] - other[0][0]) > 0.04 for one, other in zip(first, second, strict=True))
    assert list(figure.axes[0].get_xticks()) == [1, 4]


def test_a_rule_that_was_broken_never_is_told_from_one_that_is_not_listed(one):
    _, rows = diagnostics_table(one)
    assert any(0.0 in row.shares for row in rows), "the lists are short here, so nothing is left out"
    run = one.runs[0]
    (base, *others) = run.evaluation.results
    long = tuple(replace(base.diagnostics[0], code=f"XX{number:03}") for number in range(MOST_CODES))
    evaluation = replace(run.evaluation, results=(replace(base, diagnostics=long), *others))
    _, rows = diagnostics_table(replace(one, runs=(replace(run, evaluation=evaluation),)))
    assert {row.shares[0] for row in rows if not row.code.startswith("XX")} == {None}


def test_diagnostics_with_their_rules_and_shares(one):
    columns, rows = diagnostics_table(one)
    assert columns == ("base, greedy", "grpo, greedy", "grpo, sampled")
    found = {row.code: row for row in rows}["TF201"] if "TF201" in {row.code for row in rows} else rows[0]
    assert found.title and found.layer and 0 < max(share or 0 for share in found.shares) <= 1


def test_an_svg_follows_the_theme_and_keeps_to_itself(charts):
    seen = set()
    for chart in charts.values():
        svg = to_svg(chart)
        assert not re.search(r"#[0-9a-f]{6}", svg), "every colour must come from the page's variables"
        assert set(re.findall(r"var\(--([\w-]+)\)", svg)) <= set(COLOURS)
        assert not re.search(r"https?://(?!www\.w3\.org)|<style|<script|@import", svg)
        root = ElementTree.fromstring(svg)
        assert root.get("role") == "img" and root.get("aria-label")
        ids = [element.get("id") for element in root.iter() if element.get("id")]
        assert len(ids) == len(set(ids)) and not seen & set(ids), "ids must be unique in a page of many charts"
        seen |= set(ids)
        targets = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg)
        assert {one or other for one, other in targets} <= set(ids)


def test_text_of_a_chart_stays_text(charts):
    assert ">grpo, greedy</text>" in to_svg(charts["pass-at-1"])


def test_hostile_names_are_drawn_as_names():
    label = "</svg><script>$\\frac{$\x00\x1b _a" + "y" * 500
    values = (ChartValue(1, 0.5), ChartValue(2, 0.6))
    panel = Panel("_$x", (Series(label, values), Series("_b", values, 1)))
    chart = Lines("n", "learning", "title", "about", "x", "y", (panel, panel))
    svg = to_svg(chart)
    ElementTree.fromstring(svg)
    assert "<script" not in svg and ">_$x<" in svg.replace("> _", ">_")


def test_families_and_rules_over_the_steps_are_pictures_of_their_own(one, charts):
    families = charts["grpo-families"]
    assert len(to_svgs(families)) == 1, "two panels fit in one picture"
    many = replace(families, panels=families.panels * 2)
    found = to_svgs(many)
    assert [title for title, _ in found] == [panel.title for panel in many.panels]
    ids = [name for _, svg in found for name in re.findall(r' id="([^"]+)"', svg)]
    assert len(ids) == len(set(ids))
    rules = chart_table(charts["grpo-rules"])
    assert all(float(cell) == 0 for cell in rules.rows[-1][1:]), "all completions of the last step are gold answers"
    assert one.runs[0].curve("family/" + families.panels[0].title).points[-1].mean == 1.0


def test_what_the_stages_took(one):
    table = costs_table(one.runs[0])
    assert table.rows[1][1:3] == ("2 h 10 min", "4 s") and "900 MiB" in table.rows[1]
    assert dict(zip(table.header, table.rows[0], strict=True))["tokens"] == "1,200"


def test_a_png_is_drawn_in_both_themes(charts):
    light, dark = (to_png([charts["grpo-score"], charts["pass-at-1"]], theme) for theme in ("light", "dark"))
    assert light.startswith(b"\x89PNG") and dark.startswith(b"\x89PNG") and light != dark


def test_pictures_are_the_same_each_time(charts):
    assert to_svg(charts["pass-at-1"]) == to_svg(charts["pass-at-1"])


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """WCAG 2.2's contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_marks_have_enough_contrast(theme):
    palette = colours(theme)
    for ground in ("page", "surface", "raised"):
        for text in ("ink", "muted", "accent", "good", "bad", "warn", *(f"syntax-{kind}" for kind in range(5))):
            assert contrast(palette[text], palette[ground]) >= 4.5, (text, ground)
    for name, colour in palette.items():
        if name.startswith("series-") or name == "neutral":
            assert contrast(colour, palette["surface"]) >= 3, name


def test_a_picture_of_thousands_of_families_has_the_first_ones_and_the_table_has_all():
    values = tuple(ChartValue(row, 0.5) for row in range(5_000))
    series = tuple(Series(f"policy {number}", values) for number in range(MOST_SERIES + 5))
    rows = tuple(f"family-{row}" for row in range(5_000))
    shown = shown_chart(Dots("n", "slices", "t", "About.", "x", "", (Panel("", series),), rows))
    ((_, svg),) = shown["svgs"]
    assert (svg.count("family-"), svg.count("policy ")) == (MOST_ROWS, MOST_SERIES)
    assert f"{MOST_ROWS} of 5,000 rows and {MOST_SERIES} of {MOST_SERIES + 5} series" in shown["chart"].about
    assert len(shown["table"].rows) == 5_000


def test_a_table_of_mostly_empty_cells_is_cut_and_says_so():
    series = tuple(Series(f"policy {n}", tuple(ChartValue(n * 10 + m, 0.5) for m in range(10))) for n in range(1_000))
    rows = tuple(f"family-{row}" for row in range(10_000))
    table = chart_table(Dots("n", "slices", "t", "About.", "x", "", (Panel("", series),), rows))
    assert len(table.rows) == 102 and table.rows[-1][0] == "and 9,899 more" and len(table.rows[-1]) == 1_001


def test_a_run_with_thousands_of_rewards_has_curves_of_the_first(broken_run):
    rows = [{"step": number, f"reward/r{number}": 0.5} for number in range(2_000)]
    (broken_run / "grpo/metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (broken_run / "grpo/samples.jsonl").write_text("")
    assert sum(curve.name.startswith("reward/") for curve in curves_of(read_run(broken_run, "a"))) == MOST_REWARDS


def test_each_series_with_a_row_of_its_own_is_drawn_and_many_panels_are_not():
    own = tuple(Series(f"policy {row}", (ChartValue(row, 0.5),)) for row in range(MOST_SERIES + 5))
    dots = Dots("n", "results", "t", "About.", "x", "", (Panel("", own),), tuple(one.label for one in own))
    assert shown_chart(dots)["chart"] == dots
    panels = tuple(Panel(f"p{number}", (Series("a", (ChartValue(0, 0.5),)),)) for number in range(500))
    assert len(shown_chart(Lines("n", "training", "t", "About.", "x", "y", panels))["svgs"]) == MOST_PANELS
