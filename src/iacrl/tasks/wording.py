"""Words a request: the same facts in several registers, from terse to a ticket."""

# ruff: noqa: SIM905 - a text of words is easier to read than a set of quoted ones

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from iacrl.domains.registry import find_domain

#: What a family collects: `(label, value)` pairs, and whole clauses.
Facts = list[tuple[str, object] | str]


#: Something the answer must do: a label with its value ("visibility timeout", "45 seconds"), or a clause with "".
Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: a subject with its article ("an SQS queue") and the facts about it.

    `verb` says what to do with the subject: "create", unless the task changes something given.
    """

    subject: str
    facts: tuple[Fact, ...]
    verb: str = "create"


def ask(subject: str, *facts: tuple[str, object] | str, verb: str = "create") -> Ask:
    """Build an `Ask`; a fact is a pair of label and value, or a clause ("versioning is on")."""
    pairs = ((fact, "") if isinstance(fact, str) else (fact[0], str(fact[1])) for fact in facts)
    return Ask(subject, tuple(pairs), verb)


_TEAMS = ("platform", "payments", "data", "search", "growth", "SRE", "identity", "logistics", "billing", "mobile")


#: The share of requests with shuffled facts (except the first, which is usually a name).
_SHUFFLED = 0.4


def put_into_words(request: Ask, domain: str, rng: random.Random) -> str:
    """Return the instruction; `rng` chooses the register and the quotes, `domain` gives the language's name."""
    quote = rng.choice(("{}", "{}", "`{}`", '"{}"', "'{}'"))
    facts = [(label, quote.format(value) if value else "") for label, value in request.facts]
    if rng.random() < _SHUFFLED:
        facts = facts[:1] + rng.sample(facts[1:], len(facts[1:]))
    asked_in = find_domain(domain)
    languages = asked_in.spoken or (asked_in.label,)
    return rng.choice(_REGISTERS)(Ask(request.subject, tuple(facts), request.verb), languages, rng)


def _terse(request: Ask, languages: Sequence[str], rng: random.Random) -> str:
    mark = rng.choice((" ", ": ", "="))
    facts = [f"{label}{mark}{value}" if value else label for label, value in request.facts]
    return f"{_start(_bare(request))}: {', '.join(facts)}" if facts else _start(_bare(request))


def _imperative(request: Ask, languages: Sequence[str], rng: random.Random) -> str:
    verb = request.verb if request.verb != "create" else rng.choice(("create", "write", "define", "add", "set up"))
    pairs, clauses = _pairs(request)
    with_pairs = f" with {listed([f'{label} {value}' for label, value in pairs])}" if pairs else ""
    return _sentences([f"{verb} {request.subject}{with_pairs}", *clauses])


def _need(request: Ask, languages: Sequence[str], rng: random.Random) -> str:
    opening = rng.choice(("we need", "I need", "our team needs", "please provide", "I would like"))
    what = request.subject if request.verb == "create" else f"to {request.verb} {request.subject}"
    if opening == "please provide" and request.verb != "create":
        opening = "we need"
    pairs, clauses = _pairs(request)
    be = rng.choice(("is", "should be", "must be"))
    return _sentences([f"{opening} {what}", *(_stated(label, value, be, "the ") for label, value in pairs), *clauses])


def _bullets(request: Ask, languages: Sequence[str], rng: random.Random) -> str:
    mark = rng.choice(("-", "*", "•"))
    opening = rng.choice(
        (
            f"Write {rng.choice(languages)} to {request.verb} {request.subject}:",
            f"{_start(request.verb)} {request.subject} as follows.",
            f"Task: {request.verb} {request.subject}.",
        )
    )
    return "\n".join([opening, *(f"{mark} {_line(fact)}" for fact in request.facts)])


def _question(request: Ask, languages: Sequence[str], rng: random.Random) -> str:
    opening = rng.choice(
        (
            f"How would you {request.verb} {request.subject} in {languages[0]}?",
            f"Can you {request.verb} {request.subject}?",
            f"What does the {languages[0]} look like to {request.verb} {request.subject}?",
        )
    )
    pairs, clauses = _pairs(request)
    rest = [f"{label}: {value}" for label, value in pairs] + clauses
    return f"{opening} {_start('; '.join(rest))}." if rest else opening


def _ticket(request: Ask, languages: Sequence[str], rng: random.Random) -> str:
    key = f"{rng.choice(('OPS', 'PLAT', 'INFRA', 'SRE', 'CLOUD', 'DEVX'))}-{rng.randint(100, 9999)}"
    title = f"{_start(request.verb)} {request.subject}"
    why = rng.choice(
        (
            f"The {rng.choice(_TEAMS)} team is blocked on this.",
            f"Requested by the {rng.choice(_TEAMS)} team for the next release.",
            "This has been done by hand so far and must be in code.",
            f"Part of moving {rng.choice(_TEAMS)} to infrastructure as code.",
        )
    )
    heading = rng.choice(("Acceptance criteria", "Requirements", "Details", "Definition of done"))
    return "\n".join([f"{key}: {title}", "", why, "", f"{heading}:", *(f"- {_line(fact)}" for fact in request.facts)])


def _chat(request: Ask, languages: Sequence[str], rng: random.Random) -> str:
    opening = rng.choice(("hey, can you", "hi! could you", "quick one: please", "could somebody"))
    closing = rng.choice(("thanks!", "thx", "cheers", "no rush", "just the code please"))
    pairs, clauses = _pairs(request)
    rest = [f"{label} {value}" for label, value in pairs] + clauses
    return f"{', '.join([f'{opening} {request.verb} {request.subject}', *rest])}. {closing}"


def _story(request: Ask, languages: Sequence[str], rng: random.Random) -> str:
    who = rng.choice(("a developer", "a platform engineer", "an on-call engineer", "a data engineer", "a team lead"))
    pairs, clauses = _pairs(request)
    given = [_stated(label, value, "is") for label, value in pairs] + clauses
    numbered = "".join(f"\n{n}. {_start(item)}" for n, item in enumerate(given, start=1))
    return f"As {who} I want to {request.verb} {request.subject}.{numbered}"


#: A label that begins or ends with one of these is not a noun that can have a value.
_LEADS = frozenset(
    """a allow allows an and applies at but by denies except fewest for from greatest in lets most on only scales
    selects smallest stored the tolerates with""".split()
)
_TAILS = frozenset(
    """after allows as at become becomes by called equals from images in like matches of on reports subscribes than
    there to when with""".split()
)

_REGISTERS: tuple[Callable[[Ask, Sequence[str], random.Random], str], ...] = (
    _terse,
    _imperative,
    _imperative,
    _need,
    _bullets,
    _question,
    _ticket,
    _chat,
    _story,
)


def _pairs(request: Ask) -> tuple[list[tuple[str, str]], list[str]]:
    return [fact for fact in request.facts if fact[1]], [label for label, value in request.facts if not value]


def _stated(label: str, value: str, be: str, article: str = "") -> str:
    """Return "the delay is 5 s", or "lets traffic out to 10.0.0.0/8" if the label already has a verb."""
    words = label.split()
    if be == "is" and words[-1].endswith("s") and not words[-1].endswith(("ss", "us")):
        be = "should be"
    if words[0] in _LEADS or words[-1] in _TAILS:
        return f"{label} {value}"
    return f"{'' if words[0] == 'its' else article}{label} {be} {value}"


def _bare(request: Ask) -> str:
    subject = request.subject
    for article in ("a ", "an ", "the "):
        subject = subject.removeprefix(article)
    return subject if request.verb == "create" else f"{request.verb} {request.subject}"


def _line(fact: Fact) -> str:
    label, value = fact
    return f"{label}: {value}" if value else label


def _start(text: str) -> str:
    return text[:1].upper() + text[1:]


def listed(items: Sequence[str]) -> str:
    """Return "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _sentences(items: Sequence[str]) -> str:
    return " ".join(f"{_start(item).rstrip('.')}." for item in items)
