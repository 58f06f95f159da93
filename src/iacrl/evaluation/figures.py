"""The figures of an evaluation: the content of `eval.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from iacrl.errors import UserError
from iacrl.files import parse_json, read_text, write_json
from iacrl.records import from_plain, to_plain
from iacrl.scoring.judgement import JudgedLayer
from iacrl.scoring.samples import DecodingName

#: The common property of a slice's tasks. There is one slice by `all`, named `all`.
By = Literal["all", "domain", "family", "difficulty"]

#: Increased when the form changes in a way that breaks older readers.
FORMAT = 1

#: The file next to `samples.jsonl` with the judged answers of the trivial policies, in the same form.
TRIVIAL_SAMPLES = "trivial.jsonl"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 95 % interval, over `tasks` tasks."""

    value: float
    low: float
    high: float
    tasks: int


@dataclass(frozen=True, slots=True)
class Rates:
    """The measurements on one slice of the tasks.

    Attributes:
        passed: k to pass@k by intent, the unbiased estimator; k = 1 is always there.
        valid: k to pass@k by validity.
        layers: Layer to the share of completions that passed it.
        score: The mean score.
        stopped: The share of completions that ended by themselves; None if unknown.
        truncated: The share that the token limit cut off; None if unknown.
        tokens: Mean length; None if unknown.
        spent: Mean tokens generated for an answer, with those of answers that were repaired or not chosen; None if
            unknown.
    """

    passed: Mapping[int, Estimate]
    valid: Mapping[int, Estimate]
    layers: Mapping[JudgedLayer, Estimate]
    score: Estimate
    stopped: float | None
    truncated: float | None
    tokens: float | None
    spent: float | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """The rates on tasks with a common property. A difficulty's name is its number; unknown is `none`."""

    by: By
    name: str
    rates: Rates


@dataclass(frozen=True, slots=True)
class DiagnosticCount:
    """The number and share of completions with a code, and one message as an example."""

    code: str
    samples: int
    share: float
    example: str


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """All measurements of one policy with one decoding.

    Attributes:
        policy: The policy's label.
        decoding: How tokens were chosen.
        trivial: It is not a model but a trivial policy, with which every figure must be compared. They are `empty`,
            `echo` (the prompt), `constant` (one good answer) and `nearest` (the gold of the most similar training
            task).
        samples: Requested completions per task.
        missing: Requested completions that do not exist or could not be judged. Rates are over tasks with any
            completion; pass@k is over those with k.
        slices: The rates on all tasks, by domain, by family and by difficulty.
        diagnostics: The most frequent codes, most frequent first.
        broken: Completions that are too long to be judged, or broke a reward that can judge good answers. They score 0;
            `ScoredSample.error` says why.
    """

    policy: str
    decoding: DecodingName
    trivial: bool
    samples: int
    missing: int
    slices: tuple[Slice, ...]
    diagnostics: tuple[DiagnosticCount, ...]
    broken: int = 0

    @property
    def label(self) -> str:
        """The policy with its decoding; the decoding of answers from elsewhere is unknown."""
        return self.policy if self.decoding == "given" else f"{self.policy}, {self.decoding}"

    def rates(self, by: By = "all", name: str = "all") -> Rates:
        """Return the rates of one slice.

        Raises:
            KeyError: There is no such slice.
        """
        for slice_ in self.slices:
            if (slice_.by, slice_.name) == (by, name):
                return slice_.rates
        raise KeyError((by, name))


@dataclass(frozen=True, slots=True)
class Difference:
    """The gain of `after` over `before`, paired on the same tasks; intervals of a paired bootstrap over families.

    Attributes:
        before, after: Labels of the two policies.
        decoding: How tokens were chosen, in both.
        passed: The difference of pass@1.
        valid: The difference of the share of valid completions.
        score: The difference of the mean score.
        layers: Layer to the difference of the share of completions that passed it.
        gained: Tasks that pass only `after`.
        lost: Tasks that pass only `before`.
        p_value: Of the exact McNemar test on these two; corrected for several comparisons (Holm). The test needs one
            yes or no for each task: with several completions all three are None.
        significant: The interval of pass@1 excludes 0, and the p-value is below 0.05. Without a p-value: an interval
            widened for the number of comparisons excludes 0 (Bonferroni).
        tasks_needed: The number of tasks from such families with which four of five evaluations find a true difference
            of 5 points in pass@1. None if all tasks changed equally, so their variation is unknown.
    """

    before: str
    after: str
    decoding: DecodingName
    passed: Estimate
    valid: Estimate
    score: Estimate
    layers: Mapping[JudgedLayer, Estimate]
    gained: int | None
    lost: int | None
    p_value: float | None
    significant: bool
    tasks_needed: int | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often the fast validator and the domain's second judge agree on the completions of one policy.

    `only_fast` counts the texts that only the fast validator finds valid. `only_program` counts those that only the
    second judge, mostly the real program, finds valid.
    """

    policy: str
    decoding: DecodingName
    both_valid: int
    both_invalid: int
    only_fast: int
    only_program: int
    domain: str


@dataclass(frozen=True, slots=True)
class GeneralResult:
    """One figure of lm-evaluation-harness: a policy's value of one metric of one task.

    `stderr` is its standard error, `documents` the number of questions; None if the harness does not report them.
    """

    policy: str
    task: str
    metric: str
    value: float
    stderr: float | None
    documents: int | None = None


@dataclass(frozen=True, slots=True)
class DecodingSettings:
    """One way of choosing tokens, and how many completions of each task are drawn with it."""

    name: DecodingName
    temperature: float | None
    samples: int


@dataclass(frozen=True, slots=True)
class Protocol:
    """What was asked and how it was judged. Evaluations with the same `tasks` and `prompt` can be compared.

    Attributes:
        tasks: Digest of the tasks that were asked.
        task_count: The number of tasks.
        task_files: Each task file, such as `terraform-test`, to the digest of its rows.
        prompt: Digest of the form of the messages. A chat template belongs to the model and is recorded with the
            policy.
        extractor: Version of the extractor.
        decodings: How tokens were chosen.
        max_completion_tokens: Limit for one completion; None if unknown (a file of completions).
        seed: Of sampling.
        rubric: Reward to weight.
        gates: Reward to the condition for it to count.
        options: The options of each domain, by its name.
    """

    tasks: str
    task_count: int
    task_files: Mapping[str, str]
    prompt: str
    extractor: str
    decodings: tuple[DecodingSettings, ...]
    max_completion_tokens: int | None
    seed: int
    rubric: Mapping[str, float]
    gates: Mapping[str, str | None]
    options: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Policy:
    """A measured model, or a way to get more from one: by several answers, or by repairing them.

    Attributes:
        label: Its name in the figures.
        identity: Whatever decides its answers (digests, endpoint, quantization).
        origin: The label of the model that gives the answers; None for the model itself.
        best_of: The number of answers from which one is chosen.
        repairs: The number of turns in which an invalid answer goes back to the model.
    """

    label: str
    identity: Mapping[str, str]
    origin: str | None = None
    best_of: int = 1
    repairs: int = 0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The content of `eval.json`. The models' results come first, in the order of `policies`; then the trivial ones."""

    format: int
    iacrl: str
    protocol: Protocol
    policies: tuple[Policy, ...]
    results: tuple[PolicyResult, ...]
    differences: tuple[Difference, ...]
    agreement: tuple[Agreement, ...] = ()
    general: tuple[GeneralResult, ...] = ()

    @property
    def models(self) -> list[str]:
        """The labels of the models, in order, without the ways to get more from them."""
        return [one.label for one in self.policies if one.origin is None]

    @property
    def domains(self) -> list[str]:
        """The domains of the tasks, in the order of the slices."""
        return list(dict.fromkeys(one.name for result in self.results for one in result.slices if one.by == "domain"))

    def result(self, policy: str, decoding: DecodingName) -> PolicyResult:
        """Return the measurements of one policy with one decoding.

        Raises:
            KeyError: That was not measured.
        """
        for result in self.results:
            if (result.policy, result.decoding) == (policy, decoding):
                return result
        raise KeyError((policy, decoding))


def read_evaluation(folder: Path) -> Evaluation:
    """Return the figures of an evaluation's directory.

    Raises:
        UserError: There are none, or they have another form.
    """
    path = folder / "eval.json"
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such directory. Name that of an evaluation or of a run.")
    if not path.exists():
        raise UserError(f"{folder} holds no finished evaluation: there is no eval.json. Run `iacrl eval`.")
    return parse_evaluation(read_text(path), path)


def parse_evaluation(text: str, path: Path) -> Evaluation:
    """Return the figures that the text of an `eval.json` holds; `path` is its name in messages.

    Raises:
        UserError: The text has another form.
    """
    found = parse_json(text, path)
    try:
        return _whole(from_plain(Evaluation, found))
    except ValueError as error:
        raise UserError(f"{path}: not the figures of an evaluation: {error}.") from None


def _whole(evaluation: Evaluation) -> Evaluation:
    """Return an evaluation with all figures that readers look up: it may be from anybody."""
    for result in evaluation.results:
        if not any((one.by, one.name) == ("all", "all") for one in result.slices):
            raise ValueError(f"{result.label} has no rates on all tasks")
        for one in result.slices:
            if 1 not in one.rates.passed or 1 not in one.rates.valid:
                raise ValueError(f"{result.label} has no pass@1 for {one.by} {one.name}")
    return evaluation


def write_evaluation(folder: Path, evaluation: Evaluation) -> None:
    """Write `eval.json` in one step."""
    write_json(folder / "eval.json", to_plain(evaluation))
