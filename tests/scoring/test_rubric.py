import pytest

import iacrl
from iacrl.scoring.registry import find_reward, reward_names
from iacrl.scoring.rubric import build_rubric

TASKS = [iacrl.load_tasks(domain, split="test")[0] for domain in ("terraform", "kubernetes")]
FENCES = {"terraform": "terraform", "kubernetes": "yaml"}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.domain)
def test_the_gold_answer_scores_one_and_passes(task):
    score = iacrl.score(f"```{FENCES[task.domain]}\n{task.output}```", task)
    assert score.total == pytest.approx(1.0)
    assert score.passed and score.valid


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.domain)
def test_cheap_texts_score_near_zero(task):
    comment = "# " + task.instruction.replace("\n", " ")
    for text in ("", comment, task.instruction, "I cannot help with that.", "{" * 50):
        score = iacrl.score(text, task)
        assert score.total <= 0.1 and not score.passed and not score.valid, text


def test_valid_text_that_does_not_do_what_was_asked_scores_little():
    first, other = iacrl.load_tasks("terraform", split="test")[0], None
    for other in iacrl.load_tasks("terraform", split="test"):
        if other.family != first.family:
            break
    score = iacrl.score(other.output, first)
    assert score.valid and not score.passed
    assert score.total <= 0.35


def test_every_shipped_reward_is_found_by_name_and_describes_itself():
    assert {"syntax", "schema", "references", "intent", "complete", "format", "brevity"} <= set(reward_names())
    for name in reward_names():
        assert find_reward(name).name == name
        assert find_reward(name).description


def test_an_unknown_reward_names_the_nearest():
    with pytest.raises(iacrl.UserError, match="Did you mean 'intent'"):
        find_reward("intnet")


def write(path, body):
    path.write_text("import iacrl\n\n\n" + body)
    return str(path)


def test_a_reward_of_ones_own_is_named_by_its_file(tmp_path):
    path = write(
        tmp_path / "half.py", '@iacrl.reward\ndef half(task, verdict):\n    """Always a half."""\n    return 0.5\n'
    )
    score = build_rubric({path: 1.0, "references": 1.0}).score(TASKS[0].output, TASKS[0])
    assert score.parts == {"half": 0.5, "references": 1.0}
    assert score.total == pytest.approx(0.75)


def test_a_reward_that_abstains_counts_with_neither_value_nor_weight(tmp_path):
    path = write(tmp_path / "silent.py", '@iacrl.reward\ndef silent(task, verdict):\n    """Nothing to say."""\n')
    score = build_rubric({path: 5.0, "references": 1.0}).score(TASKS[0].output, TASKS[0])
    assert score.total == pytest.approx(1.0)


@pytest.mark.parametrize("value", ["float('nan')", "2", "-0.1", "'high'", "True"])
def test_a_reward_that_returns_no_share_is_named(tmp_path, value):
    path = write(tmp_path / "odd.py", f'@iacrl.reward\ndef odd(task, verdict):\n    """Odd."""\n    return {value}\n')
    with pytest.raises(iacrl.UserError, match=r"'odd' returned .*\[0, 1\]"):
        build_rubric({path: 1.0}).score("", TASKS[0])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("1 / 0\n", "ZeroDivisionError"),
        ("x = 1\n", "found 0"),
        ("@iacrl.reward\ndef bare(task, verdict):\n    return 1.0\n", "docstring"),
    ],
)
def test_a_file_that_holds_no_reward_says_why(tmp_path, body, expected):
    with pytest.raises(iacrl.UserError, match=expected):
        find_reward(write(tmp_path / "broken.py", body))
