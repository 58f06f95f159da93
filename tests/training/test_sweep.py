"""`iacrl sweep`: the space, and the loop over trials whose stages are played by a small script."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.training.search_space import check_space, override, plain_space, read_space, stages_of

SPACE = "sft.learning_rate: {low: 1e-4, high: 1e-2, log: true}\nlora.rank: [4, 8]\n"
#: A stage: the better, the nearer the rate is to 0.001; it measures itself three times, with a pause after bad ones.
STAGE = """
import json, math, sys, time, yaml
from pathlib import Path

stage, recipe = sys.argv[1], yaml.safe_load(open(sys.argv[3]))
if recipe["lora"]["rank"] > 97:
    sys.exit("Error: no such rank.")
folder = Path(recipe["run"]["dir"]) / recipe["run"]["name"] / stage
folder.mkdir(parents=True)
for step in (1, 2, 3):
    far = abs(math.log10(recipe["sft"]["learning_rate"]) + 3)
    score = step / 3 - far / 4
    with open(folder / "validation.jsonl", "a") as file:
        file.write(json.dumps({"step": step, "score": score, "passed": 0.0, "valid": 0.0}) + "\\n")
    if step == 1 and far > 1 and recipe["run"]["name"] > "trial-003":
        time.sleep(5)  # until it is stopped
"""


@pytest.fixture
def space(tmp_path):
    file = tmp_path / "space.yaml"
    file.write_text(SPACE)
    return file


def test_a_space_is_read_and_checked(space):
    found = read_space(space)
    assert plain_space(found) == {"sft.learning_rate": [1e-4, 1e-2, True, 1], "lora.rank": [4, 8]}
    check_space("tiny-cpu", (), found)
    assert stages_of(found, "grpo") == ("sft", "grpo") and stages_of({"grpo.beta": (0, 1)}, "grpo") == ("grpo",)
    assert load_config("tiny-cpu", [override("sft.learning_rate", 1e-05)]).sft.learning_rate == 1e-05


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a", "expected settings"),
        ("lora.rank: 4", "expected a list of choices"),
        ("lora.rank: [4]", "expected a list of choices"),
        ("lora.rank: {low: 4, high: 4}", "must be below"),
        ("lora.rank: {low: 0, high: 4, log: true}", "above 0 with"),
        ("lora.dropout: {low: 0.0, high: 0.5, step: 2}", "divides whole numbers"),
        ("lora.rank: {low: 1, high: 4, step: 2}", "into equal parts"),
        ("lora.rank: {low: many, high: 4}", "'many' is not a number"),
    ],
)
def test_a_bad_space_is_refused(space, text, message):
    space.write_text(text)
    with pytest.raises(UserError, match=message):
        read_space(space)


def test_a_setting_that_does_not_exist_is_refused(space):
    space.write_text("lora.rnk: [4, 8]")
    with pytest.raises(UserError, match="Did you mean 'rank'"):
        check_space("tiny-cpu", (), read_space(space))


@pytest.fixture
def sweep(run_cli, space, tmp_path, monkeypatch):
    """Run `iacrl sweep` with a script for the stages."""
    pytest.importorskip("optuna", reason="needs the extra sweep")
    from iacrl.training import sweep, trial_process

    script = tmp_path / "stage.py"
    monkeypatch.setattr(sweep, "_POLL", 0.02)
    start = trial_process.subprocess.Popen

    def play(command, **options):
        return start([sys.executable, str(script), *command[command.index("iacrl") + 1 :]], **options)

    monkeypatch.setattr(trial_process.subprocess, "Popen", play)

    script.write_text(STAGE)

    def run(*more):
        own = ("sft.eval_every=1", f"run.dir={tmp_path / 'runs'}")
        return run_cli("sweep", "--config", "tiny-cpu", "--space", space, *own, *more)

    return run


def test_the_best_recipe_is_written_and_a_sweep_goes_on(sweep, tmp_path):
    done = sweep("--trials", "3", "--format", "json")
    assert done.status == 0, done
    first = json.loads(done.out)
    assert len(first["trials"]) == 3 and first["trials"][0]["value"] == max(one["value"] for one in first["trials"])
    best = tmp_path / "runs" / "tiny-cpu-sweep" / "best.yaml"
    config = load_config(str(best))
    assert config.sft.learning_rate == pytest.approx(first["trials"][0]["sft.learning_rate"])
    assert config.lora.rank == first["trials"][0]["lora.rank"] and config.run.name == "tiny-cpu"
    more = json.loads(sweep("--trials", "8", "--jobs", "2", "--format", "json").out)
    assert sorted(one["trial"] for one in more["trials"]) == list(range(8)), "three are kept"
    assert (tmp_path / "runs/tiny-cpu-sweep/trial-007/recipe.yaml").is_file()
    other = sweep("--trials", "9", "sft.epochs=2")
    assert other.status == 2 and "with another recipe" in other.err


def _of_another_program(file):
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE addresses (name TEXT)")


#: Without its limit it has no end, and no disk holds it.
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i, 1, 'k'||i, '1' FROM n LIMIT 9"


def _with_a_view(file):
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("ALTER TABLE study_user_attributes RENAME TO others")
        columns = "study_user_attribute_id, study_id, key, value_json"
        database.execute(f"CREATE VIEW study_user_attributes ({columns}) AS {ENDLESS}")


def _with_a_trigger(file):
    with closing(sqlite3.connect(file)) as database, database:
        added = f"INSERT INTO study_system_attributes {ENDLESS}"
        database.execute(f"CREATE TRIGGER more AFTER INSERT ON trials BEGIN {added}; END")


def _with_a_generated_column(file):
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("ALTER TABLE trials ADD COLUMN large AS (zeroblob(1000000000))")


def _of_the_future(file):
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'v99.0.0'")
        database.execute("UPDATE version_info SET schema_version = 99")


def _with_a_broken_row(file):
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE trial_params SET distribution_json = '{'")


def _with_a_long_number(file):
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE study_user_attributes SET value_json = ?", ("9" * 5_000,))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda file: file.write_text("Dear diary"), "file is not a database"),
        (lambda file: file.write_bytes(file.read_bytes()[:9_000]), "malformed"),
        (_of_another_program, "its table 'addresses' is not one of Optuna"),
        (_with_a_view, "is not one of Optuna"),
        (_with_a_trigger, "its trigger 'more' is not one of Optuna"),
        (_with_a_generated_column, "its table 'trials' is not one of Optuna"),
        (_of_the_future, "not a study that can be continued"),
        (_with_a_broken_row, "not a study that can be continued"),
        (_with_a_long_number, "not a study that can be continued"),
    ],
    ids=["a text", "cut off", "another program's", "view", "trigger", "column", "the future's", "a broken row", "long"],
)
def test_what_is_no_study_is_refused_and_kept(sweep, tmp_path, spoil, told):
    study = tmp_path / "runs" / "tiny-cpu-sweep" / "study.db"
    if spoil is _of_another_program:
        study.parent.mkdir(parents=True)
    else:
        assert sweep("--trials", "1").status == 0
    spoil(study)
    before = study.read_bytes()
    done = sweep("--trials", "2")
    assert done.status == 2 and f"{study}: is not a study" in done.err and told in done.err, done
    assert study.read_bytes() == before


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE trial_params SET param_value = 1e9",
        "DELETE FROM trial_params",
        "UPDATE trials SET state = 'WAITING'",
        "UPDATE trial_params SET param_name = 'model.trust_remote_code'",
    ],
)
def test_trials_that_this_sweep_cannot_have_tried_are_refused(sweep, space, tmp_path, spoil):
    space.write_text("sft.learning_rate: {low: 1e-4, high: 1e-2}\n")
    assert sweep("--trials", "1").status == 0
    study = tmp_path / "runs" / "tiny-cpu-sweep" / "study.db"
    with closing(sqlite3.connect(study)) as database, database:
        database.execute(spoil)
        database.execute("UPDATE trial_user_attributes SET value_json = '5' WHERE key = 'by'")
    done = sweep("--trials", "2")
    assert done.status == 2 and "trial 0 has values that this sweep does not try" in done.err, done


def test_hopeless_trials_are_stopped(sweep, tmp_path, space):
    space.write_text("sft.learning_rate: {low: 1e-8, high: 1e-1, log: true}\n")
    done = sweep("--trials", "8", "--format", "json")
    states = [one["state"] for one in json.loads(done.out)["trials"]]
    assert states[0] == "COMPLETE" and "PRUNED" in states and len(states) == 8
    rows = [len(file.read_text().splitlines()) for file in tmp_path.glob("runs/*/trial-*/sft/validation.jsonl")]
    assert min(rows) < 3 == max(rows), "those were stopped before their end"


def test_trials_that_fail_end_the_sweep(sweep, space, tmp_path):
    space.write_text("lora.rank: [98, 99]\n")
    done = sweep("--trials", "5")
    assert done.status == 2 and "3 trials in a row failed" in done.err and "no such rank" in done.err


def test_a_recipe_that_does_not_measure_is_refused(run_cli, space):
    pytest.importorskip("optuna", reason="needs the extra sweep")
    done = run_cli("sweep", "--config", "tiny-cpu", "--space", space)
    assert done.status == 2 and "sft.eval_every is null" in done.err


def test_a_study_from_anybody_writes_no_other_setting_into_the_recipe(tmp_path, space):
    pytest.importorskip("optuna", reason="needs the extra sweep")
    from optuna.distributions import CategoricalDistribution
    from optuna.trial import create_trial

    from iacrl.training.sweep import Sweep, write_best

    wanted = {"lora.rank": 8, "sft.learning_rate": 0.001, "model.trust_remote_code": True}
    trial = create_trial(
        params=wanted, distributions={name: CategoricalDistribution([value]) for name, value in wanted.items()}, value=1
    )
    space.write_text("lora.rank: [4, 8]\nsft.learning_rate: [0.001, 0.002]\n")
    asked = Sweep("tiny-cpu", (), load_config("tiny-cpu"), read_space(space), "sft", "score", 1, 1)
    write_best(asked, [trial], tmp_path / "best.yaml")
    found = load_config(str(tmp_path / "best.yaml"))
    assert found.lora.rank == 8 and not found.model.trust_remote_code


def test_two_sweeps_never_create_one_study_at_once(sweep, monkeypatch):
    from iacrl.runs.lock import run_lock
    from iacrl.training import sweep as module

    create = module._stored_study

    def create_while_another_tries(file, name):
        with pytest.raises(UserError, match="Another process"), run_lock(file):
            pass
        return create(file, name)

    monkeypatch.setattr(module, "_stored_study", create_while_another_tries)
    assert sweep("--trials", "1").status == 0


#: A sweep that has started a trial, which trains for a minute.
KILLED = """
import subprocess, sys, time
from iacrl.config.recipes import load_config
from iacrl.training import trial_process

start = subprocess.Popen
stage = [sys.executable, "-c", "import time; time.sleep(60)"]
trial_process.subprocess.Popen = lambda command, **options: start(stage, **options)
trial = trial_process.TrialProcess.start(load_config("tiny-cpu", [f"run.dir={sys.argv[1]}"]), ["sft"], None)
print(trial.process.pid, flush=True)
time.sleep(60)
"""


def _is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
def test_the_trial_of_a_killed_sweep_ends(tmp_path):
    with subprocess.Popen([sys.executable, "-c", KILLED, tmp_path], stdout=subprocess.PIPE) as started:
        trial = int(started.stdout.readline())
        assert _is_running(trial)
        started.kill()
    end = time.monotonic() + 20
    while _is_running(trial) and time.monotonic() < end:
        time.sleep(0.05)
    try:
        assert not _is_running(trial)
    finally:
        if _is_running(trial):
            os.kill(trial, signal.SIGKILL)
