"""configs/distributed: the Slurm job with programs that only note how they are called, and the SkyPilot task."""

import os
import signal
import subprocess
import time
from shutil import which

import pytest
import yaml

from iacrl.resources import shipped

FOLDER = shipped("configs") / "distributed"
#: `iacrl STAGE --config RECIPE ... run.name=NAME run.seed=N`: notes it, waits for a file `slow` to go, and completes.
STAGE = """#!/bin/bash
echo "$@" >>calls
name=$(printf '%s\\n' "$@" | sed -n 's/^run.name=//p')
mkdir -p "runs/$name/$1"
echo '{"status": "interrupted"}' >"runs/$name/$1/manifest.json"
trap 'echo saved >>calls; exit 130' TERM
while [ -f slow ]; do sleep 0.05; done
echo '{"status": "complete"}' >"runs/$name/$1/manifest.json"
"""


@pytest.fixture
def submit(tmp_path):
    """Start the job as Slurm does, in a folder with a fake iacrl and scontrol."""
    for name, text in ((".venv/bin/iacrl", STAGE), ("bin/scontrol", '#!/bin/bash\necho "scontrol $*" >>calls\n')):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "SLURM_SUBMIT_DIR": str(tmp_path), "SLURM_JOB_ID": "12", "SLURM_ARRAY_JOB_ID": "11",
        "SLURM_ARRAY_TASK_ID": "2", "SLURM_GPUS_ON_NODE": "1", "RECIPE": "tiny-cpu",
    }  # fmt: skip
    return lambda **more: subprocess.Popen(["bash", FOLDER / "slurm.sbatch"], env=environment | more)


def test_a_slurm_job_trains_measures_and_goes_on_after_its_time_limit(submit, tmp_path):
    calls, slow = tmp_path / "calls", tmp_path / "slow"
    slow.touch()
    job = submit()
    for _ in range(600):
        if calls.exists():
            break
        time.sleep(0.05)
    time.sleep(0.5)  # the stage sets its trap
    job.send_signal(signal.SIGTERM)  # `--signal=B:TERM@300`
    assert job.wait(60) == 0
    own = "--config tiny-cpu {}run.name=tiny-cpu-seed2 run.seed=2"
    assert calls.read_text().splitlines() == [f"sft {own.format('')}", "saved", "scontrol requeue 11_2"]
    slow.unlink()
    calls.unlink()
    assert submit().wait(60) == 0
    assert calls.read_text().splitlines() == [
        f"sft {own.format('--resume ')}", f"grpo {own.format('')}", f"eval {own.format('')}",
    ]  # fmt: skip
    calls.unlink()
    assert submit().wait(60) == 0 and not calls.exists(), "everything is complete"
    assert submit(RECIPE="recipes/mine.yaml").wait(60) == 0
    assert calls.read_text().startswith("sft --config recipes/mine.yaml run.name=mine-seed2 run.seed=2\n")


def test_a_stage_that_fails_fails_the_job(submit, tmp_path):
    (tmp_path / ".venv/bin/iacrl").write_text("#!/bin/bash\necho $1 >>calls\nexit 2\n")
    assert submit().wait(60) == 2 and (tmp_path / "calls").read_text() == "sft\n"


def test_the_skypilot_task_is_one():
    task = yaml.safe_load((FOLDER / "skypilot.yaml").read_text())
    assert {"resources", "file_mounts", "setup", "run"} <= task.keys()
    for script in (task["setup"], task["run"]):
        assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    pytest.importorskip("sky", reason="needs skypilot")
    import sky

    assert sky.Task.from_yaml_config(task).name == "iacrl"


@pytest.mark.skipif(which("shellcheck") is None, reason="needs shellcheck")
def test_shellcheck_finds_nothing():
    task = yaml.safe_load((FOLDER / "skypilot.yaml").read_text())
    for script in (task["setup"], task["run"]):
        text = f"export RECIPE='' SETTINGS=''\n{script}"  # SkyPilot sets them
        done = subprocess.run(
            ["shellcheck", "--shell=bash", "-"], input=text, text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stdout
    done = subprocess.run(["shellcheck", FOLDER / "slurm.sbatch"], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
