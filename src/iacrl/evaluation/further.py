"""More answers from the same model, as policies of their own: the best of several, and answers repaired in turns.

`LABEL+best-of-N` chooses from N sampled completions. It needs none of its own. `LABEL+repair-K` is the best of the
first answer and at most K turns, because a turn may make an answer worse. The model gets a turn for each answer that is
not valid, and mends the newest one. Both see only what is known at inference, and choose as `iacrl generate` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from iacrl.config.sections import EvalSection
from iacrl.errors import UserError
from iacrl.evaluation.backends import Reply, Request
from iacrl.evaluation.choosing import as_at_inference, best_of
from iacrl.evaluation.figures import DecodingSettings, Policy
from iacrl.evaluation.judges import Judges
from iacrl.evaluation.log import Sampled
from iacrl.evaluation.rates import ks_of
from iacrl.scoring.samples import ScoredSample
from iacrl.tasks import Task
from iacrl.tasks.repair_turn import repair_turn

#: Samples that are judged at once when the best are chosen.
_BATCH = 256


def with_further(
    models: Sequence[Policy], settings: EvalSection, decodings: Sequence[DecodingSettings]
) -> tuple[Policy, ...]:
    """Return each model, followed by the policies that get more from it.

    Raises:
        UserError: There are not enough completions to choose from, or the answers come from a file and cannot be
            repaired.
    """
    most = max(decoding.samples for decoding in decodings)
    if settings.best_of > most:
        raise UserError(
            f"eval.best_of = {settings.best_of} chooses from the sampled completions of a task, and there are {most}. "
            f"Set eval.samples={settings.best_of}, and have `sampled` among eval.decodings."
        )
    if settings.repair and any(decoding.name == "given" for decoding in decodings):
        raise UserError("eval.repair asks the model again, and a file of completions has no model. Set eval.repair=0.")
    return tuple(policy for model in models for policy in (model, *_further(model, settings)))


def _further(model: Policy, settings: EvalSection) -> Iterator[Policy]:
    for count in ks_of(settings.best_of)[1:]:
        yield replace(model, label=f"{model.label}+best-of-{count}", origin=model.label, best_of=count)
    for turn in range(1, settings.repair + 1):
        yield replace(model, label=_repaired(model.label, turn), origin=model.label, repairs=turn)


def _repaired(label: str, turn: int) -> str:
    return f"{label}+repair-{turn}" if turn else label


def turn_before(policy: Policy) -> str:
    """Return the label of the policy whose answers a repair continues."""
    return _repaired(str(policy.origin), policy.repairs - 1)


def with_best(
    samples: Iterable[ScoredSample], tasks: Mapping[str, Task], policies: Sequence[Policy], judges: Judges
) -> Iterator[ScoredSample]:
    """Yield the samples, and after those of a task the best ones, for every policy that chooses.

    Args:
        samples: The judged samples. Those of one policy, decoding and task are in a row.
        tasks: The id of each task to the task.
    """
    choosing: dict[str, list[Policy]] = {}
    for policy in policies:
        if policy.best_of > 1 and policy.origin is not None:
            choosing.setdefault(policy.origin, []).append(policy)
    group: list[ScoredSample] = []
    groups: list[list[ScoredSample]] = []
    for one in samples:
        yield one
        if one.policy not in choosing:
            continue
        if group and _key(group[0]) != _key(one):
            groups.append(group)
            group = []
            if sum(map(len, groups)) >= _BATCH:
                yield from _best(groups, tasks, choosing, judges)
                groups = []
        group.append(one)
    yield from _best([*groups, group] if group else groups, tasks, choosing, judges)


def with_best_turns(
    sampled: Sequence[Sampled], tasks: Mapping[str, Task], policies: Sequence[Policy], judges: Judges
) -> list[Sampled]:
    """Return the completions with the best of each repair's answers so far in place of its newest one.

    Args:
        sampled: The completions of all policies.
        tasks: The id of each task to the task.
    """
    known = {(one.policy, one.decoding, one.task, one.sample): one for one in sampled}
    repairs = {policy.label: policy for policy in policies if policy.repairs}

    def answers(one: Sampled) -> list[Sampled]:
        """Return the answers of a repair, the first one first; a turn that is missing ends them."""
        found = [one]
        while (policy := repairs.get(found[-1].policy)) is not None and found[-1].turns:
            earlier = known.get((turn_before(policy), one.decoding, one.task, one.sample))
            if earlier is None:
                break
            found.append(earlier)
        return found[::-1]

    repaired = {number: answers(one) for number, one in enumerate(sampled) if one.policy in repairs and one.turns}
    flat = [one for group in repaired.values() for one in group]
    judged = judges.judge([one.completion for one in flat], [as_at_inference(tasks[one.task]) for one in flat])
    seen = iter([sample for _, sample in judged])
    kept = list(sampled)
    for number, group in repaired.items():
        best = group[best_of([next(seen) for _ in group])]
        newest = sampled[number]
        kept[number] = replace(best, policy=newest.policy, spent=newest.spent)
    return kept


def _key(sample: ScoredSample) -> tuple[str, str, str]:
    return sample.policy, sample.decoding, sample.task


def _best(
    groups: Sequence[Sequence[ScoredSample]],
    tasks: Mapping[str, Task],
    choosing: Mapping[str, Sequence[Policy]],
    judges: Judges,
) -> Iterator[ScoredSample]:
    flat = [one for group in groups if len(group) > 1 for one in group]
    judged = judges.judge([one.completion for one in flat], [as_at_inference(tasks[one.task]) for one in flat])
    blind = iter([sample for _, sample in judged])
    for group in groups:
        if len(group) < 2:
            continue
        seen = [next(blind) for _ in group]
        for policy in choosing[group[0].policy]:
            size = policy.best_of
            for number, start in enumerate(range(0, len(group) - size + 1, size)):
                chosen = group[start + best_of(seen[start : start + size])]
                costs = [one.tokens for one in group[start : start + size]]
                spent = None if None in costs else sum(cost or 0 for cost in costs)
                yield replace(chosen, policy=policy.label, sample=number, spent=spent)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a repair.

    Attributes:
        kept: The answers that are valid already.
        requests: What to ask for the others.
        spent: Task and sample of each of these to the tokens that were spent so far; None if unknown.
    """

    kept: tuple[Reply, ...]
    requests: tuple[Request, ...]
    spent: Mapping[tuple[str, int], int | None]

    def with_cost(self, reply: Reply) -> Reply:
        """Return a repaired answer with the tokens that it has cost in all."""
        before = self.spent[reply.request.task.id, reply.request.sample]
        known = before is not None and reply.tokens is not None
        return replace(reply, spent=(before or 0) + (reply.tokens or 0) if known else None)


def next_turn(before: Sequence[Sampled], tasks: Mapping[str, Task], judges: Judges) -> Turn:
    """Return the turn that follows these answers.

    Args:
        before: The answers of the turn before.
        tasks: The id of each task to the task.
    """
    asked = [tasks[one.task] for one in before]
    judged = judges.judge([one.completion for one in before], [as_at_inference(task) for task in asked])
    kept: list[Reply] = []
    requests: list[Request] = []
    costs: dict[tuple[str, int], int | None] = {}
    for one, task, (_, found) in zip(before, asked, judged, strict=True):
        spent = one.tokens if one.spent is None else one.spent
        if found.valid:
            kept.append(Reply(Request(task, one.sample, one.turns), one.completion, one.tokens, one.finish, spent))
            continue
        turn = repair_turn(one.completion, found.verdict.diagnostics, found.verdict.unchecked)
        requests.append(Request(task, one.sample, (*one.turns, *turn)))
        costs[one.task, one.sample] = spent
    return Turn(tuple(kept), tuple(requests), costs)
