"""One instruction, one answer: what `iacrl generate` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from iacrl.config.recipes import Config
from iacrl.decoding.sampling import Decoding
from iacrl.errors import UserError
from iacrl.evaluation.backends.local import Policies
from iacrl.evaluation.choosing import best_of
from iacrl.evaluation.judges import Judges
from iacrl.runs.directory import finished_stages
from iacrl.runs.schemas_in_prompt import with_schemas
from iacrl.runs.set_up import set_up
from iacrl.scoring.samples import ScoredSample
from iacrl.tasks import Task
from iacrl.tasks.prompt import build_prompt
from iacrl.tasks.repair_turn import repair_turn
from iacrl.training.generation import Completion, generate
from iacrl.training.lineage import check_trained
from iacrl.training.model import check_device, load_base
from iacrl.training.tokenizer import load_tokenizer


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and what it took.

    Attributes:
        sample: The answer, judged and scored by the rewards that need no gold answer.
        answers: How many answers were generated.
        turns: How often an answer went back to the model.
        tokens: Tokens generated in all.
    """

    sample: ScoredSample
    answers: int
    turns: int
    tokens: int


def answer(
    config: Config, instruction: str, domain: str, *, temperature: float, choices: int = 1, repairs: int = 0
) -> Answer:
    """Return the code that the newest finished stage (else the base) writes for an instruction, and its verdict.

    Args:
        choices: The best of so many answers is chosen, by the verdict and the rewards that need no gold answer.
        repairs: So often an answer that is not valid goes back to the model, with what the validator found.

    Raises:
        UserError: The model cannot be loaded, a reward fails to load, or scoring fails on all answers of a turn.
    """
    check_device(config.model)
    judges = Judges(config)  # a reward that cannot be loaded is said before the model is loaded
    set_up(config)
    tokenizer = load_tokenizer(config.model)
    stages = finished_stages(config)
    for run in stages.values():
        check_trained(run)
    policies = Policies(load_base(config.model), stages, config.model)
    (task,) = with_schemas([Task(instruction=instruction, input="", output="", domain=domain)], config.prompt.schemas)
    messages = build_prompt(task)
    written: list[Completion] = []
    turns: list[ScoredSample] = []
    with judges, policies.use(policies.names[-1]) as model:
        for turn in range(repairs + 1):
            new = generate(
                model,
                tokenizer,
                [messages] * choices,
                Decoding(temperature),
                decoder=config.model.decoder,
                max_tokens=config.eval.max_completion_tokens,
                batch_size=min(choices, config.eval.batch_size),
                seed=config.run.seed,
            )
            written += new
            best = _best(_judged(new, task, judges))
            turns.append(best)
            if best.valid or turn == repairs:
                break
            messages = [*messages, *repair_turn(best.completion, best.verdict.diagnostics, best.verdict.unchecked)]
    # A repair may make an answer worse.
    return Answer(_best(turns), len(written), turn, sum(one.tokens for one in written))


def _judged(answers: Sequence[Completion], task: Task, judges: Judges) -> list[ScoredSample]:
    """Return the records of the answers that could be judged. What a model writes may break a reward, or take long."""
    found = judges.judge([one.text for one in answers], [task] * len(answers))
    judged = [sample for outcome, sample in found if outcome.kind != "failed"]
    if not judged:
        raise UserError(f"Scoring itself failed on every answer: {found[0][0].error}. Mend the reward.")
    return judged


def _best(samples: Sequence[ScoredSample]) -> ScoredSample:
    return samples[best_of(samples)]
