"""`iacrl rescore`: saved completions judged again, by today's validator and rubric."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from iacrl.config.of_run import load_config_of_run
from iacrl.domains.extract import EXTRACTOR_VERSION
from iacrl.errors import UserError
from iacrl.evaluation.asked import read_asked
from iacrl.evaluation.figures import (
    TRIVIAL_SAMPLES,
    Evaluation,
    parse_evaluation,
    read_evaluation,
    write_evaluation,
)
from iacrl.evaluation.judging import Judging, check_engine, judge_into
from iacrl.evaluation.log import CompletionLog
from iacrl.evaluation.on_ray import open_judges
from iacrl.evaluation.protocol import COMPLETIONS
from iacrl.files import read_text, replacing, write_atomically, write_json
from iacrl.records import to_plain
from iacrl.runs.directory import RunDirectory, refuse_links
from iacrl.runs.lock import run_lock
from iacrl.runs.manifest import now
from iacrl.scoring.samples import DecodingName, ScoredSample, read_samples

#: The manifest's entry while old files are replaced: after a kill there, the files before are those that were kept.
_BETWEEN = "rescoring"


@dataclass(frozen=True, slots=True)
class Flip:
    """A completion with another verdict than before.

    Attributes:
        sample: The sample as judged today.
        why: What decides today's verdict but not the old one, or the old one but not today's.
    """

    sample: ScoredSample
    was_valid: bool
    had_passed: bool
    why: str


@dataclass(frozen=True, slots=True)
class Rescored:
    """The changes from judging again.

    Attributes:
        flips: The completions whose validity or success changed.
        scores: How many completions have another score; more than the flips if the rubric changed.
        repaired: What had to be repaired in the file of completions; mostly empty.
    """

    folder: Path
    before: Evaluation
    after: Evaluation
    flips: Sequence[Flip]
    scores: int
    completions: int
    repaired: str

    def reasons(self) -> list[tuple[str, int]]:
        """Return why completions flipped, most frequent first."""
        return Counter(flip.why for flip in self.flips).most_common()


def rescore(
    run: str, overrides: Sequence[str] = (), *, engine: str | None = None, trust: bool = False, ray: str | None = None
) -> Rescored:
    """Judge an evaluation's completions again, and replace its samples and figures.

    The old files are kept as `samples.before.jsonl`, `trivial.before.jsonl` and `eval.before.json`. A kill at any
    moment leaves the completions unchanged, and rescoring can be repeated: it then keeps the files from before the
    kill. Verdicts of second judges are kept.

    Args:
        run: The directory of an evaluation, or of a run that holds one.
        overrides: `key.sub=value` changes of its configuration, such as other weights of the rubric.
        engine: The domain whose second judge also judges.
        ray: The Ray cluster that judges; None judges in processes of this machine.
        trust: Whether code that its configuration names may be run; see `iacrl.config.of_run`.

    Raises:
        UserError: There is no finished evaluation, its tasks have changed, it names code, a file of it is a link, or
            another process is at work in it.
    """
    folder = Path(run) / "eval" if (Path(run) / "eval" / "eval.json").is_file() else Path(run)
    read_evaluation(folder)  # a folder without one gets no lock
    refuse_links(folder, "changed")
    with run_lock(folder.resolve()):
        return _rescore(folder, overrides, engine=engine, trust=trust, ray=ray)


def _rescore(folder: Path, overrides: Sequence[str], *, engine: str | None, trust: bool, ray: str | None) -> Rescored:
    before = read_evaluation(folder)
    config = load_config_of_run(folder, overrides, trust=trust)
    check_engine(engine, config)
    asked = read_asked(config)
    if asked.digest != before.protocol.tasks:
        raise UserError(
            f"{folder}: its tasks differ from those of {config.data.test} (digest {before.protocol.tasks[:12]} then, "
            f"{asked.digest[:12]} now). Give the task file that it was made with (data.test=FILE), and "
            "leave the rest of `data` and `eval.rows` as they were."
        )
    protocol = replace(
        before.protocol,
        extractor=EXTRACTOR_VERSION,
        rubric=config.rewards.weights,
        gates=config.rewards.gates,
        options=config.domains,
    )
    log = CompletionLog(folder / COMPLETIONS)
    samples, trivial, figures = folder / "samples.jsonl", folder / TRIVIAL_SAMPLES, folder / "eval.json"
    kept = {old: old.with_stem(f"{old.stem}.before") for old in (samples, trivial, figures)}
    run = RunDirectory(folder)
    manifest = run.read_manifest()
    was_killed = _BETWEEN in manifest and kept[samples].is_file() and kept[figures].is_file()
    if was_killed:
        before = parse_evaluation(read_text(kept[figures]), kept[figures])
    fresh = {old: old.with_stem(f"{old.stem}.new") for old in (samples, trivial)}
    try:
        with open_judges(config, ray) as judges:
            programs = {(one.domain, one.text): one.engine for one in read_samples(samples) if one.engine is not None}
            judging = Judging(asked, protocol, before.policies, judges, programs, engine=engine)
            after = judge_into(fresh[samples], fresh[trivial], log.rows(), judging, before.general)
        flips, scores = _changes(kept[samples] if was_killed else samples, fresh[samples])
        if was_killed or after != before or scores:
            if not was_killed:
                for old, copy in kept.items():
                    _keep(old, copy)
                run.update_manifest({_BETWEEN: now()})
            for old, new in fresh.items():
                new.replace(old)
            write_evaluation(folder, after)
            write_atomically(folder / "config.yaml", config.to_yaml())
            manifest.pop(_BETWEEN, None)
            write_json(folder / "manifest.json", {**manifest, "protocol": to_plain(protocol), "rescored": now()})
    finally:
        for new in fresh.values():
            new.unlink(missing_ok=True)
    return Rescored(folder, before, after, flips, scores, len(log), log.repaired)


def _keep(old: Path, copy: Path) -> None:
    """Copy a file if there is one; the copy is complete or not there."""
    if old.exists():
        with old.open("rb") as source, replacing(copy) as file:
            shutil.copyfileobj(source, file)


def _changes(old: Path, new: Path) -> tuple[list[Flip], int]:
    """Return the flipped completions, and how many have another score."""
    before = {_key(sample): sample for sample in read_samples(old)}
    flips: list[Flip] = []
    scores = 0
    for now_ in read_samples(new):
        then = before.get(_key(now_))
        if then is None:
            continue
        scores += then.score != now_.score
        if (then.valid, then.passed) != (now_.valid, now_.passed):
            flips.append(Flip(now_, then.valid, then.passed, _why(then, now_)))
    return flips, scores


def _key(sample: ScoredSample) -> tuple[str, DecodingName, str, int]:
    return sample.policy, sample.decoding, sample.task, sample.sample


def _why(then: ScoredSample, now_: ScoredSample) -> str:
    old, new = _errors(then), _errors(now_)
    if then.text != now_.text:
        return "another text is extracted"
    if new - old:
        return f"found now: {', '.join(sorted(new - old))}"
    if old - new:
        return f"no longer found: {', '.join(sorted(old - new))}"
    missed, missing = _unmet(then), _unmet(now_)
    if missing - missed:
        return f"no longer met: {min(missing - missed)}"
    if missed - missing:
        return f"met now: {min(missed - missing)}"
    return "what counts as an answer has changed"


def _errors(sample: ScoredSample) -> set[str]:
    return {found.code for found in sample.verdict.diagnostics if found.severity == "error"}


def _unmet(sample: ScoredSample) -> set[str]:
    return {clause.clause for clause in sample.intent or () if not clause.met}
