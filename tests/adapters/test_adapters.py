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
    with pytest.raises(UserError, match="no JSON text"):
        loaded.compute_score(data_source="iacrl", solution_str="x", ground_truth="42 apples")


def test_trl_function():
    from iacrl.adapters.trl import reward_function

    logged = {}
    rubric = reward_function()
    chat = [[{"role": "assistant", "content": text}] for text in (TASK.output, "no")]
    assert rubric(prompts=["p"] * 2, completions=chat, task=[ROW] * 2, log_metric=logged.__setitem__) == [1.0, 0.0]
    assert logged["passed"] == 0.5 and logged["reward/syntax"] == 0.5
    assert rubric(completions=[TASK.output], task=[json.dumps(ROW)]) == [1.0]


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
    with pytest.raises(UserError, match="no JSON text"):
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
