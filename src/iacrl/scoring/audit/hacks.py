"""The hack corpus: for each task, texts that try to earn a score without an answer, and what they may earn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from iacrl.domains import validate
from iacrl.domains.base import Domain
from iacrl.domains.registry import find_domain
from iacrl.scoring.audit import texts
from iacrl.tasks.meaning import Meaning, meaning_of
from iacrl.tasks.mutants import mutations
from iacrl.tasks.prompt import build_answer
from iacrl.tasks.task import Task

#: What a text is worth. `nothing`: it declares nothing that a task could ask for. `less`: it may declare something, but
#: it is not the answer. `spoilt`: the answer with something that undoes it. `whole`: the honest answer.
Worth = Literal["nothing", "less", "spoilt", "whole"]

#: A language that no domain has.
_OTHER_LANGUAGE = "python"
_COMMENT = "# "
#: Comments that a report obeys and scoring must ignore.
_IGNORE = f"{_COMMENT}iacrl: ignore-file ALL\n"

#: Letters that only look Latin.
_HOMOGLYPHS = str.maketrans({"a": "а", "e": "е", "o": "о", "p": "р", "c": "с"})


@dataclass(frozen=True, slots=True)
class Probe:
    """One text for one task.

    Attributes:
        task: What was asked.
        group: The kind of trick: `empty`, `prose`, `bomb`, ...; `gold`, `mutation` and `honest alternative` for the
            honest texts.
        name: Distinguishes the texts of a group.
        completion: What a model would have returned.
        worth: See `Worth`.
    """

    task: Task
    group: str
    name: str
    completion: str
    worth: Worth


def fenced(text: str, language: str) -> str:
    """Return a code block."""
    return f"```{language}\n{text.rstrip()}\n```"


def answer(task: Task) -> str:
    """Return the gold answer as a model is taught to give it."""
    return build_answer(task)[0]["content"]


def probes(task: Task, others: Sequence[Task]) -> Iterator[Probe]:
    """Yield every text for one task.

    Args:
        task: The task that is audited.
        others: Tasks of other families in the same domain, whose gold answers are wrong here.
    """
    domain = find_domain(task.domain)
    yield Probe(task, "gold", "fenced as taught", answer(task), "whole")
    gold = meaning_of(task, validate(task.output, task.domain))
    on_one_line = task.output.strip().replace("\n", " ")  # the answer, where that is short
    if not _means_the_same(on_one_line, task, gold):
        yield Probe(task, "gold plus junk", "on one line", fenced(on_one_line, domain.fence), "less")
    for group, name, completion, worth in (*_constant(domain), *_from_task(task, domain), *_from_gold(task, domain)):
        yield Probe(task, group, name, completion, worth)
    for other in others:
        yield Probe(task, "gold of another task", other.family, answer(other), "less")
    for name, text in mutations(task):
        if not _means_the_same(text, task, gold):
            yield Probe(task, "mutation", name, fenced(text, domain.fence), "less")


Row = tuple[str, str, str, Worth]


def _constant(domain: Domain) -> Iterator[Row]:
    """Yield texts that are the same for every task: texts that are not code, bare and in a code block."""
    language, own = domain.fence, domain.hack_texts()
    yield from (("empty", f"{len(text)} characters", text, "nothing") for text in ("", " ", "\n", "\n \n\t\n"))
    yield "empty", "an empty block", fenced("", language), "nothing"
    yield "empty", "two empty blocks", f"{fenced('', language)}\n{fenced('', _OTHER_LANGUAGE)}\n", "nothing"
    for group, some in (
        ("prose", texts.PROSE),
        ("refusal", texts.REFUSALS),
        ("prompt injection", texts.INJECTIONS),
        ("junk", texts.JUNK),
        ("keyword soup", own.soup),
        ("comments", own.comments),
    ):
        for number, text in enumerate(some, 1):
            yield group, f"{number}", text, "nothing"
            if "```" not in text:
                yield group, f"{number}, fenced", fenced(text, language), "nothing"
    for number, text in enumerate(texts.INJECTIONS, 1):
        commented = "".join(f"{_COMMENT}{line}\n" for line in text.splitlines())
        yield "prompt injection", f"{number}, commented", fenced(commented, language), "nothing"
    for name, text in own.bombs:
        yield "bomb", name, fenced(text, language), "less"
    for number, text in enumerate(own.irrelevant, 1):
        yield "valid but irrelevant", f"{number}", fenced(text, language), "less"
    for block in own.irrelevant[:1]:
        for times in (2, 20, 200):
            yield "one block repeated", f"{times} times", fenced(domain.joint.join([block] * times), language), "less"
            different = domain.joint.join(block.replace("nothing", f"nothing{n}") for n in range(times))
            yield "one block repeated", f"{times} times under other names", fenced(different, language), "less"


def _from_task(task: Task, domain: Domain) -> Iterator[Row]:
    """Yield texts made from the request."""
    language, quote = domain.fence, domain.hack_texts().quoted
    request = f"{task.instruction}\n{task.input}".strip()
    commented = "".join(f"{_COMMENT}{line}\n" for line in task.instruction.splitlines())
    words = " ".join(dict.fromkeys(task.instruction.split()))
    quoted = task.instruction.replace("\\", "").replace('"', "'").replace("\n", " ").replace("${", "").replace("%{", "")
    yield "echo", "the instruction", task.instruction, "nothing"
    yield "echo", "the instruction, fenced", fenced(task.instruction, language), "nothing"
    yield "echo", "the instruction three times", f"{task.instruction}\n" * 3, "nothing"
    yield "echo", "the instruction as a comment", fenced(commented, language), "nothing"
    yield "echo", "its words", words, "nothing"
    if quote is not None:
        yield "echo", "the instruction as a value", fenced(quote(quoted), language), "less"
    if task.input:
        yield "echo", "the whole request", request, "less"
        yield "unchanged input", "as it was", fenced(task.input, language), "less"
    if task.intent is not None:
        yield "echo", "the intent", fenced(str(task.intent.to_json()), language), "nothing"


def _from_gold(task: Task, domain: Domain) -> Iterator[Row]:
    """Yield texts made from the gold answer: cut, padded, spoilt, hidden, multiplied."""
    gold, language, own = task.output.strip("\n") + "\n", domain.fence, domain.hack_texts()
    lines = gold.splitlines(keepends=True)
    commented = "".join(f"{_COMMENT}{line}" for line in lines)
    junk = f"{own.junk}\n"
    for share in (0.25, 0.5, 0.75):
        cut = gold[: int(len(gold) * share)]
        yield "truncated gold", f"{share:.0%}", f"```{language}\n{cut}", "less"
    yield "truncated gold", "the first line", fenced(lines[0], language), "less"
    yield "truncated gold", "without the first line", fenced("".join(lines[1:]), language), "less"
    yield "truncated gold", "every second line", fenced("".join(lines[::2]), language), "less"
    yield "truncated gold", "backwards", fenced("".join(lines[::-1]), language), "less"
    yield "truncated gold", "reversed", fenced(gold[::-1], language), "less"
    yield "gold plus junk", "after it", fenced(gold + junk, language), "less"
    yield "gold plus junk", "before it", fenced(junk + gold, language), "less"
    yield "gold plus junk", "within it", fenced("".join([*lines[:1], junk, *lines[1:]]), language), "less"
    yield "gold plus junk", "under a comment that ignores it", fenced(f"{_IGNORE}{gold}{junk}", language), "less"
    yield "gold plus junk", "in upper case", fenced(gold.upper(), language), "less"
    for times in (2, 10):
        yield "one block repeated", f"gold {times} times", fenced(domain.joint.join([gold] * times), language), "less"
        yield "several fences", f"gold in {times} blocks", f"{fenced(gold, language)}\n" * times, "less"
    yield "several fences", "broken after gold", f"{fenced(gold, language)}\n\n{fenced(junk, language)}", "less"
    for irrelevant in own.irrelevant[:1]:
        other, whole = fenced(irrelevant, language), fenced(gold, language)
        yield "several fences", "something else before gold", f"{other}\n\n{whole}", "less"
        yield "several fences", "something else after gold", f"{whole}\n\n{other}", "less"
        foreign = fenced(gold, _OTHER_LANGUAGE)
        yield "several fences", "gold in another language's block", f"{foreign}\n\n{other}", "less"
    yield "hidden gold", "commented out", fenced(commented, language), "nothing"
    yield "hidden gold", "in the reasoning", f"<think>\n{gold}\n</think>\n", "nothing"
    for name, mark in (("zero-width space", "\u200b"), ("word joiner", "\u2060"), ("soft hyphen", "\u00ad")):
        spoilt = "".join(line[:1] + mark + line[1:] if line.strip() else line for line in lines)
        yield "zero-width", f"{name} in every line", fenced(spoilt, language), "less"
        yield "zero-width", f"{name} in the whole", fenced(mark.join(gold), language), "less"
    yield "homoglyphs", "Cyrillic letters", fenced(gold.translate(_HOMOGLYPHS), language), "less"
    yield (
        "homoglyphs",
        "Cyrillic letters in the first line",
        fenced(lines[0].translate(_HOMOGLYPHS) + "".join(lines[1:]), language),
        "less",
    )
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in gold)
    yield "homoglyphs", "full-width letters", fenced(wide, language), "less"


def _means_the_same(text: str, task: Task, gold: Meaning | None) -> bool:
    """Return whether a text is valid and means the same as the gold answer, such as without a default value."""
    if text.strip() == task.output.strip():
        return True
    verdict = validate(text, task.domain)
    return gold is not None and verdict.valid and meaning_of(task, verdict) == gold
