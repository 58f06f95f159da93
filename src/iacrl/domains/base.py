"""The contract of a domain: what can be generated and judged, as one frozen object.

A domain needs a name, the languages of its code blocks and a validator. Everything else has a default that works: with
those three a domain can be validated, scored, trained on, evaluated and reported. What it declares beyond them makes
each of these better. Packages declare domains as entry points of the group `iacrl.domains` (see `registry`).

    DOMAIN = Domain(name="nginx", languages=("nginx",), validate=validate)

These types are named tuples: importing `dataclasses` alone takes half as long as a first verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from iacrl.domains.marks import Marks, no_marks
from iacrl.domains.meaning import Extras, Flow, as_written, no_extras, same_name, same_plain
from iacrl.domains.probing import HackTexts
from iacrl.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from iacrl.domains.document import Entity, EntityType
    from iacrl.domains.probing import Mutations
    from iacrl.domains.programs import Engine, Planned, Rendering, Schemas, SecondJudge
    from iacrl.domains.rules import Rule
    from iacrl.domains.security import SecurityCheck
    from iacrl.domains.verdict import Verdict

#: The options of one domain by name, as a recipe or a caller gives them: `{"version": "1.33"}`.
Options = Mapping[str, Any]
NO_OPTIONS: Options = {}


class Option(NamedTuple):
    """One setting of a domain: `domains.NAME.OPTION` in a recipe, a keyword of `iacrl.validate`.

    Attributes:
        name: How it is given.
        description: One sentence for the documentation.
        default: What holds where nothing is given.
        choices: The values that it takes; any string where empty.
        of_engine: Whether only the engine reads it, so that it decides no score. It names programs or clusters: a user
            gives it, never a file beside what is judged.
    """

    name: str
    description: str
    default: str
    choices: tuple[str, ...] = ()
    of_engine: bool = False


class Category(NamedTuple):
    """A category of entities, as an intent names it: `resource` in `resource aws_s3_bucket`, or `output`.

    Attributes:
        name: The category.
        kind: What a kind after it looks like, as a regular expression; no kind follows where empty.
        is_thing: Whether "nothing else" counts it. Variables, outputs and the like are means to an end.
        is_answer: Whether a text that declares nothing else is an answer. Blocks about the state are not.
        of_changes: Whether it says how given code became the answer, so that "nothing else" allows it there.
    """

    name: str
    kind: str = ""
    is_thing: bool = True
    is_answer: bool = True
    of_changes: bool = False


def as_given(name: str, argument: Any) -> Any:
    """Return the argument as it is."""
    return argument


class Bound(NamedTuple):
    """What the check of one clause may look up.

    Attributes:
        domain: The domain of the document.
        chosen: The entities that the aliases of an intent mean.
        entities: All entities of the document.
    """

    domain: Domain
    chosen: Mapping[str, Entity]
    entities: Sequence[Entity]


class DomainTest(NamedTuple):
    """A test of values that only some domains have, such as one of amounts with units.

    Attributes:
        holds: `(value, argument, bound)`: whether the value, plain data or an `Expression`, passes.
        read: `(name, argument)`: from the argument in the intent to the one that `holds` gets; raises UserError where
            it is malformed. Not asked for an alias.
        words: From the argument to the clause in words; the name and the argument where None.
        fault: Why a value fails, with `{value}` and `{argument}` in it; what the value is where empty.
        of_alias: Whether the argument is the alias of another entity.
    """

    holds: Callable[[Any, Any, Bound], bool]
    read: Callable[[str, Any], Any] = as_given
    words: Callable[[Any], str] | None = None
    fault: str = ""
    of_alias: bool = False


class Domain(NamedTuple):
    """What can be generated and judged. Three fields are needed; the others have defaults that work.

    How a file finds its domain. Several domains may have the same suffix (`.yaml`). Every domain with a suffix of the
    file is asked whether it `claims` it, in no order. Exactly one claim wins, whatever the others say; two are an error
    that says --domain, and where the user named a domain only that one is asked. A file without a claim is left out,
    for the reason of the first domain that was asked (the shipped ones, then those of packages by name). The files
    in `module_files` are judged together and belong to no other domain. A file that the user names is judged even
    without a claim, by the first domain that was asked.

    Attributes:
        name: How tasks, recipes and commands name it.
        languages: The tags of fenced blocks that hold its code; prompts ask for the first.
        validate: `(text, options) -> Verdict`. Bad text never raises: what is wrong with it is a diagnostic.
        title: How prose names it; the name with a capital where empty.
        spoken: How a generated request may name the language ("HCL", "a manifest"); the title where empty.
        system_prompt: What a model is told first; asks for one code block where empty.
        joint: What separates two blocks of one answer: files of a module, documents of a stream.
        thing: What one thing to judge is called, after the title: a "module", a "manifest".
        suffixes: Ends of the names of its files, such as `.yaml`.
        claims: `(path, text)`: None where the file belongs to the domain, else why not, in words ("a template of a Helm
            chart"). Every file with one of the suffixes belongs to the domain where this is None.
        unread: Ends of the names of files that are the domain's and cannot be judged, with the reason.
        hidden_folders: Names of hidden folders that may hold its files, such as `.github`; others are not searched.
        options: Its settings.
        validate_together: `(texts, options) -> verdicts`, where files that lie in one directory, or that the user names
            together, count for each other, as definitions and references do.
        rendering: `(directory)`: how a real program makes texts of a directory of templates, and None where it is no
            such directory. Its files are not judged themselves.
        validate_directory: `(directory, options) -> Verdict`, where the files of a directory are one thing, a module.
        module_files: The files that make a directory such a thing, first the one that a test of it is named after;
            none where it is not one. Single files are then judged only where the user names them.
        among_others: What the verdict on such a thing becomes where several are judged, which may use each other.
        file_options: Options that the name of a file decides, such as a dialect, where it is judged by itself.
        formatted: A text in the domain's own form, which the reward `style` asks for; None where it has none.
        rules: The catalogue of rules, for `--explain`, the documentation and SARIF.
        other_codes: Codes that another program numbers, and beginnings of them, as a regular expression. They are known
            without a look at `rules`.
        marks: `(text, document)`: the comments in a text that speak to iacrl, as `# iacrl: ignore NG301` does; none
            where it is not declared. `iacrl.domains.yaml_marks` has it for YAML.
        categories: What its documents' entities are. Needed for intents.
        same_value: Whether two plain scalars are the same to the domain.
        flows: Whether a value refers to an entity.
        extras: What "nothing else" leaves free within an entity; what the request and the gold answer set is so anyway.
        alternatives: Names of fields of which an element of a list has only one, so that clauses about two of them are
            about two elements.
        normal_form: `(entities, asked)`: the entities with differences of spelling taken away. `asked` holds the paths
            that an intent asks about, by type of entity: where these are about the spelling itself, it stays.
        value_tests: The domain's own tests of values, by name, beside those of `iacrl.intent.value_tests`.
        plan: `(text or directory, program)`: what the real program would do; the program is a path, or None for the
            one at hand.
        schemas: The schemas that `iacrl schema` lists, shows and adds to.
        engine: Makes the engine, by the domain's options; raises UserError where the program is not at hand.
        second_judge: Makes the judge that is the real program; raises UserError where that is not at hand.
        families: The package that holds its task families; the shipped domains' are in `iacrl.tasks.families`.
        tasks: The folder that holds its task files, NAME-SPLIT.jsonl; the shipped domains' are in `datasets`.
        task_row: From a row of a data set that others publish to one of a task file; as it is where it is none of
            theirs.
        mutations: How wrong versions of gold answers are made; by words and paragraphs where None.
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
    thing: str = "file"
    suffixes: tuple[str, ...] = ()
    claims: Callable[[Path, str], str | None] | None = None
    unread: Mapping[str, str] = {}
    hidden_folders: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    validate_together: Callable[[Sequence[str], Options], Sequence[Verdict]] | None = None
    rendering: Callable[[Path], Rendering | None] | None = None
    validate_directory: Callable[[Path, Options], Verdict] | None = None
    module_files: Callable[[Path], list[Path]] | None = None
    among_others: Callable[[Verdict], Verdict] | None = None
    file_options: Callable[[Path], Options] | None = None
    formatted: Callable[[str], str] | None = None
    rules: Callable[[], tuple[Rule, ...]] = tuple
    other_codes: str = ""
    marks: Marks = no_marks
    categories: tuple[Category, ...] = ()
    same_value: Callable[[Any, Any], bool] = same_plain
    flows: Callable[[Flow], bool] = same_name
    extras: Callable[[Entity], Extras] = no_extras
    alternatives: Collection[str] = ()
    normal_form: Callable[[Sequence[Entity], Mapping[EntityType, Collection[str]]], Sequence[Entity]] = as_written
    value_tests: Callable[[], Mapping[str, DomainTest]] = dict
    plan: Callable[[str | Path, str | None], Planned] | None = None
    schemas: Callable[[], Schemas] | None = None
    engine: Callable[[Options], Engine] | None = None
    second_judge: Callable[[Options], SecondJudge] | None = None
    families: str = ""
    tasks: Path | None = None
    task_row: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict
    mutations: Callable[[], Mutations] | None = None
    hack_texts: Callable[[], HackTexts] = HackTexts
    security_checks: Callable[[], tuple[SecurityCheck, ...]] = tuple
    warm_text: str = ""
    sources: Callable[[], Iterable[Path]] = tuple

    @property
    def label(self) -> str:
        """How prose names it."""
        return self.title or self.name.capitalize()

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
