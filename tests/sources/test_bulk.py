"""Rows in order, whoever judges them, and the mistakes in them."""

import gzip
import json
import os
import signal
import subprocess
import sys

import psutil
import pytest

from iacrl import files
from iacrl.errors import UserError
from iacrl.sources.bulk import _ROWS, RowJudge, judge_rows
from iacrl.sources.judged import fast_judges

ROWS = 3 * _ROWS + 7


@pytest.fixture
def rows():
    return RowJudge(fast_judges({}))


def write(path, number=ROWS):
    texts = ['variable "a" {}', "variable {}"]
    lines = [json.dumps({"id": n, "domain": "terraform", "text": texts[n % 5 == 0]}) for n in range(number)]
    path.write_text("\n".join(lines) + "\n\n")
    return lines


def test_several_processes_answer_as_one_does(tmp_path, rows):
    path = tmp_path / "rows.jsonl"
    write(path)
    alone, together = (list(judge_rows(path, rows, jobs)) for jobs in (1, 2))
    assert [outcome.text for outcome in together] == [outcome.text for outcome in alone]
    answers = [json.loads(line) for outcome in together for line in outcome.text.splitlines()]
    assert [answer["id"] for answer in answers] == list(range(ROWS))
    assert [answer["valid"] for answer in answers] == [n % 5 != 0 for n in range(ROWS)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_comes_before_a_mistake_is_answered(tmp_path, rows, jobs):
    path = tmp_path / "rows.jsonl"
    lines = write(path)
    lines[2 * _ROWS + 3] = '{"id": 1}'
    path.write_text("\n".join(lines))
    found = []
    for outcome in judge_rows(path, rows, jobs):
        found += outcome.text.splitlines()
        if outcome.error:
            break
    assert outcome.error.startswith(f"{path}:{2 * _ROWS + 4}: `domain` is missing")
    assert len(found) == 2 * _ROWS + 3


def test_only_a_part_of_the_file_is_read_ahead(tmp_path, rows, monkeypatch):
    monkeypatch.setattr("iacrl.sources.bulk._ROWS", 2)
    path = tmp_path / "rows.jsonl"
    write(path, 200)
    read = []
    monkeypatch.setattr("iacrl.sources.bulk._batches", _counted(read))
    outcomes = judge_rows(path, rows, 2)
    next(outcomes)
    assert len(read) < 12
    outcomes.close()


def _counted(read):
    from iacrl.sources.bulk import _batches

    def batches(lines):
        for batch in _batches(lines):
            read.append(batch)
            yield batch

    return batches


def test_a_process_that_dies_is_told(tmp_path, monkeypatch):
    path = tmp_path / "rows.jsonl"
    write(path)
    judge = RowJudge({"terraform": lambda text: os.kill(os.getpid(), signal.SIGKILL)})
    with pytest.raises(UserError, match="a process that judged was ended"):
        list(judge_rows(path, judge, 2))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
def test_no_process_outlives_the_one_that_is_ended(tmp_path):
    path = tmp_path / "rows.jsonl"
    write(path, 40 * _ROWS)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "iacrl", "validate", "--jsonl", str(path), "--jobs", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as program:
        assert program.stdout.readline()
        children = psutil.Process(program.pid).children()
        assert len(children) == 2
        program.kill()
    psutil.wait_procs(children)


def test_jobs_are_about_rows(run_cli, tmp_path):
    path = tmp_path / "rows.jsonl"
    write(path, 5)
    done = run_cli("validate", "--jsonl", path, "--jobs", "2", "--strict")
    assert (done.status, len(done.out.splitlines())) == (1, 5)
    assert "--jobs needs --jsonl" in run_cli("validate", tmp_path, "--jobs", "2").err


def test_one_line_without_an_end_is_refused_before_it_is_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 1000)
    path = tmp_path / "bomb.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "' + b"a" * 1_000_000))
    with pytest.raises(UserError, match=r"bomb\.jsonl\.gz:1: the line is longer"):
        list(judge_rows(path, RowJudge(fast_judges({})), 1))
