"""Rewards that do what nobody expects of one. Each costs the text that made it do so, and no other; nothing is left."""

import os
import signal
from dataclasses import replace

import psutil
import pytest

from iacrl.errors import UserError
from iacrl.scoring.rubric import build_rubric
from iacrl.scoring.runtime import Limits, Runtime
from iacrl.tasks import load_tasks

LIMITS = Limits(workers=2, deadline_s=20.0, memory_mb=1024, max_failed=0.0)
TASK = load_tasks("terraform", split="test")[0]
DAY = 86_400 + os.getpid()  # by which the processes that are left can be told

REWARD = '''
import _thread, ctypes, json, os, pickle, random, signal, subprocess, sys, threading, time
import iacrl
from iacrl.scoring import judge
from iacrl.scoring.runtime import channel

DAY = {day}

class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no message")

def each_descriptor(what):
    for number in range(3, 100):
        try:
            what(number)
        except OSError:
            pass

def fork(what):
    if os.fork() == 0:
        what()
        os._exit(0)

def daemon():
    fork(lambda: (os.setsid(), fork(lambda: time.sleep(DAY))))
    os.wait()

def surroundings():
    mask = os.umask(0)
    os.umask(mask)
    alarms = signal.getitimer(signal.ITIMER_REAL), signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGTERM)
    streams = [stream.closed for stream in (sys.stdin, sys.stdout, sys.stderr)]
    limits = mask, alarms, sys.getrecursionlimit(), streams, threading.active_count()
    return limits, os.getcwd(), dict(os.environ), list(sys.path)

@iacrl.reward
def hostile(task, verdict):
    """Every attack; 1 where things are as they were when the first text came."""
    global before
    before = before or surroundings()
    if surroundings() != before:
        return 0.5
{attacks}
    return random.random() if "a random number" in verdict.completion else 1.0

before = None
'''

#: What a text makes the reward do, and what is then said of the text; None: it keeps its score.
ATTACKS = {
    "writes_to_descriptors": ("each_descriptor(lambda number: os.write(number, b'x' * 4096))", "something else than"),
    "writes_half_a_message": ("each_descriptor(lambda number: os.write(number, b'\\0\\0\\1'))", "something else than"),
    "closes_descriptors": ("os.closerange(3, 1000)", ""),
    "closes_the_streams": ("sys.stdout.close(); sys.stderr.close(); os.closerange(0, 3)", None),
    "kills_the_parent": ("os.kill(os.getppid(), signal.SIGKILL); time.sleep(DAY)", "killed the processes around it"),
    "ends_the_parent": ("os.kill(os.getppid(), signal.SIGTERM); time.sleep(DAY)", "killed the processes around it"),
    "stops_the_parent": ("os.kill(os.getppid(), signal.SIGSTOP)", None),
    "kills_its_group": ("os.killpg(0, signal.SIGKILL)", "killed the processes around it"),
    "kills_its_session": ("os.kill(os.getsid(0), signal.SIGKILL); time.sleep(DAY)", "killed the processes around it"),
    "ignores_signals": ("[signal.signal(number, signal.SIG_IGN) for number in (1, 2, 13, 15)]", None),
    "patches": ("judge.extract = None", None),
    "patches_and_raises": ("judge.extract = json.dumps = None; raise KeyError('spec')", "raised KeyError: 'spec'"),
    "patches_and_ends": ("judge.extract = None; os._exit(0)", "ended its process with status 0"),
    "patches_the_pickler": ("pickle.dumps = pickle.loads = lambda *_: b'x'", None),
    "patches_its_channel": ("channel.dumps = lambda *_: b'x'", "something else than answers"),
    "raises_a_long_text": ("raise ValueError('x' * 50_000_000)", "(50000000 characters)"),
    "raises_without_a_message": ("raise Mute", "its message cannot be had"),
    "raises_an_interrupt": ("raise KeyboardInterrupt", "raised KeyboardInterrupt"),
    "exits": ("exit()", "raised SystemExit"),
    "forks": ("os.fork()", None),
    "forks_and_stays": ("fork(lambda: time.sleep(DAY))", None),
    "forks_many": ("[fork(lambda: fork(lambda: time.sleep(DAY))) for _ in range(20)]", None),
    "starts_a_program": ("subprocess.Popen(['sleep', str(DAY)])", None),
    "starts_a_daemon": ("daemon()", None),
    "starts_a_daemon_and_dies": ("daemon(); os._exit(1)", "status 1"),
    "ends_later_by_a_thread": ("threading.Timer(0.01, os._exit, [1]).start()", None),
    "exits_in_a_thread": ("threading.Thread(target=sys.exit).start()", None),
    "interrupts_later": ("threading.Timer(0.01, _thread.interrupt_main).start()", None),
    "is_alarmed_later": ("signal.setitimer(signal.ITIMER_REAL, 0.01)", None),
    "changes_its_folder": ("os.chdir('/'); os.umask(0)", None),
    "changes_the_environment": ("os.environ.clear(); os.environ['LC_ALL'] = 'C'", None),
    "limits_recursion": ("sys.setrecursionlimit(60)", None),
    "reads_standard_input": ("sys.stdin.read(); os.read(0, 10)", None),
    "recurses_in_c": ("x = []; [x := [x] for _ in range(200_000)]; repr(x)", "RecursionError"),
}  # fmt: skip
#: Its own parent is the keeper, whose parent is the host; what it started before is in neither's group.
KILLS_THE_HOST = (
    "subprocess.Popen(['sleep', str(DAY)], start_new_session=True); "
    "os.kill(int(open(f'/proc/{os.getppid()}/stat').read().split()[3]), signal.SIGKILL); time.sleep(DAY)"
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A runtime with one reward that makes every attack, each on texts that name it, beside a sound one."""
    attacks = ATTACKS | {"kills_the_host": (KILLS_THE_HOST, "")}
    lines = [f"    if 'ATTACK {name} ' in verdict.completion:\n        {what}" for name, (what, _) in attacks.items()]
    file = tmp_path_factory.mktemp("rewards") / "hostile.py"
    file.write_text(REWARD.replace("{day}", str(DAY)).replace("{attacks}", "\n".join(lines)))
    with Runtime(build_rubric({str(file): 1.0, "complete": 1.0}), LIMITS) as runtime:
        yield runtime


@pytest.fixture(scope="module")
def outcomes(hostile):
    """What became of one batch in which all attack, each among sound texts."""
    texts = [f"{TASK.output}\n# {kind} {name} \n" for name in ATTACKS for kind in ("before", "ATTACK", "after")]
    found = hostile.score_batch(texts, [TASK] * len(texts)).outcomes
    return {name: found[3 * number : 3 * number + 3] for number, name in enumerate(ATTACKS)}


def left() -> list[psutil.Process]:
    """What a reward has started, and still runs."""
    return [one for one in psutil.process_iter(["cmdline"]) if str(DAY) in " ".join(one.info["cmdline"] or ())]


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_costs_its_own_text_only(name, outcomes):
    _, told = ATTACKS[name]
    before, bad, after = outcomes[name]
    assert (before.total, after.total) == (1.0, 1.0)
    if told is None:
        # On a busy machine "later" may come before its own text is judged.
        assert (bad.kind, bad.total) == ("judged", 1.0) or name.endswith("_later")
    else:
        assert (bad.kind, bad.total) == ("broken", 0.0) and told in bad.error and len(bad.error) < 1000


def test_nothing_is_left_of_an_attack(hostile, outcomes):
    assert hostile.score_batch([f"{TASK.output}\n# at last\n"], [TASK]).totals == [1.0], "it goes on"
    family = psutil.Process(hostile.host_pid).children(recursive=True)
    assert len(family) <= 2 * LIMITS.workers, "a keeper and a worker each, and no more"
    assert not left()


def test_a_random_number_does_not_depend_on_the_texts_before(hostile):
    texts = [f"{TASK.output}\n# a random number {number}\n" for number in range(4)]
    together = [outcome.parts["hostile"] for outcome in hostile.score_batch(texts, [TASK] * 4).outcomes]
    with Runtime(hostile.rubric, LIMITS) as other:
        each = [other.score_batch([text], [TASK]).outcomes[0].parts["hostile"] for text in reversed(texts)]
    assert each[::-1] == together and len(set(together)) == 4


def test_a_host_that_is_stopped_is_woken(hostile):
    os.kill(hostile.host_pid, signal.SIGSTOP)
    assert hostile.score_batch([f"{TASK.output}\n# stopped\n"], [TASK]).totals == [1.0]


def test_what_a_reward_started_ends_where_the_host_is_killed(hostile):
    """The host has no time to end it; the run finds it."""
    with Runtime(hostile.rubric, LIMITS) as runtime:
        runtime.start()
        text = f"{TASK.output}\n# ATTACK kills_the_host \n"
        with pytest.raises(UserError, match="the host of the scoring workers ended unexpectedly"):
            runtime.score_batch([text], [TASK])
    assert not left()


ONCE = '''
import os, pathlib, zlib
import iacrl

@iacrl.reward
def ends_once(task, verdict):
    """Ends its process when it first sees a text."""
    seen = pathlib.Path({folder!r}) / str(zlib.crc32(verdict.completion.encode()))
    if not seen.exists():
        seen.touch()
        os._exit(0)
    return 1.0
'''


def test_every_text_has_two_tries_whatever_its_neighbours_do(tmp_path):
    """A text whose neighbour ended the worker has not run yet, so its first try alone is not its last."""
    (tmp_path / "ends_once.py").write_text(ONCE.format(folder=str(tmp_path)))
    texts = [f"{TASK.output}\n# {number}\n" for number in range(12)]
    with Runtime(build_rubric({str(tmp_path / "ends_once.py"): 1.0}), replace(LIMITS, workers=1)) as runtime:
        assert runtime.score_batch(texts, [TASK] * len(texts)).totals == [1.0] * len(texts)
