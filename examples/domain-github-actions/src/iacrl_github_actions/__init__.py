"""GitHub Actions workflows as a domain of iacrl: an existing JSON Schema, and three rules of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from iacrl.domains import Category, Diagnostic, Domain, Options, Range, Rule, Verdict, layers_passed
from iacrl.domains.plain_document import PlainDocument, PlainEntity
from iacrl.domains.yaml_marks import yaml_marks

NAME = "github-actions"
_DOCS = "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax"

SYNTAX = Rule("GA101", "syntax", "Not YAML", "A workflow is one YAML document that holds a mapping.", _DOCS)
SCHEMA = Rule("GA301", "schema", "Not a workflow", "A key or a value is not as the schema of workflows has it.", _DOCS)
NEEDS = Rule("GA401", "references", "Unknown job", "`needs` names a job that the workflow does not have.", _DOCS)
CYCLE = Rule("GA402", "references", "Jobs wait for each other", "`needs` leads back to the job itself.", _DOCS)
MATRIX = Rule(
    "GA403", "references", "Undefined matrix key", "`matrix.KEY` is read, and the job's matrix defines no KEY.", _DOCS
)
_RAN = ("syntax", "structure", "schema", "references")


def validate(text: str, options: Options) -> Verdict:
    """Judge one workflow file."""
    from iacrl.domains.yaml_tree import UnreadableYaml, read_tree  # a process that judges no workflow needs no YAML
    from iacrl_github_actions import references, schema

    try:
        tree = read_tree(text)
    except UnreadableYaml as error:
        return _verdict([_found(SYNTAX, str(error), error.range)])
    if not isinstance(tree.values, dict):
        return _verdict([_found(SYNTAX, "The text holds no mapping.", tree.range_of(()))])
    found = [_found(SCHEMA, words, tree.range_of(steps)) for steps, words in schema.errors(tree.values)]
    jobs = {} if found else tree.values["jobs"]
    for rule, check in ((NEEDS, references.needs), (CYCLE, references.cycles), (MATRIX, references.matrices)):
        found += [_found(rule, words, tree.range_of(("jobs", *steps))) for words, steps in check(jobs)]
    entities = [
        PlainEntity(category, str(name), tree.range_of((key, name)), body, places=tree.places_below((key, name)))
        for category, key in (("trigger", "on"), ("job", "jobs"))
        for name, body in _named(tree.values.get(key)).items()
    ]
    return _verdict(found, PlainDocument(NAME, entities))


def _named(value: Any) -> dict[str, dict[str, Any]]:
    """Return what is declared by name: a mapping, or a word or list of words that mean empty mappings."""
    if isinstance(value, dict):
        return {name: body for name, body in value.items() if isinstance(body, dict)}
    return {name: {} for name in ([value] if isinstance(value, str) else value or ())}


def _found(rule: Rule, words: str, place: Range) -> Diagnostic:
    return Diagnostic(rule.code, rule.severity, words, rule.layer, place)


def _verdict(found: list[Diagnostic], document: PlainDocument | None = None) -> Verdict:
    diagnostics = tuple(sorted(found, key=lambda one: one.range[:2]))
    return Verdict(NAME, diagnostics, layers_passed(_RAN, diagnostics), document=document)


def claims(path: Path, text: str) -> str | None:
    """Return why a file is not a workflow; None if it is one."""
    is_workflow = path.absolute().parent.parts[-2:] == (".github", "workflows")
    return None if is_workflow else "not in .github/workflows"


DOMAIN = Domain(
    name=NAME,
    title="GitHub Actions",
    thing="workflow",
    languages=("yaml", "yml"),
    validate=validate,
    suffixes=(".yaml", ".yml"),
    claims=claims,
    hidden_folders=(".github",),
    rules=lambda: (SYNTAX, SCHEMA, NEEDS, CYCLE, MATRIX),
    marks=yaml_marks,
    categories=(Category("job"), Category("trigger")),
    tasks=Path(__file__).parent / "tasks",
)
