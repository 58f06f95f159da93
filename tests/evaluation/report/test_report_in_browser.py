"""The report in headless Chromium (Debian's package `chromium`); skipped, visibly, where there is none."""

import json
import re
import shutil
from io import BytesIO

import pytest
from test_report_live import begin_grpo, served

from iacrl.evaluation.report.live import LiveReport
from iacrl.evaluation.report.page import render_page
from iacrl.evaluation.report.palette import COLOURS
from iacrl.evaluation.report.reading import read_run
from iacrl.evaluation.report.summary import summarize

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        # CI runs as root, where Chromium's own sandbox does not start.
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def files(runs, tmp_path_factory):
    """The report of one run, and that of two."""
    folder = tmp_path_factory.mktemp("reports")
    found = [read_run(runs.first, "first"), read_run(runs.second, "second")]
    for name, shown in (("one", found[:1]), ("two", found)):
        (folder / f"{name}.html").write_bytes(render_page(shown, summarize(shown)))
    return folder


@pytest.fixture
def open_report(chromium, files):
    """Open a report in a window of its own; at the end, nothing may have been complained of, run or fetched."""
    pages, complaints, fetched = [], [], []

    def go(name="one", *, path=None, width=1280, scheme="light", link=""):
        page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda request: fetched.append(request.url))
        page.goto((path or files / f"{name}.html").as_uri() + link)
        page.wait_for_selector(".row")
        pages.append(page)
        return page

    yield go
    for page in pages:
        assert page.evaluate("window.hacked") is None
        page.close()
    assert complaints == []
    assert len(fetched) == len(pages), "a report must load nothing but itself"


def count(page):
    """Return how many samples the filters let pass."""
    words = page.text_content("#count")
    found = re.match(r"Sample \d+ of (\d+)", words)
    return int(found[1]) if found else 0


def choose(page, field, value):
    page.select_option(f"select[name={field}]", value)


def options(page, field):
    """Return the options of a filter with their counts."""
    texts = page.locator(f"select[name={field}] option").all_text_contents()
    parts = [re.fullmatch(r"(.*) \((\d+)\)", text) for text in texts[1:]]
    return {part[1]: int(part[2]) for part in parts}


def test_filters_narrow_the_list_and_tell_how_far(open_report, runs):
    page = open_report()
    assert count(page) == runs.evaluated, "at first, what the evaluation measured"
    choose(page, "from", "")
    assert count(page) == runs.evaluated + runs.trained
    for field in ("policy", "decoding", "outcome", "fails", "code", "domain", "family", "difficulty", "from"):
        for value, expected in options(page, field).items():
            choose(page, field, value)
            assert count(page) == expected > 0, (field, value)
            assert options(page, field)[value] == expected
        choose(page, field, "")
    choose(page, "policy", "grpo")
    choose(page, "outcome", "invalid")
    invalid = count(page)
    expected = options(page, "domain")
    choose(page, "domain", "terraform")
    assert options(page, "domain") == expected, "a filter's own options count what all the others let pass"
    terraform = count(page)
    choose(page, "domain", "kubernetes")
    assert expected == {"terraform": terraform, "kubernetes": count(page)} and sum(expected.values()) == invalid
    page.fill("input[name=search]", "BUKKET")
    assert count(page) == invalid - terraform
    page.fill("input[name=search]", "nobody wrote this")
    assert page.text_content("#count").startswith("No sample passes") and page.locator(".row").count() == 0
    page.click("text=Clear filters")
    assert count(page) == runs.evaluated + runs.trained
    assert page.locator("#filters .on").count() == 0


def test_a_code_of_the_table_shows_its_samples(open_report):
    page = open_report()
    button = page.locator("button[data-code]").first
    button.click()
    code = button.text_content()
    assert page.input_value("select[name=code]") == code and count(page) == options(page, "code")[code]
    assert code in page.text_content(".findings")


def test_everything_works_from_the_keyboard(open_report):
    page = open_report()

    def selected():
        return int(re.match(r"Sample (\d+) of", page.text_content("#count"))[1])

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    before = selected()
    page.keyboard.press("n")
    assert selected() == before, "a letter outside the browser of samples is not taken"
    page.focus("#list")
    page.keyboard.press("Home")
    assert page.evaluate("document.querySelector('#list').matches(':focus-visible')")
    steps = {"ArrowDown": 2, "n": 3, "p": 2, "ArrowUp": 1, "PageUp": 1, "End": 30, "PageDown": 30, "Home": 1}
    for key, expected in steps.items():
        page.keyboard.press(key)
        assert selected() == expected, key
        row = page.locator("[aria-selected=true]")
        assert row.count() == 1 and row.get_attribute("aria-posinset") == str(expected)
        assert page.get_attribute("#list", "aria-activedescendant") == row.get_attribute("id")
        assert row.is_visible()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "detail"
    page.keyboard.press("n")
    page.keyboard.press("Tab")
    assert "Previous" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert selected() == 3 and "Next" in page.evaluate("document.activeElement.textContent"), "the focus stays"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "list"
    page.fill("input[name=search]", "")
    page.keyboard.type("np")
    assert page.input_value("input[name=search]") == "np", "letters typed into a field belong to it"


def test_what_a_model_wrote_is_shown_as_it_is(open_report):
    page = open_report()
    images = page.locator("#samples img, #samples svg, #samples script:not(#packed), #samples style")
    choose(page, "policy", "base")
    shown = []
    page.focus("#list")
    for _ in range(count(page)):
        shown.append(page.text_content(".completion"))
        assert images.count() == 0
        page.keyboard.press("n")
    assert "</script><script>window.hacked = 1</script>" in shown
    assert '<img src=x onerror="window.hacked = 1"><svg onload="window.hacked = 1"></svg>' in shown
    (controls,) = [text for text in shown if "\U0001f600" in text]
    assert controls.startswith("aU+0000bU+001B[31mcU+202Edlrow"), "what turns or hides text is shown by its number"
    assert max(map(len, shown)) == 20_000 and page.locator("text=first 20000 of 30000 characters").count() == 1


def test_diagnostics_and_clauses_are_marked_in_place(open_report):
    page = open_report()
    choose(page, "outcome", "invalid")
    choose(page, "decoding", "sampled")
    page.fill("input[name=search]", "bukket")
    marks = page.locator(".completion mark")
    assert marks.first.text_content() == "bukket"
    assert page.locator(".completion .line:has(mark)").first.get_attribute("data-line") == "2"
    prose = page.locator(".completion .line:not(.in)").all_text_contents()
    assert prose == ["Sure:", "```terraform", "```", "Done."]
    assert page.locator(".completion .pin").count() == page.locator(".findings li").count()
    page.locator(".findings button").first.click()
    assert marks.first.evaluate("mark => mark.classList.contains('here')")
    page.fill("input[name=search]", "")
    choose(page, "outcome", "passed")
    assert page.locator(".clauses li").count() > 1 and page.locator(".clauses .invalid").count() == 0
    page.locator(".clauses button").first.click()
    assert page.locator(".completion .here").count() > 0


def test_the_report_opens_on_a_gain_next_to_the_policy_before(open_report):
    page = open_report()
    assert page.text_content("#why") == "Shown first: the task with the largest gain of grpo over base."
    assert page.locator(".side h5").all_text_contents() == ["grpo, greedy", "base, greedy"]
    found = options(page, "change")
    assert found == {"gained: base → grpo, greedy": 6}
    choose(page, "change", "gained: base → grpo, greedy")
    assert count(page) == 6 and page.text_content("#why") == ""


def test_gold_is_next_to_a_completion_with_the_lines_that_differ(open_report):
    page = open_report()
    choose(page, "decoding", "sampled")
    page.fill("input[name=search]", "bukket")
    page.locator(".beside select").select_option(label="the gold answer")
    assert page.locator(".side h5").all_text_contents() == ["grpo, sampled", "gold answer"]
    left, right = (page.locator(".side").nth(side).locator(".completion") for side in (0, 1))
    assert '  bukket = "x"' in left.locator(".only").all_text_contents()
    assert right.locator(".only").count() > 0
    assert right.locator(".t2").count() > 0, "strings have a colour"
    page.fill("input[name=search]", "")
    choose(page, "outcome", "passed")
    assert page.text_content(".legend") == "The code is the same on both sides."
    assert page.locator(".only").count() == 0


def test_a_link_opens_its_sample_and_the_back_button_returns(open_report, files):
    page = open_report()
    first = page.text_content("#detail h3")
    page.focus("#list")
    page.keyboard.press("Home")
    page.locator(".row").nth(3).click()
    link, shown = page.evaluate("location.hash"), page.get_attribute("#detail", "aria-label")
    assert link.startswith("#sample/evaluation/grpo/sampled/") and page.get_attribute(".muted a", "href") == link
    page.keyboard.press("n")
    assert page.get_attribute("#detail", "aria-label") != shown
    page.go_back()
    page.wait_for_selector(f'#detail[aria-label="{shown}"]')
    other = open_report(link=link)
    assert other.get_attribute("#detail", "aria-label") == shown and first
    choose(other, "policy", "base")
    assert other.evaluate("location.hash").startswith("#sample/evaluation/base/greedy/"), "it follows the filters"
    assert "not in this report" in open_report(link="#sample/nothing").text_content("#count")


def test_a_completion_without_a_score_is_shown(open_report, broken_run, tmp_path):
    path = broken_run / "grpo/samples.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[0] |= {"outcome": "failed", "score": None, "error": "timed out", "text": ""}
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = read_run(broken_run, "broken")
    (tmp_path / "r.html").write_bytes(render_page([run], summarize([run])))
    page = open_report(path=tmp_path / "r.html")
    choose(page, "from", "training")
    choose(page, "outcome", "not judged")
    assert count(page) == 1 and "no score" in page.text_content(".verdict")
    assert options(page, "fails") == {"not judged": 1}


def test_two_runs_side_by_side_on_the_same_task(open_report):
    page = open_report("two")
    choose(page, "run", "first")
    choose(page, "policy", "grpo")
    choose(page, "decoding", "greedy")
    beside = page.locator(".beside select")
    beside.select_option(label="second · grpo, greedy")
    titles = page.locator(".side h5")
    page.focus("#list")
    for _ in range(2):
        assert titles.all_text_contents() == ["first · grpo, greedy", "second · grpo, greedy"]
        assert page.locator(".side .completion").count() == 2
        page.keyboard.press("n")
    assert page.locator(".side .verdict .invalid").count() == 1, "only the second run fails this task"


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_needs_no_scrolling_sideways(open_report, width):
    page = open_report("two", width=width)
    page.click("summary >> nth=0")
    page.locator(".beside select").select_option(index=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    widths = page.locator("table.stacked").evaluate_all("all => all.map(one => one.scrollWidth)")
    assert widths and max(widths) < width, "the rows of a wide table become blocks"
    assert page.locator("table.stacked td[data-label='score']").first.is_visible()
    for selector in ("#list", "#detail", "#filters", ".chart >> nth=0"):
        box = page.locator(selector).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width, selector


def colour_of(page, selector, what="backgroundColor"):
    """Return a computed colour as `#rrggbb`."""
    value = page.locator(selector).first.evaluate("(element, what) => getComputedStyle(element)[what]", what)
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", value)[:3])


def test_the_dark_theme_follows_the_system_and_the_button(open_report):
    page = open_report(scheme="dark")
    assert colour_of(page, "body") == COLOURS["page"][1] and colour_of(page, "body", "color") == COLOURS["ink"][1]
    page.click("#theme")
    assert page.text_content("#theme") == "Theme: light" and colour_of(page, "body") == COLOURS["page"][0]
    page.click("#theme")
    assert page.text_content("#theme") == "Theme: dark" and colour_of(page, "body") == COLOURS["page"][1]
    page.click("#theme")
    assert page.text_content("#theme") == "Theme: system" and colour_of(page, "body") == COLOURS["page"][1]
    page.emulate_media(media="print")
    assert colour_of(page, "body", "color") == COLOURS["ink"][0] and not page.locator("header").is_visible()


def test_nothing_is_cut_off_on_paper(open_report):
    page = open_report("two", width=718)  # A4 between margins of 1 cm
    page.emulate_media(media="print")
    for selector in (".scroll", ".completion", ".prompt", "main"):
        widths = page.locator(selector).evaluate_all("all => all.map(one => [one.scrollWidth, one.clientWidth])")
        assert widths and all(wanted <= given for wanted, given in widths), selector


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_are_painted_in_the_colours_of_the_theme(open_report, scheme):
    from PIL import Image

    page = open_report(scheme=scheme)
    picture = Image.open(BytesIO(page.locator("svg.chart").first.screenshot())).convert("RGB")
    found = {"#{:02x}{:02x}{:02x}".format(*colour) for _, colour in picture.getcolors(1 << 20)}
    for name in ("surface", "series-0", "series-1", "grid"):
        assert COLOURS[name][scheme == "dark"] in found, name


def test_thousands_of_samples_stay_usable(open_report, broken_run, tmp_path):
    path = broken_run / "eval/samples.jsonl"
    rows = path.read_text().splitlines()
    path.write_text("\n".join(rows * 150) + "\n")
    run = read_run(broken_run, "many")
    (tmp_path / "many.html").write_bytes(render_page([run], summarize([run])))
    page = open_report(path=tmp_path / "many.html")
    assert count(page) == len(rows) * 150 == 4500
    page.focus("#list")
    page.keyboard.press("End")
    assert page.text_content("#count").startswith("Sample 4500 of 4500")
    assert page.locator(".row").count() < 60, "only the rows in sight are in the page"
    choose(page, "policy", "grpo")
    assert count(page) == sum(json.loads(row)["policy"] == "grpo" for row in rows) * 150


def test_a_live_page_follows_its_run(chromium, runs, tmp_path):
    report = LiveReport([tmp_path], least_s=0)
    with served(report) as server:
        page = chromium.new_page()
        complaints = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(server.url)
        assert "Nothing can be shown yet" in page.text_content("main")
        begin_grpo(tmp_path, runs)
        report._due = 0
        page.wait_for_selector(".row")
        assert count(page) == 4
        page.locator("#learning summary").first.click()
        choose(page, "outcome", "invalid")
        page.locator(".row").first.click()
        link, shown = page.evaluate("location.hash"), page.get_attribute("#detail", "aria-label")
        shutil.copytree(runs.first / "grpo", tmp_path / "grpo", dirs_exist_ok=True)
        report._due = 0
        page.wait_for_selector("#count:has-text('(of 12)')")
        assert page.input_value("select[name=outcome]") == "invalid", "filters stay"
        assert page.locator("#learning details[open]").count() == 1, "what was opened stays open"
        assert (page.evaluate("location.hash"), page.get_attribute("#detail", "aria-label")) == (link, shown)
        assert page.text_content("#live").startswith("Live, as of")
    page.wait_for_selector("#live:has-text('The server has ended')")
    page.close()
    assert [one for one in complaints if "ERR_CONNECTION_REFUSED" not in one] == []
