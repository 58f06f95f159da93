"""The files that `iacrl reward new` writes: a reward that runs, and a test that passes."""

from __future__ import annotations

import keyword
from pathlib import Path

from iacrl.domains.registry import domain_names
from iacrl.errors import UserError
from iacrl.files import write_atomically
from iacrl.scoring.registry import reward_names

_REWARD = '''"""What this reward looks at."""

import iacrl


@iacrl.reward
def {name}(task, verdict):
    """1 where every line is at most 100 characters long, else the share of lines that are."""
    lines = verdict.text.splitlines()
    if not lines:
        return None  # nothing to say
    return sum(len(line) <= 100 for line in lines) / len(lines)
'''

_TEST = '''from pathlib import Path

import iacrl
from iacrl.scoring.rubric import build_rubric

REWARD = Path(__file__).with_name("{name}.py")
TASK = iacrl.load_tasks("{domain}", split="test")[0]


def value(completion):
    """Return what the reward gives to one completion."""
    return build_rubric({{str(REWARD): 1.0}}).score(completion, TASK).parts["{name}"]


def test_the_gold_answer_has_full_marks():
    assert value(TASK.output) == 1.0


def test_a_worse_answer_has_less():
    assert value("# short\\n# " + "long " * 30 + "\\n") == 0.5


def test_it_abstains_on_an_empty_text():
    assert value("") is None
'''


def write_reward(name: str, folder: Path) -> tuple[Path, Path]:
    """Write `NAME.py` and `test_NAME.py` into a folder, and return their paths.

    Raises:
        UserError: The name is not a Python name or is taken, the folder does not exist, or a file would be overwritten.
    """
    if not name.isidentifier() or keyword.iskeyword(name):
        raise UserError(
            f"{name!r} cannot name a Python function; use letters, digits and underscores, and no word of Python's own."
        )
    if name in reward_names():
        raise UserError(f"There is a reward {name!r} already; see `iacrl reward list`. Choose another name.")
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder.")
    source, test = folder / f"{name}.py", folder / f"test_{name}.py"
    for path in (source, test):
        if path.exists():
            raise UserError(f"{path} exists already; choose another name or remove it.")
    write_atomically(source, _REWARD.format(name=name))
    write_atomically(test, _TEST.format(name=name, domain=domain_names()[0]))
    return source, test
