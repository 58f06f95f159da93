"""Each adapter in the program that it is for; those that are not installed are skipped, and say so."""

import asyncio
import json

import pytest

from iacrl.errors import UserError
from iacrl.tasks import load_tasks

TASK = load_tasks("terraform", split="test")[0]
ROW = TASK.to_json()


def test_verl():
    """verl's reward managers load the function from its file and call it by keyword, with the row's own columns."""
    import importlib.util

    import iacrl.adapters.verl as module

    spec = importlib.util.spec_from_file_location("custom_module", module.__file__)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    arguments = {"data_source": "iacrl", "ground_truth": json.dumps(ROW), "extra_info": {"index": 3}}
    assert loaded.compute_score(solution_str=TASK.output, **arguments) == {"score": 1.0, "valid": 1.0, "passed": 1.0}
    assert loaded.compute_score(solution_str="no", **arguments)["score"] == 0.0
    with pytest.raises(UserError, match="not JSON text"):
        loaded.compute_score(data_source="iacrl", solution_str="x", ground_truth="42 apples")


def test_trl_function():
    from iacrl.adapters.trl import reward_function

    logged = {}
    rubric = reward_function()
    chat = [[{"role": "assistant", "content": text}] for text in (TASK.output, "no")]
    assert rubric(prompts=["p"] * 2, completions=chat, task=[ROW] * 2, log_metric=logged.__setitem__) == [1.0, 0.0]
    assert logged["passed"] == 0.5 and logged["reward/syntax"] == 0.5
    assert rubric(completions=[TASK.output], task=[json.dumps(ROW)]) == [1.0]


def test_a_completion_without_text_is_an_empty_answer_and_another_type_is_refused():
    """A reply that only calls a tool has no content, or none at all; other hosts pass the parts of a message."""
    from iacrl.adapters.trl import reward_function
    from iacrl.adapters.verl import compute_score

    parts = [[{"role": "assistant", "content": [{"type": "text", "text": TASK.output}]}]]
    empty = [None, [], [{}], [{"content": None}], [{"role": "assistant", "tool_calls": []}], [{"content": []}]]
    assert reward_function()(completions=empty + parts, task=[ROW] * 7) == [0.0] * 6 + [1.0]
    for odd in (5, b"x", [None, 5], [{"content": 5}], [{"content": ["x"]}]):
        with pytest.raises(UserError, match="expected a text, or the messages"):
            reward_function()(completions=[odd], task=[ROW])
    assert compute_score("d", None, json.dumps(ROW))["score"] == 0.0


def test_a_completion_that_could_not_be_scored_is_no_score_for_those_that_take_one(tmp_path):
    from iacrl.adapters.verl import compute_score

    (tmp_path / "odd.py").write_text(
        'import iacrl\n\n@iacrl.reward\ndef odd(task, verdict):\n    """Odd."""\n    return 2\n'
    )
    (tmp_path / "r.yaml").write_text("rewards: {weights: {odd.py: 1.0}, max_failed: 1.0, workers: 1}\n")
    with pytest.raises(UserError, match="could not be scored: Reward 'odd' returned 2"):
        compute_score("d", TASK.output, json.dumps(ROW), config=str(tmp_path / "r.yaml"))


def test_trl_rows_as_objects_score_as_the_same_rows_as_text():
    """`datasets` gives every row the nested keys of all rows, with None for a value."""
    from datasets import Dataset

    from iacrl.adapters.trl import reward_function

    one = next(task for task in load_tasks("terraform", split="test") if task.intent and task.family != TASK.family)
    tasks = (TASK, one)
    rows = list(Dataset.from_list([{"task": task.to_json()} for task in tasks])["task"])
    assert rows[0]["intent"] != ROW["intent"], "nothing is filled in, so this tests nothing"
    with pytest.warns(UserWarning, match="left out: the library `datasets`"):
        found = reward_function()(completions=[task.output for task in tasks], task=rows)
    assert found == [1.0, 1.0]


def test_a_missing_task_is_told():
    from iacrl.adapters import read_task
    from iacrl.adapters.trl import reward_function

    with pytest.raises(UserError, match="no column `task`"):
        reward_function()(completions=["x"], prompts=["y"])
    with pytest.raises(UserError, match="The task is missing: expected a row"):
        read_task(None)
    with pytest.raises(UserError, match="not JSON text"):
        read_task("[" * 100_000)


def test_settings_that_verl_hands_on_are_refused():
    from iacrl.adapters.verl import compute_score

    given = {"data_source": "iacrl", "solution_str": TASK.output, "ground_truth": json.dumps(ROW)}
    with pytest.raises(UserError, match="reward_kwargs sets weights"):
        compute_score(**given, weights={"syntax": 1})
    assert compute_score(**given, reward_router_address=None, reward_model_tokenizer=None)["score"] == 1.0


def test_trl_trains_with_it_and_takes_none_for_what_could_not_be_judged(tiny_model, tmp_path):
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
    from trl import GRPOConfig, GRPOTrainer

    from iacrl.adapters.trl import reward_function
    from iacrl.scoring.rubric import build_rubric
    from iacrl.scoring.runtime import Limits, Runtime

    file = tmp_path / "odd.py"
    file.write_text(
        "import iacrl\n\n@iacrl.reward\ndef odd(task, verdict):\n"
        '    """Fails on half of the texts."""\n'
        "    size = len(verdict.completion)\n    return float('nan') if size % 2 else (size % 7) / 7\n"
    )
    given = []
    with Runtime(build_rubric({str(file): 1.0}), Limits(workers=1, max_failed=1.0)) as runtime:
        scored = reward_function(runtime)

        def rubric(**columns):
            given.extend(scored(**columns))
            return given[-len(columns["completions"]) :]

        trainer = GRPOTrainer(
            model=AutoModelForCausalLM.from_pretrained(tiny_model),
            processing_class=PreTrainedTokenizerFast.from_pretrained(tiny_model),
            reward_funcs=rubric,
            args=GRPOConfig(
                output_dir=str(tmp_path / "out"),
                use_cpu=True,
                max_steps=1,
                num_generations=8,
                logging_steps=1,
                per_device_train_batch_size=8,
                max_completion_length=8,
                report_to=[],
                save_strategy="no",
            ),
            train_dataset=Dataset.from_list([{"prompt": "a", "task": json.dumps(ROW)}] * 2),
        )
        trainer.train()
    assert None in given and any(value is not None for value in given)
    log = trainer.state.log_history[0]
    judged = [value for value in given if value is not None]
    assert log["reward"] == pytest.approx(sum(judged) / len(judged), abs=1e-6), "None is no zero"
    assert log["scoring/failed"] == pytest.approx(given.count(None) / len(given))


def test_inspect_ai(tmp_path):
    pytest.importorskip("inspect_ai", reason="inspect_ai is not installed")
    from inspect_ai import Task, eval
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ModelOutput
    from inspect_ai.solver import solver

    from iacrl.adapters.inspect_ai import rubric

    @solver
    def replying():
        async def solve(state, generate):  # its mock model would fetch a tokenizer
            state.output = ModelOutput.from_content("mockllm/model", state.metadata["reply"])
            return state

        return solve

    samples = [
        Sample(input=TASK.instruction, metadata={"task": ROW, "reply": reply}) for reply in (TASK.output, "I cannot.")
    ]
    task = Task(dataset=samples, solver=replying(), scorer=rubric())
    (log,) = eval(task, model="mockllm/model", display="none", log_dir=str(tmp_path))
    assert log.status == "success", log.error
    assert [sample.scores["rubric"].value for sample in log.samples] == [1.0, 0.0]
    assert log.results.scores[0].metrics["mean"].value == 0.5
    assert log.samples[0].scores["rubric"].metadata["passed"] is True
    assert log.results.scores[0].metrics["pass_rate"].value == 0.5
    good, bad = (sample.scores["rubric"] for sample in log.samples)
    assert good.metadata["clauses"] and all(one["met"] for one in good.metadata["clauses"])
    assert bad.metadata["diagnostics"] and bad.metadata["diagnostics"][0]["code"] in bad.explanation


def test_inspect_ai_finds_a_task_for_each_domain():
    pytest.importorskip("inspect_ai", reason="inspect_ai is not installed")
    from importlib.metadata import entry_points

    from inspect_ai import Task

    from iacrl.adapters.inspect_ai import TASKS

    assert entry_points(group="inspect_ai")["iacrl"].value == "iacrl.adapters.inspect_ai"
    task = TASKS["terraform"](split="validation")
    assert isinstance(task, Task) and len(task.dataset) == len(load_tasks("terraform", split="validation"))


def test_a_recipe_gives_another_rubric_in_every_adapter(tmp_path):
    from iacrl.adapters import runtime_of
    from iacrl.adapters.trl import reward_function
    from iacrl.adapters.verl import compute_score

    recipe = tmp_path / "mine.yaml"
    recipe.write_text("rewards:\n  weights: {syntax: 1.0}\n")
    syntactic = 'resource "aws_no_such" "x" {}\n'
    row = json.dumps(ROW)
    assert reward_function(config=str(recipe))(completions=[syntactic], task=[row]) == [1.0]
    given = {"data_source": "iacrl", "solution_str": syntactic, "ground_truth": row}
    assert compute_score(**given, config=str(recipe))["score"] == 1.0
    assert compute_score(**given)["score"] < 1.0
    assert runtime_of(str(recipe)) is runtime_of(str(recipe))
    with pytest.raises(UserError, match="there is no such file"):
        runtime_of(str(tmp_path / "none.yaml"))


def test_trl_rows(tmp_path):
    from iacrl.adapters.trl import dataset, reward_function
    from iacrl.tasks import write_tasks

    file = tmp_path / "tasks.jsonl"
    write_tasks(file, [TASK, *load_tasks("kubernetes", split="test")[:1]])
    rows = dataset(tasks=file)
    assert rows.column_names == ["prompt", "task"] and len(rows) == 2
    assert [one["role"] for one in rows[0]["prompt"]] == ["system", "user"]
    assert json.loads(rows[0]["task"]) == ROW
    assert reward_function()(completions=[TASK.output], task=rows["task"][:1]) == [1.0]
    assert len(dataset("kubernetes", tasks=file)) == 1
    with pytest.raises(UserError, match="has no task of the domain cloudformation"):
        dataset("cloudformation", tasks=file)


def test_verifiers():
    vf = pytest.importorskip("verifiers.v1", reason="verifiers is not installed")
    from verifiers.v1.graph import MessageNode
    from verifiers.v1.trace import AgentInfo, TraceTask

    class Data(vf.TaskData):
        iacrl: dict

    class Question(vf.Task[Data]):
        pass

    data = Data(prompt=TASK.instruction, iacrl=ROW)
    config = vf.TaskConfig(rewards={"iacrl": {"fn": "iacrl.adapters.verifiers:rubric"}})
    for text, expected in ((TASK.output, 1.0), ("I cannot.", 0.0)):
        reply = MessageNode(message=vf.AssistantMessage(content=text), sampled=True)
        trace = vf.Trace(task=TraceTask(type="Question", data=data), agent=AgentInfo.model_construct(), nodes=[reply])
        asyncio.run(Question(data, config).score(trace))
        assert trace.reward == expected and trace.metrics["passed"] == expected


def test_verifiers_taskset(tmp_path):
    vf = pytest.importorskip("verifiers.v1", reason="verifiers is not installed")
    from verifiers.v1.graph import MessageNode
    from verifiers.v1.trace import AgentInfo, TraceTask

    from iacrl.adapters.verifiers_taskset import IacrlTaskset, IacrlTasksetConfig
    from iacrl.tasks import write_tasks

    file = tmp_path / "tasks.jsonl"
    write_tasks(file, [TASK])
    (task,) = IacrlTaskset(IacrlTasksetConfig(tasks=str(file)))
    assert task.key == TASK.id and TASK.instruction in task.data.prompt and task.data.system_prompt
    assert asyncio.run(task.validate(None)) is True
    reply = MessageNode(message=vf.AssistantMessage(content=TASK.output), sampled=True)
    trace = vf.Trace(task=TraceTask(type="IacrlTask", data=task.data), agent=AgentInfo.model_construct(), nodes=[reply])
    asyncio.run(task.score(trace))
    assert trace.reward == 1.0 and trace.metrics["passed"] == 1.0
