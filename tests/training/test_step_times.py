import pytest

from iacrl.training import step_times
from iacrl.training.step_times import StepTimes


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test moves."""
    now = [100.0]
    monkeypatch.setattr(step_times.time, "perf_counter", lambda: now[0])

    def forward(seconds):
        now[0] += seconds

    return forward


def test_each_part_counts_for_itself_and_the_rest_is_what_no_part_covers(clock):
    times = StepTimes(on_gpu=False)
    told = []
    times.told = lambda *entry: told.append(entry)
    times.advance(1, 2, "token")  # outside all parts there is nothing to tell
    with times.part("generation"):
        clock(50)
    times.begin()  # what came before the first step is forgotten
    with times.part("update"):
        clock(1)
        with times.part("generation"):
            clock(4)
            times.advance(7, 128, "token")
        times.generated(200)
        with times.part("scoring"):
            clock(2)
        clock(3)
    clock(0.5)
    assert told == [
        ("generation", 0, 0, ""),
        ("update", 0, 0, ""),
        ("generation", 0, 0, ""),
        ("generation", 7, 128, "token"),
        ("update", 0, 0, ""),
        ("scoring", 0, 0, ""),
        ("update", 0, 0, ""),
    ]
    found = times.figures()
    assert found.pop("memory/peak_mb") > 10
    assert found == {
        "time/update": 4,
        "time/generation": 4,
        "time/scoring": 2,
        "time/rest": 0.5,
        "time/total": 10.5,
        "generation/tokens_per_s": 50,
    }
    clock(1)
    assert times.figures()["time/rest"] == 1
