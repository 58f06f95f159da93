import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from ci_log import FORGED, commands_in

from iacrl.errors import UserError
from iacrl.scoring.rubric import DEFAULT_WEIGHTS, build_rubric, score
from iacrl.scoring.runtime import Limits, Runtime
from iacrl.tasks import load_tasks

DAY = 86_400
LIMITS = Limits(workers=2, deadline_s=2.0, memory_mb=1024, max_failed=0.5)
TASKS = [task for domain in ("terraform", "kubernetes") for task in load_tasks(domain, split="test")[:3]]
GOLD = [task.output for task in TASKS]

REWARD = '''
"""A reward for tests."""
import ctypes, os, signal, sys, time
import iacrl

@iacrl.reward
def {name}(task, verdict):
    """Does something to texts that say so, and gives the rest 1."""
    if "{trigger}" in verdict.completion:
        {what}
    return 1.0
'''

FAULTS = {
    "raises": ("raise KeyError('spec')", "broken", "raised KeyError: 'spec'"),
    "exits": ("sys.exit(3)", "broken", "raised SystemExit"),
    "loops": ("while True: pass", "broken", "more than 2 s"),
    "loops_in_c": ("ctypes.PyDLL(None).sleep(600)", "broken", "more than 2 s"),
    "stops": ("os.kill(os.getpid(), signal.SIGSTOP)", "broken", "more than 2 s"),
    "ignores_signals": ("signal.signal(15, signal.SIG_IGN); time.sleep(600)", "broken", "more than 2 s"),
    "allocates": ("held = [bytes(2**24) for _ in range(10**6)]", "broken", "MemoryError"),
    "segfaults": ("ctypes.string_at(0)", "broken", "ended its process with status -11"),
    "kills_itself": ("os._exit(7)", "broken", "ended its process with status 7"),
    "ends_quietly": ("os._exit(0)", "broken", "ended its process with status 0"),
    "recurses": ("f = lambda: f(); f()", "broken", "RecursionError"),
    "nan": ("return float('nan')", "failed", "nan"),
    "a_string": ("return '1.0'", "failed", "'1.0'"),
    "a_list": ("return [1.0, 1.0]", "failed", "[1.0, 1.0]"),
    "too_much": ("return 1.5", "failed", "1.5"),
}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """A runtime with one reward that has every fault, each on texts that name it, beside a sound one."""
    lines = [f"    if 'BREAK {name}' in verdict.completion:\n        {what}" for name, (what, *_) in FAULTS.items()]
    file = tmp_path_factory.mktemp("rewards") / "faulty.py"
    file.write_text(
        "import ctypes, os, signal, sys, time\nimport iacrl\n\n@iacrl.reward\ndef faulty(task, verdict):\n"
        '    """Every fault."""\n' + "\n".join(lines) + "\n    return 1.0\n"
    )
    with Runtime(build_rubric({str(file): 1.0, "complete": 1.0}), LIMITS) as runtime:
        yield runtime


def reward_file(folder: Path, name: str, what: str, trigger: str = "BREAK") -> str:
    file = folder / f"{name}.py"
    file.write_text(REWARD.format(name=name, what=what, trigger=trigger))
    return str(file)


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def with_workers(runtime: Runtime) -> list[psutil.Process]:
    """The host of a runtime, and its workers."""
    return [psutil.Process(runtime.host_pid), *descendants(runtime.host_pid)]


def runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(processes: list[psutil.Process]) -> None:
    """Wait until none of these runs: none would end by itself before pytest's own time limit."""
    while any(map(runs, processes)):
        time.sleep(0.05)


@pytest.fixture(scope="module")
def shared():
    with Runtime(build_rubric(DEFAULT_WEIGHTS), LIMITS) as runtime:
        yield runtime


class TestJudging:
    def test_scores_as_in_process(self, shared):
        texts = [*GOLD, "", "resource {", GOLD[0][: len(GOLD[0]) // 2]]
        tasks = [*TASKS, TASKS[0], TASKS[0], TASKS[0]]
        batch = shared.score_batch(texts, tasks)
        for outcome, text, task in zip(batch.outcomes, texts, tasks, strict=True):
            expected = score(text, task)
            assert (outcome.kind, outcome.total) == ("judged", expected.total)
            assert outcome.parts == expected.parts
            assert (outcome.valid, outcome.passed) == (expected.valid, expected.passed)

    @pytest.mark.parametrize("text", [GOLD[0], "resource {", GOLD[0].replace("name", "title")])
    def test_the_row_is_the_one_of_an_evaluation(self, text, shared):
        from iacrl.scoring.samples import scored_sample

        batch = shared.score_batch([text], [TASKS[0]])
        sample = batch.outcomes[0].sample(TASKS[0], text)
        assert sample == scored_sample(TASKS[0], score(text, TASKS[0]), place_met=False)
        assert batch.rows([TASKS[0]], [text], step=1) == [replace(sample, step=1).to_json()]

    def test_a_row_without_a_verdict_has_the_same_fields(self, shared):
        whole, none = shared.score_batch([GOLD[0], "#" * (LIMITS.max_characters + 1)], [TASKS[0]] * 2).outcomes
        assert none.kind == "broken"
        assert set(none.row(TASKS[0], "", step=1)) == {*whole.row(TASKS[0], GOLD[0], step=1), "outcome", "error"}
        assert none.sample(TASKS[0], "", step=1).to_json() == none.row(TASKS[0], "", step=1)

    def test_duplicates_are_judged_once_and_known_ones_not_again(self, shared):
        texts = ["# only once\n", "# only once\n", "# another\n"]
        tasks = [TASKS[0]] * 3
        first = shared.score_batch(texts, tasks)
        assert (first.cached, first.duplicates) == (0, 1)
        again = shared.score_batch([*texts, "# new\n"], [*tasks, TASKS[0]])
        assert (again.cached, again.duplicates) == (3, 0)
        assert again.outcomes[:3] == first.outcomes
        other_task = shared.score_batch(texts, [TASKS[1]] * 3)
        assert other_task.cached == 0, "the same text for another task is another question"

    def test_a_task_with_another_intent_is_another_task(self, shared):
        before = shared.score_batch([GOLD[0]], [TASKS[0]]).outcomes[0]
        after = shared.score_batch([GOLD[0]], [replace(TASKS[0], intent=TASKS[1].intent)]).outcomes[0]
        assert before.passed and not after.passed

    def test_a_text_over_the_limit_is_not_judged(self):
        with Runtime(build_rubric(DEFAULT_WEIGHTS), replace(LIMITS, max_characters=50)) as runtime:
            outcome = runtime.score_batch(["#" * 51], [TASKS[0]]).outcomes[0]
        assert (outcome.kind, outcome.total) == ("broken", 0.0)
        assert "50 characters" in outcome.error

    def test_metrics_of_each_part(self, shared):
        figures = shared.score_batch([GOLD[0], "not hcl {"], [TASKS[0]] * 2).metrics()
        assert figures["reward/syntax"] == 0.5 and figures["reward/syntax/std"] == 0.5
        assert figures["passed"] == 0.5 and figures["scoring/broken"] == figures["scoring/failed"] == 0
        assert figures["scoring/ms/judge"] > 0 and figures["scoring/ms/syntax"] > 0

    def test_an_empty_batch_has_no_figures(self, shared):
        batch = shared.score_batch([], [])
        assert batch.outcomes == () and batch.metrics() == {}

    def test_workers_never_import_torch(self, tmp_path):
        file = reward_file(tmp_path, "heavy", "return float('torch' in sys.modules)", trigger="")
        with Runtime(build_rubric({file: 1.0}), LIMITS) as runtime:
            assert runtime.score_batch(["x"], [TASKS[0]]).totals == [0.0]


class TestFaults:
    @pytest.mark.parametrize("name", FAULTS)
    def test_one_bad_text_costs_only_its_own_score(self, name, faulty):
        _, kind, told = FAULTS[name]
        text = f"BREAK {name} "
        gold = [f"{text}# beside {name}\n" for text in GOLD]
        batch = faulty.score_batch([*gold, text, *GOLD], [*TASKS, TASKS[0], *TASKS])
        bad = batch.outcomes[len(GOLD)]
        assert (bad.kind, bad.total) == (kind, 0.0 if kind == "broken" else None)
        assert told in bad.error
        assert batch.totals.count(1.0) == 2 * len(GOLD) and batch.count(kind) == 1
        sample = bad.sample(TASKS[0], text)
        assert sample.score == bad.total and sample.error == bad.error and not sample.verdict.valid
        assert faulty.score_batch([f"{GOLD[0]}# after {name}\n"], [TASKS[0]]).totals == [1.0], "it goes on"

    @pytest.mark.parametrize("name", ["raises", "loops_in_c", "kills_itself", "nan"])
    def test_a_reward_that_breaks_on_gold_too_stops_the_run(self, name, tmp_path):
        what, _, told = FAULTS[name]
        file = reward_file(tmp_path, name, what, trigger="")
        with (
            Runtime(build_rubric({file: 1.0}), LIMITS) as runtime,
            pytest.raises(UserError, match="could not judge 2 of 2") as stopped,
        ):
            runtime.score_batch(["one", "two"], [TASKS[0]] * 2)
        assert told in str(stopped.value) and TASKS[0].id in str(stopped.value)

    def test_under_the_threshold_the_run_goes_on(self, tmp_path):
        file = reward_file(tmp_path, "nan", "return float('nan')")
        with Runtime(build_rubric({file: 1.0}), replace(LIMITS, max_failed=0.25)) as runtime:
            batch = runtime.score_batch(["BREAK", "a", "b", "c"], [TASKS[0]] * 4)
            assert batch.totals == [None, 1.0, 1.0, 1.0]
            assert batch.metrics()["scoring/failed"] == 0.25
            with pytest.raises(UserError, match=r"max_failed = 0\.25"):
                runtime.score_batch(["BREAK", "BREAK", "b", "c"], [TASKS[0]] * 4)

    def test_an_abstention_is_no_fault(self, tmp_path):
        file = reward_file(tmp_path, "abstains", "return None")
        with Runtime(build_rubric({file: 1.0, "complete": 1.0}), LIMITS) as runtime:
            outcome = runtime.score_batch(["BREAK"], [TASKS[0]]).outcomes[0]
        assert (outcome.kind, outcome.parts["abstains"]) == ("judged", None)

    def test_what_a_reward_prints_disturbs_nothing(self, tmp_path, capfd):
        file = reward_file(tmp_path, "prints", "print('hello'); os.write(1, b'there')")
        with Runtime(build_rubric({file: 1.0}), LIMITS) as runtime:
            assert runtime.score_batch(["BREAK"], [TASKS[0]]).totals == [1.0]
        out, _ = capfd.readouterr()
        assert out == ""

    def test_what_a_library_says_about_a_text_is_no_command(self, tmp_path, capfd):
        says = "import logging, warnings; logging.error(verdict.completion); warnings.warn(verdict.completion)"
        file = reward_file(tmp_path, "says", says)
        with Runtime(build_rubric({file: 1.0}), LIMITS) as runtime:
            runtime.score_batch([f"BREAK\n{FORGED}"], [TASKS[0]])
        _, err = capfd.readouterr()
        assert err.count("set-output") >= 2 and not commands_in(err), err

    def test_a_slow_reward_is_not_taken_for_a_stuck_one(self, tmp_path):
        file = reward_file(tmp_path, "slow", "time.sleep(0.8)", trigger="")
        with Runtime(build_rubric({file: 1.0}), replace(LIMITS, workers=1)) as runtime:
            batch = runtime.score_batch([f"text {n}" for n in range(9)], [TASKS[0]] * 9)  # in chunks of three
        assert batch.totals == [1.0] * 9

    def test_a_reward_that_is_gone_when_the_host_looks_for_it(self, tmp_path):
        file = Path(reward_file(tmp_path, "gone", "pass"))
        rubric = build_rubric({str(file): 1.0})
        file.unlink()
        with Runtime(rubric, LIMITS) as runtime, pytest.raises(UserError, match=r"gone\.py: there is no such file"):
            runtime.start()

    def test_a_reward_that_ends_the_process_when_it_is_loaded(self, tmp_path):
        file = tmp_path / "fatal.py"
        file.write_text(REWARD.format(name="fatal", what="pass", trigger="BREAK"))
        rubric = build_rubric({str(file): 1.0})
        file.write_text("import os\nos._exit(9)\n")
        with Runtime(rubric, LIMITS) as runtime, pytest.raises(UserError, match=r"fatal\.py"):
            runtime.start()

    def test_a_host_that_ends_before_it_has_read_the_rubric(self, monkeypatch):
        monkeypatch.setattr(sys, "executable", "/bin/false")
        with (
            Runtime(build_rubric(DEFAULT_WEIGHTS), LIMITS) as runtime,
            pytest.raises(UserError, match="could not be loaded"),
        ):
            runtime.start()


class TestProcesses:
    def test_workers_killed_from_outside_are_replaced(self):
        with Runtime(build_rubric(DEFAULT_WEIGHTS), LIMITS) as runtime:
            runtime.score_batch(GOLD, TASKS)
            for process in descendants(runtime.host_pid):
                process.kill()
            assert runtime.score_batch([f"{text}\n" for text in GOLD], TASKS).totals == [1.0] * len(GOLD)

    def test_a_host_killed_from_outside_is_replaced(self):
        with Runtime(build_rubric(DEFAULT_WEIGHTS), LIMITS) as runtime:
            runtime.score_batch(GOLD, TASKS)
            before = with_workers(runtime)
            os.kill(runtime.host_pid, signal.SIGKILL)
            assert runtime.score_batch([f"{text}\n" for text in GOLD], TASKS).totals == [1.0] * len(GOLD)
            wait_until_gone(before)

    def test_closing_ends_every_process(self, tmp_path):
        runtime = Runtime(build_rubric(DEFAULT_WEIGHTS), LIMITS)
        runtime.score_batch(GOLD, TASKS)
        started = with_workers(runtime)
        assert len(started) == 5, "the host, two keepers and two workers"
        runtime.close()
        wait_until_gone(started)

    @pytest.mark.parametrize(
        ("method", "how"),
        [("fork", signal.SIGKILL), ("spawn", signal.SIGKILL), ("spawn", signal.SIGINT), ("fork", signal.SIGTERM)],
    )
    def test_no_orphan_is_left_when_the_run_dies(self, method, how, tmp_path, interruptible):
        """Also with a worker that is stuck, a host that is stopped, a caller that forked, and any start method."""
        stuck = tmp_path / "is-stuck"
        file = reward_file(tmp_path, "stuck", f"open('{stuck}', 'w').close(); ctypes.PyDLL(None).sleep({DAY})")
        script = tmp_path / "caller.py"
        script.write_text(CALLER.format(method=method, file=file, day=DAY))
        caller = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert caller.stdout is not None and caller.stdout.readline() == b"warm\n"
        while not stuck.exists():
            assert caller.poll() is None
            time.sleep(0.05)
        started = descendants(caller.pid)
        (host,) = (one for one in started if "iacrl.scoring.runtime.host" in one.cmdline() and one.ppid() == caller.pid)
        if method == "spawn":
            host.suspend()
        try:
            assert len(started) == 4, "a bystander, the host, a keeper and its worker"
            caller.send_signal(how)
            caller.wait()
            bystander = int((tmp_path / "bystander").read_text())
            wait_until_gone([process for process in started if process.pid != bystander])
        finally:
            caller.stdout.close()
            for process in (caller, *filter(runs, started)):
                process.kill()

    def test_two_ranks_of_a_distributed_run_share_the_cores(self, tmp_path):
        """Each rank has a host of its own; both judge, and both leave nothing behind.

        They have what torchrun sets. `test_processes.py` starts torchrun itself.
        """
        script = tmp_path / "rank.py"
        script.write_text(RANK)
        started = [
            subprocess.Popen([sys.executable, script], env={**os.environ, "RANK": str(rank), "LOCAL_WORLD_SIZE": "2"})
            for rank in range(2)
        ]
        assert [rank.wait() for rank in started] == [0, 0]
        ranks = [file.read_text().split() for file in sorted(tmp_path.glob("rank-*"))]
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        assert [int(workers) for workers, *_ in ranks] == [max(1, cores // 2)] * 2
        assert all(float(total) == 1.0 for _, total, *_ in ranks)
        assert not [pid for _, _, *pids in ranks for pid in pids if psutil.pid_exists(int(pid))]


RANK = """
import os, pathlib, psutil
from iacrl.scoring.runtime import Limits, Runtime
from iacrl.scoring.rubric import DEFAULT_WEIGHTS, build_rubric
from iacrl.tasks import load_tasks
task = load_tasks("kubernetes", split="test")[int(os.environ["RANK"])]
with Runtime(build_rubric(DEFAULT_WEIGHTS)) as runtime:
    (total,) = runtime.score_batch([task.output], [task]).totals
    host = runtime.host_pid
    workers = psutil.Process(host).children()
told = [len(workers), total, host, *(worker.pid for worker in workers)]
pathlib.Path(__file__).with_name("rank-" + os.environ["RANK"]).write_text(" ".join(map(str, told)))
"""

CALLER = """
import multiprocessing, os, pathlib, threading, time
multiprocessing.set_start_method("{method}")
from iacrl.scoring.rubric import build_rubric
from iacrl.scoring.runtime import Limits, Runtime
from iacrl.tasks import load_tasks
task = load_tasks("terraform", split="test")[0]
runtime = Runtime(build_rubric({{"{file}": 1.0}}), Limits(workers=2, deadline_s={day}))
assert runtime.score_batch(["fine"], [task]).totals == [1.0]
bystander = os.fork()  # holds copies of every pipe and outlives the caller, as a loader of data may
if bystander == 0:
    time.sleep({day})
    os._exit(0)
pathlib.Path(__file__).with_name("bystander").write_text(str(bystander))
threading.Thread(target=runtime.score_batch, args=(["BREAK"], [task]), daemon=True).start()
print("warm", flush=True)
time.sleep({day})
"""
