"""`iacrl runs`: two seeds of one recipe, their parents and figures, and runs from anybody."""

import json
import shutil

import pytest

from iacrl.evaluation.figures import Policy, read_evaluation, write_evaluation
from iacrl.files import write_json


def write_stage(folder, stage, **entries):
    (folder / stage).mkdir(parents=True)
    manifest = {"stage": stage, "status": "complete", "lineage": {"base_model": "org/base"}, **entries}
    write_json(folder / stage / "manifest.json", manifest)
    rate = 0.002 if folder.name != "other" else 0.001
    config = f"model: {{id: org/base}}\nsft: {{learning_rate: {rate}}}\nrun: {{name: {folder.name}}}\n"
    (folder / stage / "config.yaml").write_text(config)
    (folder / stage / "metrics.jsonl").write_text('{"step": 4}\n{"step": 24}\n{"ste')


@pytest.fixture
def registry(run_cli, small_eval, some_tasks, write_completions, tmp_path):
    """Runs `a` and `b` (seeds 0 and 1 of one recipe), and `other`: they pass 3, 5 and 2 of six tasks."""
    root = tmp_path / "registry"
    for number, (name, seed, passed) in enumerate((("a", 0, 3), ("b", 1, 5), ("other", 0, 2))):
        rows = [{"task": task.id, "completion": task.output if n < passed else ""} for n, task in enumerate(some_tasks)]
        assert run_cli("eval", "--completions", write_completions(name, rows), *small_eval).status == 0
        shutil.copytree(tmp_path / "runs" / name / "eval", root / name / "eval")
        identity = {"adapter": f"sha256:{name}"}
        evaluation = read_evaluation(root / name / "eval")
        results = tuple(
            one if one.trivial else type(one)(**{**_fields(one), "policy": "sft"}) for one in evaluation.results
        )
        changed = {**_fields(evaluation), "policies": (Policy("sft", identity),), "results": results}
        write_evaluation(root / name / "eval", type(evaluation)(**changed))
        started = f"2026-11-0{number + 1}T10:00:00+00:00"
        write_stage(root / name, "sft", seed=seed, started=started, adapter_digest=f"sha256:{name}", parent=None)
    parent = {"path": "/elsewhere", "adapter_digest": "sha256:a"}
    write_stage(root / "a", "grpo", seed=0, started="2026-11-04T10:00:00+00:00", parent=parent, status="running")
    return root


def _fields(record):
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def listed(run_cli, root, *more):
    done = run_cli("runs", *more, "--in", root, "--format", "json")
    assert done.status == 0, done
    return json.loads(done.out)


def test_seeds_of_one_recipe_are_one_row_with_mean_and_range(run_cli, registry):
    rows = {row["label"]: row for row in listed(run_cli, registry, "list")}
    assert list(rows) == ["a/sft and 1 more", "other/sft", "a/grpo"]
    both = rows["a/sft and 1 more"]
    assert both["runs"] == ["a", "b"] and both["seeds"] == [0, 1] and both["steps"] == 24
    figure = both["figures"]["pass@1"]
    assert figure["kind"] == "range" and (figure["low"], figure["high"]) == (3 / 6, 5 / 6)
    assert figure["value"] == pytest.approx(4 / 6)
    assert rows["other/sft"]["figures"]["pass@1"]["kind"] == "interval"
    assert rows["a/grpo"]["parent"] == "a/sft" and rows["a/grpo"]["status"] == "running"
    assert [row["label"] for row in listed(run_cli, registry, "list", "--each")][:2] == ["a/sft", "b/sft"]
    text = run_cli("runs", "list", "--in", registry).out
    assert "66.7 (50.0, 83.3)" in text and "33.3 [" in text


def test_best_ranks_by_the_mean_over_seeds_and_on_the_same_tasks_only(run_cli, registry):
    labels = [row["label"] for row in listed(run_cli, registry, "best", "--by", "score")]
    assert labels == ["a/sft and 1 more", "other/sft"]
    file = registry / "other" / "eval" / "eval.json"
    figures = json.loads(file.read_text())
    figures["protocol"]["tasks"] = "f" * 64
    file.write_text(json.dumps(figures))
    refused = run_cli("runs", "best", "--in", registry)
    assert refused.status == 2 and "--tasks ffffffffffff: other/sft" in refused.err
    assert [row["label"] for row in listed(run_cli, registry, "best", "--tasks", "ffff")] == ["other/sft"]


def test_show_and_compare(run_cli, registry):
    shown = run_cli("runs", "show", "a/grpo", "--in", registry)
    assert shown.status == 0 and "a/sft" in shown.out and "running" in shown.out
    compared = json.loads(run_cli("runs", "compare", "b", "other", "--in", registry, "--format", "json").out)
    assert compared["settings"]["sft.learning_rate"] == [0.002, 0.001] and compared["measured_alike"]
    near = run_cli("runs", "show", "othr", "--in", registry)
    assert near.status == 2 and "Did you mean 'other'" in near.err


def test_a_bucket_is_read_like_a_folder(run_cli, registry):
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    memory.put(str(registry), "/bucket/runs", recursive=True)
    try:
        assert listed(run_cli, "memory://bucket/runs", "list") == listed(run_cli, registry, "list")
    finally:
        memory.rm("/bucket", recursive=True)
    for half in ("memory://", "reference://x", "github://a/b", "data://x", "simplecache::file://x"):
        refused = run_cli("runs", "list", "--in", half)
        assert refused.status == 2 and refused.err.startswith(f"Error: {half}: ")
    unknown = run_cli("runs", "list", "--in", "s4://bucket")
    assert unknown.status == 2 and "unknown kind of storage 's4'" in unknown.err


def test_runs_from_anybody_run_nothing_and_damage_nothing(run_cli, registry, tmp_path):
    """A reward file that a run names, YAML that would build an object, deep nesting, and a broken manifest."""
    touched = tmp_path / "touched"
    reward = tmp_path / "evil.py"
    reward.write_text(f"open({str(touched)!r}, 'w')\n")
    for name, manifest, config in (
        ("reward", '{"stage": "sft"}', f"rewards: {{weights: {{{json.dumps(str(reward))}: 1}}}}"),
        ("object", '{"stage": "sft"}', f"model: !!python/object/apply:os.system ['touch {touched}']"),
        ("deep", "[" * 100_000, ""),
        ("list", "[]", ""),
        ("keys", '{"stage": "sft"}', "model: {id: {1: a, b: c, 2026-01-01: !!binary aGk=, d: !!set {e}}}"),
        ("digits", f'{{"stage": "sft", "seed": {"9" * 400}}}', ""),
        ("odd", '{"stage": 3, "seed": "x", "parent": [], "lineage": 7, "adapter_digest": {}}', "- a"),
    ):
        (registry / name / "sft").mkdir(parents=True)
        (registry / name / "sft" / "manifest.json").write_text(manifest)
        (registry / name / "sft" / "config.yaml").write_text(config)
    done = run_cli("runs", "list", "--in", registry)
    assert done.status == 0 and not touched.exists() and "Traceback" not in done.err
    assert all(f"{name}/sft: left out" in done.err for name in ("object", "deep", "list", "digits"))
    assert "reward/sft" in done.out and "keys/sft" in done.out and "odd/sft" in done.out


@pytest.mark.parametrize("name", ["config.yaml", "manifest.json"])
def test_a_link_out_of_a_run_is_not_read(run_cli, registry, tmp_path, name):
    secret = tmp_path / "secret"
    secret.write_text('{"stage": "sft", "lora": {"password": "hunter2"}}')
    (registry / "b" / "sft" / name).unlink()
    (registry / "b" / "sft" / name).symlink_to(secret)
    for place in (registry, f"file://{registry}"):
        done = run_cli("runs", "show", "b/sft", "--in", place, "--format", "json")
        assert "hunter2" not in done.out and f"b/sft/{name}: is a link out of the run" in done.err, done


@pytest.mark.parametrize("arguments", [["list", "--in", "nowhere"], ["compare", "a"], ["best", "--by", "luck"]])
def test_mistakes_have_one_message(run_cli, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    done = run_cli("runs", *arguments)
    assert done.status == 2 and done.err and not done.out


def test_a_folder_needs_no_extra(run_cli, registry, monkeypatch):
    import sys

    for name in [name for name in sys.modules if name.startswith(("iacrl.evaluation", "iacrl.cli.runs"))]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("scipy", "numpy", "rich", "fsspec", "torch"):
        monkeypatch.setitem(sys.modules, name, None)
    assert "a/sft and 1 more" in run_cli("runs", "list", "--in", registry).out
