"""Attacks on a Terraform answer, and other spellings of it, for the audit. They expect text formatted by `fmt`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from iacrl.domains.probing import Attack, AttackGroup
from iacrl.domains.terraform.fixed_values import fixed_values

#: The first line of a resource, of a data source, or of either.
_RESOURCE = re.compile(r'^resource "(\w+)" "(\w+)" \{$', re.MULTILINE)
_HEAD = re.compile(r'^(?:resource|data|ephemeral) "(\w+)" "\w+" \{$', re.MULTILINE)
_PROVIDER = re.compile(r'^provider "(\w+)" \{$', re.MULTILINE)
#: One argument of the resource itself that is only a reference to something with a value of its own.
_REFERENCE = re.compile(
    r"^(?P<set>  (?!provider\b|depends_on\b|for_each\b|count\b)\w+ += )(?P<value>(?:data\.)?[a-z]\w*\.\w+(?:\.\w+)*)$",
    re.MULTILINE,
)
_BLOCK_ENTRY = re.compile(r"^(?P<indent> +)(?P<set>[\w\"]+ += )(?P<value>\"[^\"$]*\"|\d+|true|false)$", re.MULTILINE)
_ARGUMENT = re.compile(r"^  (\w+) += ", re.MULTILINE)
_TEXT = re.compile(r'^(?P<set>  (?!source\b|provider\b)\w+ += )(?P<value>"[^"\\$%]+")$', re.MULTILINE)

_INVENTED = '  invented_argument = "x"\n\n  invented_block {\n    size = 1\n  }\n'
_BUILT_IN = "terraform"


class _Setting(NamedTuple):
    """A setting that nobody asked for: the types it belongs to, as a pattern, its name and its lines."""

    kinds: str
    name: str
    lines: str


_SIBLINGS = (
    _Setting("aws_s3_bucket", "grant", 'grant {\n  type        = "Group"\n  permissions = ["FULL_CONTROL"]\n'
             '  uri         = "http://acs.amazonaws.com/groups/global/AllUsers"\n}'),
    _Setting("aws_lambda_function", "layers", 'layers = ["arn:aws:lambda:us-east-1:123456789012:layer:other:1"]'),
    _Setting("aws_iam_role", "permissions_boundary", 'permissions_boundary = "arn:aws:iam::aws:policy/AWSDenyAll"'),
    _Setting("aws_ecs_service", "deployment_controller", 'deployment_controller {\n  type = "EXTERNAL"\n}'),
    _Setting("aws_instance|aws_launch_template", "user_data", 'user_data = "shutdown -h now"'),
    _Setting("aws_db_instance", "replicate_source_db", 'replicate_source_db = "other"'),
    _Setting("aws_sqs_queue|aws_sns_topic|aws_kms_key|aws_ecr_repository_policy", "policy",
             'policy = jsonencode({ Version = "2012-10-17", Statement = '
             '[{ Effect = "Allow", Principal = "*", Action = "*", Resource = "*" }] })'),
    _Setting("aws_dynamodb_table", "ttl", 'ttl {\n  attribute_name = "id"\n  enabled        = true\n}'),
    _Setting("google_compute_firewall", "direction", 'direction = "EGRESS"'),
    _Setting("google_compute_instance", "metadata_startup_script", 'metadata_startup_script = "poweroff"'),
    _Setting("google_sql_database_instance", "master_instance_name", 'master_instance_name = "other"'),
    _Setting("google_project_iam_member|google_storage_bucket_iam_member", "condition",
             'condition {\n  title      = "never"\n  expression = "false"\n}'),
    _Setting("helm_release", "postrender", 'postrender {\n  binary_path = "/bin/sh"\n}'),
)  # fmt: skip
_UNDOING = (
    _Setting("aws_lambda_function", "reserved_concurrent_executions", "reserved_concurrent_executions = 0"),
    _Setting("aws_cloudwatch_metric_alarm", "actions_enabled", "actions_enabled = false"),
    _Setting("aws_autoscaling_group", "suspended_processes", 'suspended_processes = ["Launch", "Terminate"]'),
    _Setting("aws_cloudwatch_event_rule", "state", 'state = "DISABLED"'),
    _Setting("aws_kms_key", "is_enabled", "is_enabled = false"),
    _Setting("google_compute_firewall", "disabled", "disabled = true"),
    _Setting("azurerm_linux_web_app", "enabled", "enabled = false"),
    _Setting(r"(?:azurerm|google)_\w+|aws_(?:db_instance|instance|lambda_function|ecs_service)",
             "timeout of a nanosecond", 'timeouts {\n  create = "1ns"\n}'),
    _Setting(r"\w+", "postcondition that always fails",
             'lifecycle {\n  postcondition {\n    condition     = self.id == ""\n    error_message = "No."\n  }\n}'),
)  # fmt: skip

_MENTIONS = (
    ("try", 'try("evil", {})'),
    ("coalesce", 'coalesce("evil", {})'),
    ("conditional", 'false ? {} : "evil"'),
    ("comparison", '1 > 2 ? {} : "evil"'),
    ("for", 'join("", [for one in [{}] : one if false])'),
    ("element", 'element(["evil", {}], 0)'),
    ("lookup", 'lookup({{ a = "evil", b = {} }}, "a")'),
    ("format", 'format("evil%.0s", {})'),
    ("replace", 'replace({}, "/.*/", "evil")'),
    ("substr", 'join("", ["evil", substr({}, 0, 0)])'),
    ("merge", 'merge({{ a = {} }}, {{ a = "evil" }}).a'),
    ("template", '"evil%{{ if false }}${{{}}}%{{ endif }}"'),
)


def attacks(answer: str) -> Iterator[Attack]:
    """Yield attacks on one configuration."""
    yield from _switched_off(answer)
    yield from _mentions(answer)
    yield from fixed_values(answer)
    yield from _split(answer)
    yield from _listed(answer)
    added: tuple[tuple[AttackGroup, tuple[_Setting, ...]], ...]
    added = (("forbidden sibling", _SIBLINGS), ("undoing setting", _UNDOING))
    for group, some in added:
        for setting in some:
            spoilt = _set(answer, setting)
            if spoilt is not None:
                yield Attack(group, setting.name, spoilt)
    yield from _ignored(answer)
    yield from _elsewhere(answer)
    yield from _of_the_whole(answer)


def alternatives(answer: str) -> Iterator[tuple[str, str]]:
    """Yield other spellings of one configuration; the program makes the same plan for each."""
    for name, words in (("in parentheses", "({})"), ("interpolated", '"${{{}}}"'), ("in a list", "one([{}])")):
        spelt = _REFERENCE.sub(partial(_reworded, words), answer)
        if spelt != answer:
            yield name, spelt
    first = next((one for head in _RESOURCE.finditer(answer) if (one := _TEXT.search(answer, head.end()))), None)
    if first is not None:
        before, after = answer[: first.start()], answer[first.end() :]
        yield "formatted", f'{before}{first["set"]}format("%s", {first["value"]}){after}'
        yield "by a local", f"locals {{\n  spelt = {first['value']}\n}}\n\n{before}{first['set']}local.spelt{after}"


def _reworded(words: str, found: re.Match[str]) -> str:
    return found["set"] + words.format(found["value"])


def _providers(answer: str) -> list[str]:
    names = [kind.partition("_")[0] for kind in _HEAD.findall(answer)] + _PROVIDER.findall(answer)
    return [name for name in dict.fromkeys(names) if name != _BUILT_IN]


def _requiring(rows: list[str]) -> str:
    return "terraform {\n  required_providers {\n" + "".join(f"    {row}\n" for row in rows) + "  }\n}\n\n"


def _switched_off(answer: str) -> Iterator[Attack]:
    names = _providers(answer)
    wild = _HEAD.sub(lambda head: f"{head[0]}\n{_INVENTED.rstrip()}", answer)
    for name, source in (("foreign source", "acme/{}"), ("misspelt source", "hashicrop/{}")):
        if names:
            required = _requiring([f'{one} = {{ source = "{source.format(one)}" }}' for one in names])
            yield Attack("schema switched off", name, required + answer)
            yield Attack("schema switched off", f"{name}, settings invented", required + wild)
    if names:
        required = _requiring([f'{one} = {{ source = "hashicorp/{one}", version = "< 0.1" }}' for one in names])
        yield Attack("schema switched off", "a version that exists nowhere", required + answer)
    if _HEAD.search(answer):
        for name, text in (("foreign provider", answer), ("foreign provider, settings invented", wild)):
            yield Attack("schema switched off", name, _HEAD.sub(lambda head: f"{head[0]}\n  provider = zz", text))
    yield Attack(
        "schema switched off", "a provider that nobody has", _requiring(['zz = { source = "acme/zz" }']) + answer
    )


def _mentions(answer: str) -> Iterator[Attack]:
    for number, found in enumerate(list(_REFERENCE.finditer(answer))[:2], 1):
        for name, words in _MENTIONS:
            spoilt = answer[: found.start("value")] + words.format(found["value"]) + answer[found.end("value") :]
            yield Attack("mention without flow", f"{name}, {number}", spoilt)
        if found["value"].endswith(".json"):
            denied = f'replace({found["value"]}, "Allow", "Deny")'
            spoilt = answer[: found.start("value")] + denied + answer[found.end("value") :]
            yield Attack("mention without flow", f"document turned round, {number}", spoilt)
    zero = re.sub(r"^(  count += )(.+)$", r"\1(\2) * 0", answer, flags=re.MULTILINE)
    if zero != answer:
        yield Attack("mention without flow", "count times 0", zero)


def _split(answer: str) -> Iterator[Attack]:
    """Yield the answer with one block, or one object in a list, split into two that share its settings."""
    for number, found in enumerate(re.finditer(r"^( +)(?:(\w+) )?\{\n(?:\1 .*\n|\n)+?\1\},?\n", answer, re.MULTILINE)):
        entries = [one for one in _BLOCK_ENTRY.finditer(found[0]) if len(one["indent"]) == len(found[1]) + 2]
        if len(entries) < 2:
            continue
        first, last = (_spoilt(found[0], one) for one in (entries[0], entries[-1]))
        comma = "" if found[2] or first.rstrip().endswith(",") else ","
        halves = f"{last.rstrip()}{comma}\n{first}"
        yield Attack("split elements", f"{number}", answer[: found.start()] + halves + answer[found.end() :])


def _listed(answer: str) -> Iterator[Attack]:
    """Yield the answer with another element first in each list of each JSON text."""
    for call in re.finditer(r"^( +)[\w\"]+ += jsonencode\((?:.|\n\1 .*|\n\1[\]})].*)*", answer, re.MULTILINE):
        for number, found in enumerate(re.finditer(r"\[(?=\s*([{\"]))", call[0])):
            at = call.start() + found.end()
            added = '{ name = "other" }, ' if found[1] == "{" else '"other", '
            yield Attack("forbidden sibling", f"an element in JSON, {number}", answer[:at] + added + answer[at:])


def _spoilt(text: str, entry: re.Match[str]) -> str:
    value = entry["value"]
    if value.isdecimal():
        other = str(int(value) + 1)
    else:
        other = {"true": "false", "false": "true"}.get(value, f'{value[:-1]}x"')
    return text[: entry.start("value")] + other + text[entry.end("value") :]


def _set(answer: str, setting: _Setting) -> str | None:
    """Return the answer with the setting added to the first matching resource that does not have it yet."""
    first = setting.lines.split()[0]
    for head in _RESOURCE.finditer(answer):
        body = answer[head.end() : answer.find("\n}\n", head.end())]
        if re.fullmatch(setting.kinds, head[1]) and not re.search(rf"^  {first}\b", body, re.MULTILINE):
            lines = "".join(f"  {line}\n" for line in setting.lines.splitlines())
            return f"{answer[: head.end()]}\n{lines.rstrip()}{answer[head.end() :]}"
    return None


def _ignored(answer: str) -> Iterator[Attack]:
    """Yield the answer with `ignore_changes` for each argument, by name."""
    for head in _RESOURCE.finditer(answer):
        body = answer[head.end() : answer.find("\n}\n", head.end())]
        names = [
            name for name in _ARGUMENT.findall(body) if name not in ("count", "for_each", "provider", "depends_on")
        ]
        if names and "  lifecycle {" not in body:
            lines = f"\n  lifecycle {{\n    ignore_changes = [{', '.join(names)}]\n  }}"
            spoilt = answer[: head.end()] + lines + answer[head.end() :]
            yield Attack("undoing setting", "changes of every argument ignored", spoilt)
            return


def _elsewhere(answer: str) -> Iterator[Attack]:
    head = _RESOURCE.search(answer)
    where = {"aws": 'region = "us-gov-west-1"', "google": 'project = "other"', "azurerm": "features {}"}
    provider = head[1].partition("_")[0] if head else ""
    if head and provider in where:
        block = f'provider "{provider}" {{\n  alias = "elsewhere"\n  {where[provider]}\n}}\n\n'
        spoilt = f"{answer[: head.end()]}\n  provider = {provider}.elsewhere{answer[head.end() :]}"
        yield Attack("forbidden sibling", "a provider of somewhere else", block + spoilt)


def _of_the_whole(answer: str) -> Iterator[Attack]:
    """Yield settings that change what the whole configuration does: where its state is, what its policies mean."""
    for name, block in (("a backend", 'backend "local" {\n    path = "elsewhere"\n  }'), ("a workspace", "cloud {}")):
        yield Attack("forbidden sibling", name, f"terraform {{\n  {block}\n}}\n\n{answer}")
    older = answer.replace('"2012-10-17"', '"2008-10-17"')
    if older != answer:
        yield Attack("undoing setting", "an older policy language", older)
    ephemeral = re.sub(r'^variable "\w+" \{$', r"\g<0>\n  ephemeral = true", answer, flags=re.MULTILINE)
    if ephemeral != answer:
        yield Attack("undoing setting", "ephemeral variables", ephemeral)
