import json
import subprocess
import sys

import pytest

from iacrl.evaluation.figures import read_evaluation
from iacrl.scoring.samples import read_samples


def gold_rows(tasks, **more):
    return [{"task": task.id, "completion": task.output, **more} for task in tasks]


def refused(done):
    assert done.status == 2, done
    assert "Traceback" not in done.err
    return done.err


class TestCompletions:
    def test_a_file_of_completions_is_measured_beside_the_trivial_policies(
        self, run_cli, small_eval, some_tasks, write_completions, tmp_path
    ):
        rows = gold_rows(some_tasks, finish="stop", tokens=20)
        rows[0]["completion"] = 'resource "aws_s3_bucket" "b" {\n  bukket = 1\n}\n'
        done = run_cli("eval", "--completions", write_completions("mine", rows), *small_eval)
        assert done.status == 0, done
        for word in ("mine", "empty", "echo", "constant", "nearest", "terraform", "kubernetes", "TF304"):
            assert word in done.out
        found = read_evaluation(tmp_path / "runs" / "mine" / "eval")
        rates = found.result("mine", "given").rates()
        assert rates.passed[1].value == pytest.approx(5 / 6)
        assert rates.layers["syntax"].value == 1.0 and rates.layers["schema"].value == pytest.approx(5 / 6)
        assert (rates.stopped, rates.truncated, rates.tokens) == (1.0, 0.0, 20)
        assert found.result("mine", "given").diagnostics[0].code == "TF304"
        trivial = {result.policy: result.rates().passed[1].value for result in found.results if result.trivial}
        # The tasks are their own training tasks here: the nearest one is the task itself, and one of each domain has
        # the constant answer.
        assert trivial == {"empty": 0.0, "echo": 0.0, "constant": pytest.approx(1 / 3), "nearest": 1.0}
        by = {(slice_.by, slice_.name) for slice_ in found.result("mine", "given").slices}
        assert {("all", "all"), ("domain", "terraform"), ("domain", "kubernetes")} <= by
        assert {name for kind, name in by if kind == "family"} == {task.family for task in some_tasks}
        assert {name for kind, name in by if kind == "difficulty"} == {str(task.difficulty) for task in some_tasks}

    def test_pass_at_k_of_several_completions(self, run_cli, small_eval, some_tasks, write_completions, tmp_path):
        rows = [row for n in range(4) for row in gold_rows(some_tasks, sample=n)]
        for row in rows:
            if row["sample"] > 0 or row["task"] == some_tasks[0].id:
                row["completion"] = ""
        done = run_cli("eval", "--completions", write_completions("many", rows), "--model", "m7", *small_eval)
        assert "pass@4" in done.out
        rates = read_evaluation(tmp_path / "runs" / "m7" / "eval").result("m7", "given").rates()
        # One of four passes on five of six tasks: pass@k = k/4 there.
        assert {k: round(found.value, 6) for k, found in rates.passed.items()} == {
            1: round(5 / 6 / 4, 6),
            2: round(5 / 6 / 2, 6),
            4: round(5 / 6, 6),
        }

    def test_missing_completions_are_told(self, run_cli, small_eval, some_tasks, write_completions, tmp_path):
        done = run_cli("eval", "--completions", write_completions("few", gold_rows(some_tasks[:4])), *small_eval)
        assert done.status == 0
        assert "2 of 6 completions are missing" in " ".join(done.out.split())
        result = read_evaluation(tmp_path / "runs" / "few" / "eval").result("few", "given")
        assert result.missing == 2 and result.rates().passed[1].tasks == 4

    def test_neither_torch_nor_a_model_is_needed(self, small_eval, some_tasks, write_completions):
        path = write_completions("mine", gold_rows(some_tasks))
        program = (
            "import sys; from iacrl.cli import cli; "
            f"cli({['eval', '--completions', str(path), *small_eval]!r}, standalone_mode=False); "
            "print(sorted({'torch', 'transformers', 'trl', 'peft', 'grpc'} & set(sys.modules)))"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "[]"

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ("", 'holds no completion. Each row is {"task": ID, "completion": TEXT}.'),
            ('{"task": "TASK", "completion": "a"}\n{"task": "TASK", "compl', ":2: not JSON"),
            ('{"task": "TASK", "completion": "a"}\n\n[1]\n', ":3: expected a JSON object"),
            ('{"task": "TASK", "completion": "a"}\n{"task": "TASK", "completion": "b"}\n', ":2: task 'TASK', sample 0"),
            ('{"task": "TASKX", "completion": "a"}\n', "Did you mean 'TASK'?"),
            ('{"completion": "a"}\n', "field 'task' is None"),
            ('{"task": "TASK", "completion": null}\n', "field 'completion' is None"),
            ('{"task": "TASK", "completion": "a", "sample": "first"}\n', "field 'sample' is 'first'"),
            ('{"task": "TASK", "completion": "a", "sample": -1}\n', "field 'sample' is -1"),
            ("\xff\xfe", "not"),
        ],
    )
    def test_a_bad_file_is_refused_and_nothing_is_written(
        self, run_cli, small_eval, some_tasks, tmp_path, content, expected
    ):
        file = tmp_path / "bad.jsonl"
        file.write_text(content.replace("TASK", some_tasks[0].id), encoding="utf-8")
        told = refused(run_cli("eval", "--completions", file, *small_eval))
        assert str(file) in told and expected.replace("TASK", some_tasks[0].id) in told
        assert not (tmp_path / "runs").exists()

    def test_rows_for_tasks_that_are_not_asked_are_left_out_and_counted(
        self, run_cli, small_eval, some_tasks, write_completions, tmp_path
    ):
        path = write_completions("all", gold_rows(some_tasks))
        done = run_cli("eval", "--completions", path, *small_eval, "eval.rows=1")
        assert done.status == 0 and "4 rows are for tasks that are not asked" in " ".join(done.err.split())
        assert read_evaluation(tmp_path / "runs" / "all" / "eval").protocol.task_count == 2

    def test_a_file_that_is_not_there(self, run_cli, small_eval, tmp_path):
        assert "no such file" in refused(run_cli("eval", "--completions", tmp_path / "none.jsonl", *small_eval))


class TestKilled:
    """An evaluation that ends before its time, here by Ctrl-C while it judges."""

    @pytest.fixture
    def evaluate(self, run_cli, small_eval, some_tasks, write_completions, monkeypatch):
        def run(*options, stop=False, text="x"):
            rows = [{"task": task.id, "completion": text} for task in some_tasks]
            with monkeypatch.context() as patch:
                if stop:
                    patch.setattr("iacrl.evaluation.protocol.judge_into", self.interrupted)
                return run_cli("eval", "--completions", write_completions("mine", rows), *options, *small_eval)

        return run

    @staticmethod
    def interrupted(*args):
        raise KeyboardInterrupt

    def test_one_of_a_file_goes_on(self, evaluate, tmp_path):
        done = evaluate(stop=True)
        assert done.status == 130 and "--resume" in done.err
        assert evaluate("--resume").status == 0
        assert (tmp_path / "runs" / "mine" / "eval" / "eval.json").is_file()

    @pytest.mark.parametrize("target", ["/dev/zero", "mine.txt"])
    def test_a_link_in_the_place_of_the_completions_is_refused(self, evaluate, tmp_path, target):
        evaluate(stop=True)
        (tmp_path / "mine.txt").write_text("no line end")
        log = tmp_path / "runs" / "mine" / "eval" / "completions.jsonl"
        log.unlink()
        log.symlink_to(tmp_path / target)
        assert "completions.jsonl: is a link" in refused(evaluate("--resume"))
        assert (tmp_path / "mine.txt").read_text() == "no line end"

    def test_answers_of_another_file_are_not_mixed_in(self, evaluate):
        evaluate(stop=True)
        done = evaluate("--resume", text="y")
        assert done.status == 2 and "digest" in done.err

    def test_the_one_that_it_replaces_is_kept_until_it_is_finished(self, evaluate, tmp_path):
        runs = tmp_path / "runs" / "mine"
        evaluate()
        before = (runs / "eval" / "eval.json").read_bytes()
        done = evaluate("--overwrite", stop=True, text="y")
        assert done.status == 130 and "eval.replaced" in done.err.replace("\n", "")
        assert evaluate("--overwrite", stop=True, text="z").status == 130
        assert (runs / "eval.replaced" / "eval.json").read_bytes() == before
        assert evaluate("--resume", text="z").status == 0
        assert not (runs / "eval.replaced").exists()


class TestEndpoint:
    def evaluate(self, run_cli, endpoint, small_eval, *more):
        quick = ["eval.concurrency=1", "eval.retries=0", "eval.samples=2"]
        return run_cli("eval", "--endpoint", endpoint.url, "--model", "m/1", *small_eval, *quick, *more)

    def test_only_what_is_missing_is_sampled_again(self, run_cli, endpoint, small_eval, some_tasks, gold_of, tmp_path):
        endpoint.script = lambda number, body: gold_of(body) if number < 10 else (403, {}, "over budget")
        told = refused(self.evaluate(run_cli, endpoint, small_eval))
        assert "over budget" in told and "kept" in told
        folder = tmp_path / "runs" / "m-1" / "eval"
        kept = (folder / "completions.jsonl").read_text()
        assert len(kept.splitlines()) == 10
        manifest = json.loads((folder / "manifest.json").read_text())
        assert manifest["status"] == "failed" and "over budget" in manifest["failure"]

        endpoint.script = lambda number, body: gold_of(body)
        done = self.evaluate(run_cli, endpoint, small_eval, "--resume")
        assert done.status == 0, done
        manifest = json.loads((folder / "manifest.json").read_text())
        assert manifest["status"] == "complete" and "failure" not in manifest
        assert len(endpoint.bodies) == 11 + 8, "6 greedy and 12 sampled completions, of which 10 were there"
        assert (folder / "completions.jsonl").read_text().startswith(kept)
        found = read_evaluation(folder)
        assert found.result("m/1", "sampled").rates().passed == found.result("m/1", "sampled").rates().valid
        assert found.result("m/1", "sampled").missing == 0
        keys = [(one.decoding, one.task, one.sample) for one in read_samples(folder / "samples.jsonl")]
        assert len(keys) == len(set(keys)) == 18

        self.evaluate(run_cli, endpoint, small_eval, "--resume")
        assert len(endpoint.bodies) == 19, "nothing is missing, so nothing is sampled"
        self.evaluate(run_cli, endpoint, small_eval, "--resume", "eval.samples=3")
        assert len(endpoint.bodies) == 19 + 6, "a further completion of each task"

    def test_a_line_that_was_cut_off_is_mended_and_sampled_again(
        self, run_cli, endpoint, small_eval, gold_of, tmp_path
    ):
        endpoint.script = lambda number, body: gold_of(body)
        assert self.evaluate(run_cli, endpoint, small_eval).status == 0
        log = tmp_path / "runs" / "m-1" / "eval" / "completions.jsonl"
        whole = log.read_bytes()
        log.write_bytes(whole[:-40])
        done = self.evaluate(run_cli, endpoint, small_eval, "--resume")
        assert done.status == 0 and "cut off" in done.err
        assert len(endpoint.bodies) == 19
        lines = log.read_bytes().splitlines()
        assert lines[:17] == whole.splitlines()[:17] and len(lines) == 18
        log.write_bytes(log.read_bytes()[:-1])  # only the end of the line is missing: nothing is lost
        assert self.evaluate(run_cli, endpoint, small_eval, "--resume").status == 0
        assert len(endpoint.bodies) == 19 and log.read_bytes().splitlines() == lines

    def test_a_line_in_the_middle_that_is_no_completion_is_named(
        self, run_cli, endpoint, small_eval, gold_of, tmp_path
    ):
        endpoint.script = lambda number, body: gold_of(body)
        self.evaluate(run_cli, endpoint, small_eval)
        log = tmp_path / "runs" / "m-1" / "eval" / "completions.jsonl"
        lines = log.read_text().splitlines()
        log.write_text("\n".join([*lines[:3], lines[3][:30], *lines[4:]]) + "\n")
        told = refused(self.evaluate(run_cli, endpoint, small_eval, "--resume"))
        assert "completions.jsonl:4" in told
        assert len(log.read_text().splitlines()) == 18

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ("eval.temperature=0.5", "the temperature of sampled: 1.0 before, 0.5 now"),
            ("eval.max_completion_tokens=100", "eval.max_completion_tokens: 512 before, 100 now"),
            ("run.seed=7", "run.seed: 0 before, 7 now"),
            ("eval.rows=2", "the tasks"),
        ],
    )
    def test_another_way_of_sampling_is_not_mixed_in(self, run_cli, endpoint, small_eval, tmp_path, change, words):
        self.evaluate(run_cli, endpoint, small_eval)
        before = (tmp_path / "runs" / "m-1" / "eval" / "completions.jsonl").read_bytes()
        told = refused(self.evaluate(run_cli, endpoint, small_eval, "--resume", change))
        assert words in told and "--overwrite" in told
        assert (tmp_path / "runs" / "m-1" / "eval" / "completions.jsonl").read_bytes() == before

    def test_another_model_or_prompt_is_not_mixed_in(self, run_cli, endpoint, small_eval, monkeypatch):
        self.evaluate(run_cli, endpoint, small_eval)
        told = refused(
            run_cli(
                "eval",
                "--endpoint",
                endpoint.url,
                "--model",
                "m/2",
                *small_eval,
                "run.name=m-1",
                "eval.samples=2",
                "--resume",
            )
        )
        assert "it holds completions of m/1" in told
        from iacrl.evaluation import protocol

        monkeypatch.setattr(protocol, "prompt_digest", lambda *_, **__: "another")
        told = refused(self.evaluate(run_cli, endpoint, small_eval, "--resume"))
        assert "the form of the prompt" in told and "another now" in told

    def test_an_evaluation_is_not_replaced_silently(self, run_cli, endpoint, small_eval):
        self.evaluate(run_cli, endpoint, small_eval)
        told = refused(self.evaluate(run_cli, endpoint, small_eval))
        assert "--resume" in told and "--overwrite" in told
        assert self.evaluate(run_cli, endpoint, small_eval, "--overwrite").status == 0

    def test_ctrl_c_keeps_what_was_sampled(self, run_cli, endpoint, small_eval, monkeypatch, tmp_path):
        from iacrl.evaluation.log import CompletionLog

        add = CompletionLog.add

        def add_and_stop(self, *args):
            add(self, *args)
            if len(self) == 5:
                raise KeyboardInterrupt

        monkeypatch.setattr(CompletionLog, "add", add_and_stop)
        done = self.evaluate(run_cli, endpoint, small_eval)
        assert done.status == 130 and "5 completions are kept" in done.err and "--resume" in done.err
        assert len((tmp_path / "runs" / "m-1" / "eval" / "completions.jsonl").read_text().splitlines()) == 5

    def test_a_full_disk_keeps_what_was_sampled(self, run_cli, endpoint, small_eval, monkeypatch):
        import errno

        from iacrl.evaluation import log

        def full(path, rows, *, sync=False):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(log, "append_rows", full)
        told = refused(self.evaluate(run_cli, endpoint, small_eval))
        assert "disk is full" in told and "--resume" in told

    def test_the_key_is_written_nowhere(self, run_cli, endpoint, small_eval, monkeypatch, tmp_path):
        monkeypatch.setenv("IACRL_API_KEY", "sesame-0815")
        done = self.evaluate(run_cli, endpoint, small_eval)
        assert done.status == 0 and endpoint.headers[0]["Authorization"] == "Bearer sesame-0815"
        written = b"".join(path.read_bytes() for path in (tmp_path / "runs").rglob("*") if path.is_file())
        assert b"sesame" not in written and "sesame" not in done.out + done.err


class TestCommandLine:
    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ((), "Nothing to measure"),
            (("--endpoint", "http://localhost/v1"), "--model NAME"),
            (("--endpoint", "http://localhost/v1", "--model", "m", "--completions", "x"), "choose one"),
            (("--completions", "x", "--resume"), "there is no such file"),
            (("--completions", "x", "--resume", "--overwrite"), "choose one"),
            (("--endpoint", "nonsense", "--model", "m"), "expected a URL"),
        ],
    )
    def test_mistakes_are_told(self, run_cli, small_eval, arguments, expected):
        assert expected in refused(run_cli("eval", *arguments, *small_eval))

    def test_resuming_what_is_not_there(self, run_cli, small_eval, endpoint):
        told = refused(run_cli("eval", "--endpoint", endpoint.url, "--model", "m", "--resume", *small_eval))
        assert "Nothing to resume" in told

    def test_a_file_may_be_named_as_yaml_names_a_value(self, run_cli, small_eval):
        assert "name: 'true'" in run_cli("eval", "--completions", "true.jsonl", "--dry-run", *small_eval).out

    def test_a_dry_run_shows_the_settings(self, run_cli, small_eval, tmp_path):
        done = run_cli("eval", "--endpoint", "http://localhost/v1", "--model", "a/b:c", "--dry-run", *small_eval)
        assert done.status == 0 and "name: a-b-c" in done.out and "concurrency: 8" in done.out
        assert not (tmp_path / "runs").exists()

    def test_a_mistaken_reward_is_told_before_anything_is_sampled(self, run_cli, small_eval, endpoint):
        more = ["rewards.weights={intnet: 1}"]
        told = refused(run_cli("eval", "--endpoint", endpoint.url, "--model", "m", *small_eval, *more))
        assert "Did you mean 'intent'" in told and not endpoint.bodies
