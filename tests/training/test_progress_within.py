"""What a running stage says of a step that takes minutes."""

import json
from types import SimpleNamespace

from iacrl.runs.directory import RunDirectory
from iacrl.training import callbacks
from iacrl.training.callbacks import MetricsLog


def test_progress_within_a_step_is_written_now_and_then_and_gone_at_the_end(tmp_path, monkeypatch):
    clock = iter([0.0, 10.0, 10.5, 13.0, 13.1])  # the first is asked for by the bar
    monkeypatch.setattr(callbacks.time, "monotonic", lambda: next(clock))
    told = []
    monkeypatch.setattr(callbacks.ProgressBar, "within", lambda self, words: told.append(words))
    log, file = MetricsLog(RunDirectory(tmp_path), "GRPO"), tmp_path / "progress.json"
    state = SimpleNamespace(is_world_process_zero=True, max_steps=90, global_step=11)
    log.within_step("generation", 1, 128, "token")  # before the first step there is nothing to say
    assert not file.exists()
    log.on_train_begin(None, state, None)
    for done in (1, 2, 3):
        log.within_step("generation", done, 128, "token")
    found = json.loads(file.read_text())
    assert (found["step"], found["steps"], found["part"]) == (12, 90, "generation")
    assert (found["done"], found["of"]) == (3, 128)
    log.within_step("scoring", 0, 0, "")  # another part is told at once
    assert json.loads(file.read_text())["part"] == "scoring"
    assert told == ["generating, token 1 of 128", "generating, token 3 of 128", "scoring"]
    log.close()
    assert not file.exists()
