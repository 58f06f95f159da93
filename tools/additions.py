"""Adds settings from the schemas to gold answers, one at a time, and shows which cost nothing.

    python tools/additions.py kubernetes|terraform [--families NAME,...] [--tasks 1] [--all]

"Nothing else" is closed: a setting that neither the request nor the gold answer names costs something, unless it is on
the domain's list of harmless settings. Each setting that costs nothing is printed with its place and value, for review:
it must be on the list. `--all` prints the share of each family too.
"""

from __future__ import annotations

import argparse
import copy
import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import yaml

from iacrl.domains.kubernetes.schema.api_schemas import DEFAULT_VERSION, schemas_of
from iacrl.domains.terraform.schema.packs import find_provider, provider_for_type
from iacrl.domains.terraform.schema.provider_schema import AttributeSchema, BlockSchema
from iacrl.scoring.judge import judge
from iacrl.tasks import Task, load_tasks

#: How deep settings within settings are added.
DEEPEST = 4
#: What a field of this name takes, in addition to values of its type: rules check most strings.
WORDS = {
    "imagePullPolicy": ["Never"],
    "restartPolicy": ["Never", "OnFailure"],
    "dnsPolicy": ["Default", "None"],
    "type": ["LoadBalancer", "ExternalName", "OnDelete", "Recreate", "Localhost", "Unconfined"],
    "sessionAffinity": ["ClientIP"],
    "podManagementPolicy": ["Parallel"],
    "concurrencyPolicy": ["Forbid"],
    "preemptionPolicy": ["Never"],
    "protocol": ["UDP"],
    "volumeMode": ["Block"],
    "reclaimPolicy": ["Retain"],
    "persistentVolumeReclaimPolicy": ["Delete"],
    "whenUnsatisfiable": ["DoNotSchedule"],
    "operator": ["Exists", "DoesNotExist"],
    "add": [["ALL"]],
    "scopes": [["Terminating"]],
    "policyTypes": [["Ingress", "Egress"]],
    "command": [["sleep", "infinity"]],
    "selectPolicy": ["Disabled"],
}

Addition = tuple[str, Any, str]
#: A block that the text has opened: its place, and its schema if that is known.
Opened = tuple[str, BlockSchema | None]


def kubernetes_additions(text: str) -> Iterator[Addition]:
    """Yield the place, the value and the text of each addition to the objects of a manifest."""
    objects = list(yaml.safe_load_all(text))
    schemas = schemas_of(DEFAULT_VERSION)
    for number, each in enumerate(objects):
        name = schemas.name_of(each["apiVersion"], each["kind"])
        if name is None:
            continue
        for steps, value in _fields(schemas, schemas.definition(name), each, (), DEEPEST):
            changed = copy.deepcopy(objects)
            _set(changed[number], steps, value)
            yield f"{each['kind']}:{'.'.join(map(str, steps))}", value, yaml.safe_dump_all(changed, sort_keys=False)


def _fields(schemas: Any, schema: Any, given: Any, steps: tuple[Any, ...], depth: int) -> Iterator[tuple[Any, Any]]:
    """Yield the steps and a value of each setting that a schema offers and `given` does not have."""
    schema = _resolved(schemas, schema)
    if isinstance(given, list):
        for number, element in enumerate(given):
            yield from _fields(schemas, schema.get("items", {}), element, (*steps, number), depth)
        return
    for field, inner in schema.get("properties", {}).items():
        if field in ("status", "managedFields") or (not steps and field in ("apiVersion", "kind")):
            continue
        if isinstance(given, dict) and field in given:
            yield from _fields(schemas, inner, given[field], (*steps, field), depth)
        else:
            for rest, value in _values(schemas, inner, field, depth):
                yield (*steps, *((field, *rest) if rest else (field,))), value


def _values(schemas: Any, schema: Any, field: str, depth: int) -> Iterator[tuple[tuple[Any, ...], Any]]:
    schema = _resolved(schemas, schema)
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    yield from (((), value) for value in WORDS.get(field, ()))
    if "boolean" in kinds:
        yield from (((), value) for value in (True, False))
    if "integer" in kinds or "number" in kinds:
        yield from (((), value) for value in (0, 1, 7))
    if "string" in kinds or "oneOf" in schema or "anyOf" in schema:
        yield from (((), value) for value in ("x", "7"))
    if "array" in kinds:
        items = _resolved(schemas, schema.get("items", {}))
        if items.get("type") == "string":
            yield (), ["x"]
        elif depth:
            for rest, value in _values(schemas, items, "", depth - 1):
                yield (), [_filled(schemas, items, rest, value)]
    if "object" in kinds or "properties" in schema:
        yield (), {}
        if "additionalProperties" in schema and not schema.get("properties"):
            yield (), {"x": "some"}
        for inner, of in schema.get("properties", {}).items() if depth else ():
            for rest, value in _values(schemas, of, inner, depth - 1):
                yield (), _filled(schemas, schema, (inner, *rest), value)


def _filled(schemas: Any, schema: Any, steps: tuple[Any, ...], value: Any) -> Any:
    """Return an object that has this setting and those that its schema requires."""
    if not steps:
        return value
    filled = {
        field: _least(schemas, schema["properties"][field])
        for field in schema.get("required", ())
        if field in schema.get("properties", {})
    }
    _set(filled, steps, value)
    return filled


def _least(schemas: Any, schema: Any) -> Any:
    schema = _resolved(schemas, schema)
    kinds = schema.get("type")
    if "properties" in schema:
        return {field: _least(schemas, schema["properties"][field]) for field in schema.get("required", ())}
    return {"array": [], "object": {}, "boolean": True, "integer": 1, "number": 1}.get(str(kinds), "x")


def _resolved(schemas: Any, schema: Any) -> Any:
    while "$ref" in schema:
        schema = schemas.definition(schema["$ref"].rpartition("/")[2])
    return schema


def _set(value: Any, steps: tuple[Any, ...], new: Any) -> None:
    for step in steps[:-1]:
        value = value[step] if isinstance(step, int) else value.setdefault(step, {})
    value[steps[-1]] = new


_HEADER = re.compile(r'\s*(?P<type>[\w-]+)(?P<labels>(?: "[^"]*")*) \{')


def terraform_additions(text: str) -> Iterator[Addition]:
    """Yield the place, the value and the text of each addition to the blocks of a formatted configuration."""
    lines = text.splitlines()
    stack: list[Opened] = []
    for number, line in enumerate(lines):
        found = _HEADER.fullmatch(line)
        if found is not None:
            labels = re.findall(r'"([^"]*)"', found["labels"])
            path, block = _opened(found["type"], labels, stack)
            stack.append((path, block))
            set_here = _set_within(lines[number + 1 :], line)
            for field, value in _arguments(block, set_here) if block is not None else ():
                yield f"{path}.{field}", value, "\n".join([*lines[: number + 1], value, *lines[number + 1 :]]) + "\n"
        elif line.rstrip().endswith(("{", "[", "(")) or "<<" in line:
            stack.append(("", None))
        elif re.match(r"\s*[}\])]", line) and stack:
            stack.pop()


def _opened(
    kind: str, labels: list[str], stack: list[tuple[str, BlockSchema | None]]
) -> tuple[str, BlockSchema | None]:
    if not stack and kind in ("resource", "data") and len(labels) == 2:
        provider = find_provider(provider_for_type(labels[0]))
        return labels[0], None if provider is None else provider.read(kind, labels[0])
    if stack and stack[-1][1] is not None:
        nested = stack[-1][1].blocks.get(kind)
        return f"{stack[-1][0]}.{kind}", None if nested is None else nested.block
    return kind, None


def _set_within(rest: list[str], header: str) -> set[str]:
    """Return the names that the block sets."""
    indent = len(header) - len(header.lstrip())
    names = set()
    for line in rest:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        found = re.match(r"\s*([\w-]+)", line)
        if found and len(line) - len(line.lstrip()) == indent + 2:
            names.add(found[1])
    return names


def _arguments(block: BlockSchema, given: set[str]) -> Iterator[tuple[str, str]]:
    for name, attribute in block.attributes.items():
        if attribute.settable and name not in given and name != "id":
            for value in _written(attribute):
                yield name, f"{name} = {value}"
    for name, nested in block.blocks.items():
        if name not in given and name != "timeouts":
            yield name, f"{name} {{ {_required(nested.block)} }}"
            for inner, argument in nested.block.attributes.items():
                if argument.settable:
                    least = {key: one for key, one in nested.block.attributes.items() if one.required and key != inner}
                    others = "\n".join(f"{key} = {next(iter(_written(one)))}" for key, one in least.items())
                    for value in _written(argument):
                        yield f"{name}.{inner}", f"{name} {{\n{inner} = {value}\n{others}\n}}"


def _required(block: BlockSchema) -> str:
    return "\n".join(
        ["", *(f"{key} = {next(iter(_written(one)))}" for key, one in block.attributes.items() if one.required), ""]
    )


def _written(attribute: AttributeSchema) -> list[str]:
    kind = attribute.type
    if kind == "bool":
        return ["true", "false"]
    if kind == "number":
        return ["0", "1", "7"]
    if kind == "string":
        return ['"x"', '"0"']
    if isinstance(kind, list) and kind[0] == "map":
        return ['{ x = "y" }']
    if isinstance(kind, list) and kind[0] in ("list", "set") and kind[1] == "string":
        return ['["x"]']
    return ["[]" if isinstance(kind, list) and kind[0] in ("list", "set") else "{}"]


ADDITIONS = {"kubernetes": kubernetes_additions, "terraform": terraform_additions}


def tried(task: Task) -> Iterator[tuple[str, Any, str]]:
    """Yield each addition to a task's gold answer: its place, its value, and "invalid", "refused" or "free"."""
    seen = set()
    for place, value, text in ADDITIONS[task.domain](task.output):
        if text in seen:
            continue
        seen.add(text)
        found = judge(f"```{'yaml' if task.domain == 'kubernetes' else 'hcl'}\n{text}```", task)
        outcome = "invalid" if not found.valid else "free" if found.intent and found.intent.met else "refused"
        yield place, value, outcome


def main() -> int:
    """Print what costs nothing, and the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("domain", choices=sorted(ADDITIONS))
    parser.add_argument("--families", default="")
    parser.add_argument("--tasks", type=int, default=1, help="of each family")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    wanted, taken = set(filter(None, options.families.split(","))), Counter[str]()
    total, free = Counter[str](), Counter[tuple[str, str]]()
    for task in load_tasks(options.domain, split="test"):
        if taken[task.family] >= options.tasks or (wanted and task.family not in wanted):
            continue
        taken[task.family] += 1
        of_task = Counter[str]()
        for place, value, outcome in tried(task):
            of_task[outcome] += 1
            if outcome == "free":
                free[place, str(value)[:150]] += 1
        total += of_task
        if options.all:
            print(task.family, dict(of_task))
    for (place, value), count in sorted(free.items()):
        print(f"free  {place}  {value!r}  x{count}")
    print(dict(total), f"refused or invalid: {1 - total['free'] / max(1, total.total()):.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
