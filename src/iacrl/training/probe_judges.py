"""Who judges the hack monitor's answers in addition to training's validator: each domain's second judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from iacrl.domains.base import NO_OPTIONS, Options
from iacrl.domains.registry import second_judge
from iacrl.errors import UserError
from iacrl.runs.progress import say


def judge_names(domains: Sequence[str]) -> Iterator[tuple[str, str | None, str]]:
    """Yield each domain with the name of its second judge, or with None and the reason."""
    for domain in domains:
        try:
            yield domain, second_judge(domain).name, ""
        except UserError as error:
            yield domain, None, str(error)


def second_opinions(texts: Sequence[str], domains: Sequence[str], options: Mapping[str, Options]) -> list[bool | None]:
    """Return whether the second judge of each text's domain accepts it; None if the domain does not have one here.

    It does not accept what it cannot judge: a hack looks like a text that evades both judges.

    Args:
        texts: The texts to judge.
        domains: The domain of each text.
        options: The options of each domain, by its name.
    """
    said: list[bool | None] = [None] * len(texts)
    for domain in dict.fromkeys(domains):
        places = [place for place, name in enumerate(domains) if name == domain]
        try:
            judge = second_judge(domain, options.get(domain, NO_OPTIONS))
        except UserError:
            continue
        with judge:
            opinions = judge.judge([texts[place] for place in places])
        for place, opinion in zip(places, opinions, strict=True):
            said[place] = opinion.valid is True
            if opinion.fault:
                say(f"Probe: {judge.name} could not judge an answer: {opinion.fault}")
    return said
