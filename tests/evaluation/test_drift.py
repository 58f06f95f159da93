"""`iacrl monitor`: what it alarms about, how often it is wrong, and which logs it takes."""

import json
from collections import Counter
from random import Random

import numpy as np
import pytest

from iacrl.errors import UserError
from iacrl.evaluation.drift.control_limits import control_limits
from iacrl.evaluation.drift.drift_page import render_drift
from iacrl.evaluation.drift.findings import find_drift
from iacrl.evaluation.drift.log_counts import Counts, LogCounts, claiming, period_of, start_of

GOOD, BAD = '```hcl\nvariable "a" {}\n```', "```hcl\nvariable {}\n```"
DAY = 86_400
FIRST = 20_000 * DAY


def write_log(path, days, *, per_day=60, order=None, **more):
    """Write a log with so many bad answers of `per_day` on each day, shuffled by `order`."""
    rows = [
        {"completion": BAD if number < bad else GOOD, "time": FIRST + day * DAY + number, **more}
        for day, bad in enumerate(days)
        for number in range(per_day)
    ]
    if order is not None:
        Random(order).shuffle(rows)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_change_is_an_alarm_and_none_is_not(run_cli, tmp_path):
    quiet = run_cli("monitor", write_log(tmp_path / "quiet.jsonl", [3, 4, 2, 3, 5, 3]), "--base", "3")
    assert quiet.status == 0 and "In control" in quiet.out and "0 of 4 points" in quiet.out
    changed = run_cli("monitor", write_log(tmp_path / "changed.jsonl", [3, 4, 2, 3, 30, 28]), "--base", "3")
    assert changed.status == 1 and "DRIFT" in changed.out
    assert "below its limits: 50.0 % of 60" in changed.out and "a chance of at most 1 %" in changed.out


def test_order_and_processes_do_not_matter(run_cli, tmp_path):
    days, options = [3, 4, 2, 3, 30, 28, 2], ("--base", "3", "--format", "json")
    found = [
        run_cli("monitor", write_log(tmp_path / "log.jsonl", days, order=order), *options, "--jobs", jobs).out
        for order, jobs in ((None, 1), (1, 1), (2, 2))
    ]
    assert found[0] == found[1] == found[2]
    report = json.loads(found[0])
    valid = next(chart for chart in report["charts"] if chart["measure"] == "valid")
    assert report["drift"] and report["rows"] == 420 and (valid["base_rows"], valid["base_hits"]) == (180, 171)
    states = [point["state"] for point in valid["points"]]
    assert states == ["base"] * 3 + ["within", "low", "low", "within", "low"]
    rule = next(chart for chart in report["charts"] if chart["measure"] not in ("valid", "unclaimed"))
    assert [point["state"] for point in rule["points"]][4] == "high"


def test_few_answers_are_not_judged_alone(run_cli, tmp_path):
    log = write_log(tmp_path / "log.jsonl", [1, 1, 1, 10], per_day=20)
    done = run_cli("monitor", log, "--base", "3", "--min-rows", "50")
    assert done.status == 2 and "nothing can be judged" in done.err
    found = json.loads(run_cli("monitor", log, "--base", "3", "--min-rows", "20", "--format", "json").out)
    assert found["drift"] and found["points"] == 2 * len(found["charts"])


def test_answers_that_nobody_claims_are_a_chart(run_cli, tmp_path):
    log = write_log(tmp_path / "log.jsonl", [3] * 5)
    with log.open("a") as file:
        for number in range(40):
            file.write(json.dumps({"completion": "I cannot do that.", "time": FIRST + 4 * DAY + number}) + "\n")
    done = run_cli("monitor", log, "--base", "3")
    assert done.status == 1 and "unclaimed: 0.0 % of 180 in the base" in done.out


def test_the_page_shows_what_was_found_and_loads_nothing(run_cli, tmp_path):
    log = write_log(tmp_path / "log.jsonl", [3, 4, 2, 3, 30], prompt="<script>alert(1)</script>")
    page = tmp_path / "drift.html"
    assert run_cli("monitor", log, "--base", "3", "--format", "html", "--out", page).status == 1
    text = page.read_text()
    assert "<h1>Drift</h1>" in text and "<svg" in text and "below its limits" in text
    assert "alert(1)" not in text and "http-equiv" in text and "src=" not in text


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "holds no rows"),
        ([{"completion": GOOD}], "`time` is missing"),
        ([{"completion": GOOD, "time": 1_764_000_000_000}], "divide milliseconds"),
        ([{"completion": GOOD, "time": "yesterday"}], "'yesterday' is not ISO 8601"),
        ([{"text": GOOD, "time": 0}], "a row is"),
        ([{"completion": GOOD, "time": 0, "domain": "terrafrm"}], "terrafrm"),
        ([{"completion": GOOD, "time": 0}], "nothing is left to judge"),
    ],
)
def test_a_bad_log_is_refused(run_cli, tmp_path, rows, message):
    log = tmp_path / "log.jsonl"
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = run_cli("monitor", log)
    assert done.status == 2 and message in done.err and "Traceback" not in done.err


def test_a_few_damaged_lines_are_counted(run_cli, tmp_path):
    log = write_log(tmp_path / "log.jsonl", [3] * 5)
    with log.open("a") as file:
        file.write('{"completion": "half')
    done = run_cli("monitor", log, "--base", "3")
    assert done.status == 0 and "1 lines are not rows of a log" in done.out


def test_times():
    assert period_of("1970-01-02T01:30:00+02:00", "day") == 0
    assert period_of("1970-01-02", "day") == period_of(DAY, "day") == 1
    assert start_of(period_of("2026-11-29T17:05:00Z", "hour"), "hour") == "2026-11-29 17:00"
    assert start_of(period_of("2026-11-29T17:05:00Z", "week"), "week") == "2026-11-23"  # a Monday
    for bad in (True, None, float("nan"), [], "12"):
        with pytest.raises(UserError):
            period_of(bad, "day")


def test_claims():
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
    assert claiming(GOOD) == "terraform" and claiming(f"```yaml\n{manifest}```") == "kubernetes"
    assert claiming(manifest) == "kubernetes" and claiming("No.") is None
    assert claiming(f"{GOOD}\n```yaml\n{manifest}```") is None, "two claims"


@pytest.mark.parametrize("share", [0.002, 0.1, 0.5, 0.98])
@pytest.mark.parametrize(("base", "rows"), [(400, 60), (400, 400), (2000, 300)])
def test_false_alarms_are_as_rare_as_promised(share, base, rows):
    """The base is drawn again each time: its chance is part of the promise."""
    generator = np.random.default_rng(0)
    alpha = 0.02
    alarms = 0
    for hits, later in zip(generator.binomial(base, share, 4000), generator.binomial(rows, share, 4000), strict=True):
        low, high = _limits(int(hits), base, rows, alpha)
        alarms += not low <= later <= high
    assert alarms / 4000 <= 1.35 * alpha


def _limits(hits, base, rows, alpha, known={}):  # noqa: B006 - the draws repeat
    key = hits, base, rows, alpha
    if key not in known:
        known[key] = control_limits(*key)
    return known[key]


def test_limits_of_very_many_answers_are_those_of_the_normal_distribution():
    low, high = control_limits(50_000, 100_000, 1_000_000, 0.0027)
    assert 490_000 < low < 500_000 - 4_500 and 500_000 + 4_500 < high < 510_000
    exact, approximate = control_limits(500, 1000, 20_000, 0.01), control_limits(500, 1000, 2_000_000, 0.01)
    assert exact[0] / 20_000 == pytest.approx(approximate[0] / 2_000_000, abs=0.002)


@pytest.mark.parametrize("time", [-1e11, 1e12, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_times_outside_the_calendar_are_refused(time):
    with pytest.raises(UserError, match="too far from now"):
        period_of(time, "week")


def test_the_page_of_a_log_of_years_has_its_last_periods():
    counts = LogCounts({("terraform", period): Counts(60, 30, Counter({"TF304": 30})) for period in range(5_000)})
    drift = find_drift(counts, "hour", base=10, min_rows=50, false_alarms=0.01)
    page = render_drift(drift).decode()
    assert "0 of 4991 points are outside their limits. The last 1,000 are shown." in page
    assert page.count("<tr") < 2_100  # of two charts
