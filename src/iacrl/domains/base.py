"""The contract of a domain: what can be generated and judged, as one frozen object.

A domain needs a name, the languages of its code blocks and a validator. Everything else has a default that works. With
those three a domain can be validated, scored, trained on, evaluated and reported. The other fields improve each of
these. Packages declare domains as entry points of the group `iacrl.domains` (see `registry`).

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

    from iacrl.domains.document import Document, Entity, EntityType
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
        name: Its name in a recipe or a call.
        description: One sentence for the documentation.
        default: The value if none is given.
        choices: The allowed values; if empty, any string.
        of_engine: Whether only the engine reads it. Then it does not affect scores. It names programs or clusters. Only
            a user may give it, never a file next to the judged one.
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
        kind: A regular expression for the kind that follows it; if empty, no kind follows.
        is_thing: Whether "nothing else" counts it. Variables, outputs and the like do not count.
        is_answer: Whether a text that declares only this is an answer. Blocks about the state are not.
        of_changes: Whether it describes how given code became the answer. "Nothing else" then allows it.
        given_unless: The setting without which whoever uses the text must give it a value, such as `default`. "Nothing
            else" then forbids one that nothing refers to.
    """

    name: str
    kind: str = ""
    is_thing: bool = True
    is_answer: bool = True
    of_changes: bool = False
    given_unless: str = ""


def as_given(name: str, argument: Any) -> Any:
    """Return the argument as it is."""
    return argument


class Bound(NamedTuple):
    """What the check of a clause can look up.

    Attributes:
        domain: The domain of the document.
        chosen: The entity of each alias of the intent.
        entities: All entities of the document.
    """

    domain: Domain
    chosen: Mapping[str, Entity]
    entities: Sequence[Entity]


class DomainTest(NamedTuple):
    """A test of values that only some domains have, such as a test of amounts with units.

    Attributes:
        holds: `(value, argument, bound)`: whether the value, plain data or an `Expression`, passes.
        read: `(name, argument)`: converts the argument in the intent to the one that `holds` gets. Raises UserError if
            it is malformed. Not called for an alias.
        words: Converts the argument to the clause in words; if None, the name and the argument are used.
        fault: Why a value fails, with `{value}` and `{argument}` in it; if empty, the message shows the value.
        of_alias: Whether the argument is the alias of another entity.
    """

    holds: Callable[[Any, Any, Bound], bool]
    read: Callable[[str, Any], Any] = as_given
    words: Callable[[Any], str] | None = None
    fault: str = ""
    of_alias: bool = False


class Domain(NamedTuple):
    """What can be generated and judged. Three fields are needed; the others have defaults that work.

    How a file finds its domain. Several domains may have the same suffix (`.yaml`). Every domain with a matching suffix
    is asked whether it `claims` the file; the order does not matter. Exactly one claim wins. Two claims are an error
    that suggests --domain. If the user named a domain, only that one is asked. A file without a claim is skipped, with
    the reason of the first domain: the shipped ones come first, then those of packages by name. The files in
    `module_files` are judged together and belong to no other domain. A file that the user names is judged even without
    a claim, by the first domain.

    Attributes:
        name: Its name in tasks, recipes and commands.
        languages: The tags of fenced blocks with its code; prompts ask for the first.
        validate: `(text, options) -> Verdict`. Bad text never raises: each fault in it is a diagnostic.
        title: Its name in prose; by default the name with a capital.
        spoken: Names of the language in generated requests ("HCL", "a manifest"); by default the title.
        system_prompt: The system prompt for a model; the default asks for one code block.
        joint: The separator between two blocks of one answer: files of a module, documents of a stream.
        thing: The word for one judged thing, after the title: a "module", a "manifest".
        suffixes: Ends of the names of its files, such as `.yaml`.
        claims: `(path, text)`: None if the file belongs to the domain, else why not, in words ("a template of a Helm
            chart"). If the field is None, every file with one of the suffixes belongs to the domain.
        unread: Suffixes of files that belong to the domain but cannot be judged, with the reason.
        hidden_folders: Hidden folders that may contain its files, such as `.github`; others are not searched.
        options: Its settings.
        validate_together: `(texts, options) -> verdicts`, for files that see each other's definitions. They are in one
            directory, or the user names them together.
        rendering: `(directory)`: how a real program renders a directory of templates; None if it is not such a
            directory. The template files themselves are not judged.
        validate_directory: `(directory, options) -> Verdict`, if the files of a directory form one module.
        module_files: The files that make a directory a module; none if it is not one. A test of the module is named
            after the first. Single files are then judged only if the user names them.
        among_others: Adapts the verdict on a module when several are judged, since they may use each other.
        file_options: Options that follow from a file's name, such as a dialect, if it is judged alone.
        formatted: Formats a text as the reward `style` asks; None if the domain has no formatter.
        rules: The catalogue of rules, for `--explain`, the documentation and SARIF.
        other_codes: A regular expression for the codes of another program, and for their prefixes. It avoids loading
            `rules`.
        marks: `(text, document)`: the comments for iacrl in a text, such as `# iacrl: ignore NG301`; by default none.
            `iacrl.domains.yaml_marks` implements it for YAML.
        categories: The categories of its entities. Needed for intents.
        same_value: Whether two plain scalars are the same to the domain.
        flows: Whether a value refers to an entity.
        extras: What "nothing else" leaves free within an entity, in addition to what the request and the gold answer
            set.
        alternatives: Names of fields that exclude each other in a list element. Clauses about two of them are about two
            elements.
        normal_form: `(entities, asked)`: the entities without differences of spelling. `asked` contains the paths that
            an intent asks about, by type of entity. A spelling that they ask about is kept.
        with_inputs: `(document, values by name)`: the document as it would be with other values for its inputs, for the
            `cases` of an intent. A text says why there is none: it does not have such an input, or does not take the
            value, or the real program would refuse it.
        value_tests: The domain's own tests of values, by name, in addition to those of `iacrl.intent.value_tests`.
        plan: `(text or directory, program)`: what the real program would do. The program is a path, or None for the
            installed one.
        schemas: The schemas that `iacrl schema` lists, shows and adds to.
        named_types: `(request)`: each type that a request names, with a few lines that say what it takes, for prompts.
        engine: Makes the engine from the domain's options; raises UserError if the program is not installed.
        second_judge: Makes a judge that uses the real program; raises UserError if that is not installed.
        families: The package with its task families; those of shipped domains are in `iacrl.tasks.families`.
        tasks: The folder with its task files, NAME-SPLIT.jsonl; those of shipped domains are in `datasets`.
        task_row: Converts a row of a published data set to a row of a task file. Other rows stay as they are.
        mutations: How to make wrong versions of gold answers; if None, by words and paragraphs.
        hack_texts: What the audit tries on this domain, in addition to what it tries on all.
        security_checks: The checks of the reward `security`.
        warm_text: A text that makes the validator load what nearly every text needs. Workers validate it first.
        sources: Folders and files outside the domain's package that affect verdicts, such as installed schemas.
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
    with_inputs: Callable[[Any, Mapping[str, Any]], Document | str] | None = None
    value_tests: Callable[[], Mapping[str, DomainTest]] = dict
    plan: Callable[[str | Path, str | None], Planned] | None = None
    schemas: Callable[[], Schemas] | None = None
    named_types: Callable[[str], Iterable[tuple[str, Sequence[str]]]] | None = None
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
        """Its name in prose."""
        return self.title or self.name.capitalize()

    @property
    def fence(self) -> str:
        """The language of an answer's code block."""
        return self.languages[0]

    def prompt(self) -> str:
        """Return the system prompt."""
        return self.system_prompt or f"Reply with one {self.fence} code block."

    def resolved(self, given: Options) -> dict[str, str]:
        """Return every option of the domain: the given ones, and defaults for the rest.

        Raises:
            UserError: The option or its value is unknown; the message lists the known ones.
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
