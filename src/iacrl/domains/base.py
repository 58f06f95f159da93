"""The contract of a domain: what can be generated and judged, as one frozen object.

A domain needs a name, the languages of its code blocks and a validator. Everything else has a default that works: with
those three a domain can be validated, scored, trained on, evaluated and reported. What it declares beyond them makes
each of these better. Packages declare domains as entry points of the group `iacrl.domains` (see `registry`).

    DOMAIN = Domain(name="nginx", languages=("nginx",), validate=validate)

These types are named tuples: importing `dataclasses` alone takes half as long as a first verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from iacrl.errors import UserError, did_you_mean

if TYPE_CHECKING:
    import re
    from pathlib import Path

    from iacrl.domains.document import Entity, EntityType
    from iacrl.domains.rules import Rule
    from iacrl.domains.security import SecurityCheck
    from iacrl.domains.verdict import Verdict

#: The options of one domain by name, as a recipe or a caller gives them: `{"version": "1.33"}`.
Options = Mapping[str, Any]
NO_OPTIONS: Options = {}

#: Keys and indices from an entity's values down to one of them.
Steps = tuple[str | int, ...]


class Option(NamedTuple):
    """One setting of a domain: `domains.NAME.OPTION` in a recipe, a keyword of `iacrl.validate`.

    Attributes:
        name: How it is given.
        description: One sentence for the documentation.
        default: What holds where nothing is given.
        choices: The values that it takes; any string where empty.
    """

    name: str
    description: str
    default: str
    choices: tuple[str, ...] = ()


class Category(NamedTuple):
    """A category of entities, as an intent names it: `resource` in `resource aws_s3_bucket`, or `output`.

    Attributes:
        name: The category.
        has_kind: Whether a kind follows it.
        is_thing: Whether "nothing else" counts it. Variables, outputs and the like are means to an end.
        is_answer: Whether a text that declares nothing else is an answer. Blocks about the state are not.
    """

    name: str
    has_kind: bool = False
    is_thing: bool = True
    is_answer: bool = True


class Mutations(NamedTuple):
    """How small wrong versions of a gold answer are made (see `iacrl.tasks.mutations`).

    Attributes:
        values: Finds the values in a text.
        separator: What separates two parts that can be dropped alone: blocks, documents.
        unrelated: A valid part that no task asks for, to be appended.
        heads: Finds lines that only name a part, whose words are no values; None where there are none.
    """

    values: re.Pattern[str]
    separator: str
    unrelated: str
    heads: re.Pattern[str] | None = None


class HackTexts(NamedTuple):
    """Texts that try to earn a score without being an answer (see `iacrl.scoring.audit`).

    Attributes:
        soup: Words that a keyword matcher looks for, with and without a shape around them.
        irrelevant: Valid texts that no task asks for. In the first, the word `nothing` is a name.
        comments: Texts of comments alone.
        bombs: `(name, text)`: small texts that are large or deep once they are read.
        junk: One line that breaks any text.
        quoted: From a line of prose to a valid text that holds it as a value.
    """

    soup: tuple[str, ...]
    irrelevant: tuple[str, ...]
    comments: tuple[str, ...]
    bombs: tuple[tuple[str, str], ...]
    junk: str
    quoted: Callable[[str], str]


class Bound(NamedTuple):
    """What the check of one clause may look up.

    Attributes:
        chosen: The entities that the aliases of an intent mean.
        entities: All entities of the document.
    """

    chosen: Mapping[str, Entity]
    entities: Sequence[Entity]


class DomainTest(NamedTuple):
    """A test of values that only one domain has, such as the size of a Kubernetes quantity.

    Attributes:
        read: From the argument in the intent to the one that `holds` gets; raises UserError where it is malformed.
        holds: `(value, argument, bound)`; whether the value passes.
        of_alias: Whether the argument is the alias of another entity.
    """

    read: Callable[[str, Any], Any]
    holds: Callable[[Any, Any, Bound], bool]
    of_alias: bool = False


class Flow(NamedTuple):
    """A question to a domain: does the value at `steps` of `source` refer to `target`?

    Attributes:
        value: The value, plain data or an `Expression`.
        source: The entity that holds it.
        steps: Where the value is in the entity.
        target: The entity that is meant.
        by: The attributes that the reference may end in; None where any will do.
        entities: All entities of the document.
    """

    value: Any
    source: Entity
    steps: Steps
    target: Entity
    by: Sequence[str] | None
    entities: Sequence[Entity]


class Extras(NamedTuple):
    """What "nothing else" refuses within an entity that was asked for (see `iacrl.intent.extras`).

    Attributes:
        settings: `(path, is_extra)`: values that do something else, unless a clause is about them.
        keyed: Paths of mappings of which each key is a thing of its own.
        closed_lists: Whether a list of which elements were asked for may hold no others.
    """

    settings: tuple[tuple[str, Callable[[Any], bool]], ...] = ()
    keyed: tuple[str, ...] = ()
    closed_lists: bool = True


class SecondJudge(Protocol):
    """The real program, or another implementation: it judges what the validator judged, independently."""

    #: What it is, with its version, as reports name it.
    name: str

    def judge(self, texts: Sequence[str]) -> list[bool | None]:
        """Return for each text whether it is valid; None where this judge cannot tell."""
        ...


def same_plain(value: Any, expected: Any) -> bool:
    """Return whether two plain scalars are the same: numbers by value, everything else by type and value."""
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    if isinstance(value, int | float) and isinstance(expected, int | float):
        return value == expected
    return type(value) is type(expected) and bool(value == expected)


def same_name(flow: Flow) -> bool:
    """Return whether the value is the target's name."""
    return isinstance(flow.value, str) and flow.value == flow.target.name


def no_extras(entity: Entity) -> Extras:
    """Return the extras of an entity where a domain declares none."""
    return Extras()


def as_written(entities: Sequence[Entity], whole: Collection[EntityType]) -> Sequence[Entity]:
    """Return the entities as they are."""
    return entities


class Domain(NamedTuple):
    """What can be generated and judged. Three fields are needed; the others have defaults that work.

    Attributes:
        name: How tasks, recipes and commands name it.
        languages: The tags of fenced blocks that hold its code; prompts ask for the first.
        validate: `(text, options) -> Verdict`. Bad text never raises: what is wrong with it is a diagnostic.
        title: How prose names it; the name with a capital where empty.
        spoken: How a generated request may name the language ("HCL", "a manifest"); the title where empty.
        system_prompt: What a model is told first; asks for one code block where empty.
        joint: What separates two blocks of one answer: files of a module, documents of a stream.
        suffixes: Ends of file names (`.yaml`) whose content `claims` is asked about.
        claims: `(path, head)`: None where a file belongs to the domain, else why not, in words ("a template of a Helm
            chart"); `head` is the beginning of the text. Every file with one of the suffixes where None.
        options: Its settings.
        validate_directory: `(directory, options) -> Verdict`, where the files of a directory are one thing, a module.
        module_files: The files that make a directory such a thing; none where it is not one.
        formatted: A text in the domain's own form, which the reward `style` asks for; None where it has none.
        rules: The catalogue of rules, for `--explain`, the documentation and SARIF.
        categories: What its documents' entities are. Needed for intents.
        same_value: Whether two plain scalars are the same to the domain.
        flows: Whether a value refers to an entity.
        extras: What "nothing else" refuses within an entity.
        normal_form: The entities with differences of spelling taken away. Those of the given types stay as written.
        value_tests: Tests of values that only this domain has, by name.
        second_judge: Starts the real program; None where it is not at hand.
        mutations: How wrong versions of gold answers are made.
        hack_texts: What the audit tries beside what it tries on every domain.
        security_checks: The checks of the reward `security`.
        warm_text: A text that makes the validator read what nearly every text needs; a worker starts with it.
        sources: Folders and files beyond the domain's own package that decide verdicts, such as installed schemas.
    """

    name: str
    languages: tuple[str, ...]
    validate: Callable[[str, Options], Verdict]
    title: str = ""
    spoken: tuple[str, ...] = ()
    system_prompt: str = ""
    joint: str = "\n"
    suffixes: tuple[str, ...] = ()
    claims: Callable[[Path, str], str | None] | None = None
    options: tuple[Option, ...] = ()
    validate_directory: Callable[[Path, Options], Verdict] | None = None
    module_files: Callable[[Path], list[Path]] | None = None
    formatted: Callable[[str], str] | None = None
    rules: Callable[[], tuple[Rule, ...]] = tuple
    categories: tuple[Category, ...] = ()
    same_value: Callable[[Any, Any], bool] = same_plain
    flows: Callable[[Flow], bool] = same_name
    extras: Callable[[Entity], Extras] = no_extras
    normal_form: Callable[[Sequence[Entity], Collection[EntityType]], Sequence[Entity]] = as_written
    value_tests: Callable[[], Mapping[str, DomainTest]] = dict
    second_judge: Callable[[Options], SecondJudge | None] | None = None
    mutations: Callable[[], Mutations] | None = None
    hack_texts: Callable[[], HackTexts] | None = None
    security_checks: Callable[[], tuple[SecurityCheck, ...]] = tuple
    warm_text: str = ""
    sources: Callable[[], Iterable[Path]] = tuple

    @property
    def fence(self) -> str:
        """The language of the code block that an answer is."""
        return self.languages[0]

    def prompt(self) -> str:
        """Return what a model is told first."""
        return self.system_prompt or f"Reply with one {self.fence} code block."

    def resolved(self, given: Options) -> dict[str, str]:
        """Return every option of the domain: what is given, and the default of each other.

        Raises:
            UserError: There is no such option, or it does not take that value; the message names what there is.
        """
        known = {option.name: option for option in self.options}
        for name, value in given.items():
            option = known.get(name)
            if option is None:
                listed = f"Options: {', '.join(known)}." if known else "It has none."
                raise UserError(f"Domain {self.name} has no option {name!r}.{did_you_mean(name, known)} {listed}")
            if not isinstance(value, str) or (option.choices and value not in option.choices):
                listed = f" Choices: {', '.join(option.choices)}." if option.choices else ""
                raise UserError(f"Domain {self.name}: option {name} does not take {value!r}.{listed}")
        return {name: given.get(name, option.default) for name, option in known.items()}
