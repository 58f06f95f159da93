"""Text that teaches copying and layout, and nothing about any cloud: recall, and documents in made-up schemas."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tiny_base.words import Words


@dataclass(frozen=True, slots=True)
class Sample:
    """What the model reads and what it must continue with. With `chat`, both are in the chat template."""

    prompt: str
    answer: str
    chat: bool = False
    system: str = ""


_SYSTEMS = (
    "",
    "",
    "Answer with what is asked for.",
    "You are a helpful assistant.",
    "Write one block of code.",
    "Reply in the format that is wanted.",
)

Pairs = Sequence[tuple[str, str]]


def recall(rng: random.Random, words: Words) -> Sample:
    """A list of keys and values, then some of the keys in another order: answer their values."""
    count = rng.randint(2, 9)
    pairs = list({words.name(rng): words.value(rng) for _ in range(count)}.items())
    asked = rng.sample(pairs, rng.randint(1, len(pairs)))
    given_mark, answer_mark = rng.choice((" = ", ": ", " -> ", "=")), rng.choice((" = ", ": ", "="))
    given_end = rng.choice(("\n", "\n", ", ", "; "))
    given = given_end.join(f"{key}{given_mark}{value}" for key, value in pairs)
    question = rng.choice(("get", "look up", "values of", "which", "return"))
    keys = ", ".join(key for key, _ in asked)
    answer = "\n".join(f"{key}{answer_mark}{value}" for key, value in asked)
    return Sample(f"{given}\n{question} {keys}", answer, chat=rng.random() < 0.5, system=rng.choice(_SYSTEMS))


def document(rng: random.Random, words: Words) -> Sample:
    """A description of something with a few settings, in words, then the same as a block of some language."""
    kind, label = words.word(rng), words.name(rng)
    pairs: list[tuple[str, str]] = []
    for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4, 5))):
        key = " ".join(words.word(rng) for _ in range(rng.choice((1, 1, 2))))
        pairs.append((key, words.value(rng)))
    language, write = rng.choice(_LANGUAGES)
    answer = write(kind, label, pairs, rng)
    if rng.random() < 0.5:
        answer = f"```{language}\n{answer}\n```"
    return Sample(_describe(kind, label, pairs, rng), answer, chat=rng.random() < 0.5, system=rng.choice(_SYSTEMS))


def _describe(kind: str, label: str, pairs: Pairs, rng: random.Random) -> str:
    mark, quote = rng.choice((": ", " = ", " ", " is ")), rng.choice(("", "", "`", '"', "'"))
    head = rng.choice(
        ("{} {}", "Create a {} named {}", "We need a {} called {}", "a {}, name: {}", "Write {} {} in code")
    )
    head = head.format(kind, f"{quote}{label}{quote}")
    settings = [f"{key}{mark}{quote}{value}{quote}" for key, value in pairs]
    rng.shuffle(settings)
    match rng.randrange(4):
        case 0:
            return "\n".join([head, *(f"- {setting}" for setting in settings)])
        case 1:
            return ", ".join([head, *settings])
        case 2:
            return "\n".join(f"# {line}" for line in [head, *settings])
        case _:
            return f"{head}. " + ". ".join(f"The {setting}" for setting in settings)


def _hcl(kind: str, label: str, pairs: Pairs, rng: random.Random) -> str:
    width = max((len(_key(key, "_")) for key, _ in pairs), default=0)
    body = "".join(f"  {_key(key, '_'):<{width}} = {_scalar(value)}\n" for key, value in pairs)
    return f'{rng.choice(("resource", "data", "module", "block"))} "{kind}" "{label}" {{\n{body}}}'


def _yaml(kind: str, label: str, pairs: Pairs, rng: random.Random) -> str:
    spec = "".join(f"\n  {_camel(key)}: {value}" for key, value in pairs)
    return f"kind: {kind}\nmetadata:\n  name: {label}" + (f"\nspec:{spec}" if pairs else "")


def _yaml_list(kind: str, label: str, pairs: Pairs, rng: random.Random) -> str:
    return f"{kind}:\n- name: {label}" + "".join(f"\n  {_camel(key)}: {value}" for key, value in pairs)


def _json(kind: str, label: str, pairs: Pairs, rng: random.Random) -> str:
    return json.dumps({"kind": kind, "name": label, **dict(pairs)}, indent=rng.choice((None, 2)))


def _ini(kind: str, label: str, pairs: Pairs, rng: random.Random) -> str:
    return f"[{kind} {label}]" + "".join(f"\n{_key(key, '-')} = {value}" for key, value in pairs)


_LANGUAGES: tuple[tuple[str, Callable[[str, str, Pairs, random.Random], str]], ...] = (
    ("terraform", _hcl),
    ("hcl", _hcl),
    ("yaml", _yaml),
    ("yaml", _yaml_list),
    ("json", _json),
    ("ini", _ini),
)


def _key(words: str, joint: str) -> str:
    return words.replace(" ", joint)


def _camel(words: str) -> str:
    first, *rest = words.split(" ")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def _scalar(value: str) -> str:
    return value if value.isdigit() else f'"{value}"'
