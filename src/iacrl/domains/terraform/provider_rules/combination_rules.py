"""Arguments that the provider refuses together, or that it requires.

| kind | meaning for the argument and the others |
|---|---|
| `conflicts` | if it is set, none of the others may be |
| `one` | exactly one of the others is set |
| `least` | at least one of the others is set |
| `with` | if it is set, all of the others are |
| `needed` | it is set |

They are judged in every body that the argument belongs to. Unknown arguments may be set or not, so nothing is reported
for them. The plugin SDK (`ConflictsWith`, `ExactlyOneOf`, `AtLeastOneOf`, `RequiredWith`) judges them the same way.
"""

from __future__ import annotations

from iacrl.domains.rules import Rule
from iacrl.domains.terraform.findings import Finding
from iacrl.domains.terraform.provider_rules.facts import Path, TypeFacts
from iacrl.domains.terraform.provider_rules.seen import Seen, State, state_at
from iacrl.domains.terraform.rules import provider_rule

CONFLICTING_ARGUMENTS = provider_rule(
    "TF327",
    "Conflicting arguments",
    "The provider takes only one of these arguments at a time. Remove all but one of them.",
)
MISSING_ONE_OF_SEVERAL = provider_rule(
    "TF328",
    "Missing one of several arguments",
    "The provider needs one of these arguments, though its schema calls each of them optional.",
)
MISSING_COMPANION = provider_rule(
    "TF329",
    "Missing argument that another argument needs",
    "The provider takes this argument only together with others, or needs one that its schema calls optional.",
)

RULES = (CONFLICTING_ARGUMENTS, MISSING_ONE_OF_SEVERAL, MISSING_COMPANION)


def check_combinations(facts: TypeFacts, body: Seen, report: list[Finding]) -> None:
    """Report arguments that the provider would refuse together, or would require."""
    said: set[tuple[int, tuple[Path, ...]]] = set()
    for kind, argument, others in facts.combinations:
        if (len(argument) > 1 or kind == "conflicts") and not (facts.partial or body.is_known(argument[0])):
            continue
        for here in body.bodies(argument[:-1]):
            key = (id(here), (tuple(sorted((argument, *others))) if kind == "conflicts" else tuple(others)))
            if key in said:
                continue
            problem = _problem(kind, here, argument, others)
            if problem is not None:
                said.add(key)
                rule, summary, detail = problem
                start, end = _place(here, argument[-1])
                report.append(Finding(rule, detail, start, end, summary=summary))


def _problem(kind: str, here: Seen, argument: Path, others: list[Path]) -> tuple[Rule, str, str] | None:
    name = ".".join(argument)
    if kind == "needed":
        missing = here.state(argument[-1]) == "unset"
        detail = f"The argument {name} is required, but no definition was found."
        return (MISSING_COMPANION, "Missing required argument", detail) if missing else None
    if (
        kind in ("conflicts", "with")
        and here.state(argument[-1]) != "set"
        and not (kind == "with" and here.state(argument[-1]) == "unknown")
    ):
        return None
    states: dict[str, State] = {".".join(other): state_at(here, other) for other in others}
    unset = [other for other, state in states.items() if state == "unset"]
    given = [other for other, state in states.items() if state == "set"]
    listed = ", ".join(states)
    if kind == "conflicts" and given:
        return CONFLICTING_ARGUMENTS, "Conflicting configuration arguments", f'"{name}": conflicts with {given[0]}.'
    if kind == "with" and unset:
        return (
            MISSING_COMPANION,
            "Missing required argument",
            f'"{name}": all of {listed} must be specified; {unset[0]} is not.',
        )
    if kind in ("one", "least") and len(unset) == len(states):
        return MISSING_ONE_OF_SEVERAL, "Missing required argument", f"one of {listed} must be specified."
    if kind == "one" and len(given) > 1:
        detail = f"only one of {listed} can be specified, but {', '.join(given)} were specified."
        return CONFLICTING_ARGUMENTS, "Invalid combination of arguments", detail
    return None


def _place(here: Seen, name: str) -> tuple[int, int]:
    if name in here.arguments:
        attribute = here.arguments[name][0]
        return attribute.start, attribute.name_end
    block = here.blocks[name][0].owner if name in here.blocks else here.owner
    return block.start, block.header_end
