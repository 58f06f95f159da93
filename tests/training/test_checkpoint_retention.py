"""Which checkpoints are kept."""

import pytest

from iacrl.runs.directory import RunDirectory, step_of
from iacrl.training.checkpoint_retention import BESIDES, drop_doubtful, prune

#: A rule of this window, with a line for every step.
WINDOW = 10


@pytest.fixture
def saved(tmp_path):
    run = RunDirectory(tmp_path)

    def save(step):
        (run.checkpoints / f"checkpoint-{step}").mkdir(parents=True)
        (run.checkpoints / f"checkpoint-{step}" / "trainer_state.json").write_text("{}")

    save.run = run
    save.steps = lambda: sorted(step_of(path) for path in run.checkpoints.iterdir())
    return save


@pytest.mark.parametrize("every", [1, 3, 10, 25])
@pytest.mark.parametrize("keep", [1, 2, 4])
def test_there_is_always_one_to_go_back_to_and_never_many(saved, every, keep):
    for step in range(every, 121, every):
        saved(step)
        onset = max(0, step - WINDOW)
        prune(saved.run, keep, onset)
        steps = saved.steps()
        assert steps[-keep:] == list(range(every, step + 1, every))[-keep:], "the newest stay"
        assert len(steps) <= keep + BESIDES
        if onset > every:
            sound = [one for one in steps if one < onset]
            assert sound and onset - sound[-1] <= every + WINDOW, "and it is not old"
        else:
            assert steps[0] == every, "the first is all there is to go back to"


def test_at_a_stop_those_in_doubt_go_and_the_newest_sound_one_is_the_latest(saved):
    for step in (5, 10, 15, 20):
        saved(step)
    assert drop_doubtful(saved.run, 15) == ["checkpoint-15", "checkpoint-20"]
    assert saved.steps() == [5, 10] and step_of(saved.run.latest_checkpoint()) == 10
    assert drop_doubtful(saved.run, 1) == ["checkpoint-5", "checkpoint-10"]
    assert saved.run.latest_checkpoint() is None
