"""AWS: who may do what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacrl import nested_json
from iacrl.domains.document import Entity, Expression
from iacrl.domains.paths import Steps
from iacrl.domains.security import Observed, SecurityCheck, argument, each_of, items, texts

_IDENTITY_POLICIES = (
    "aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy",
)  # fmt: skip
_RESOURCE_POLICIES = (
    "aws_s3_bucket_policy", "aws_sqs_queue_policy", "aws_sns_topic_policy", "aws_ecr_repository_policy",
    "aws_secretsmanager_secret_policy",
)  # fmt: skip
#: Wildcards for everything: `*`, `**`, `*:*`, `arn:*`, `arn:aws:*`.
_EVERYTHING = re.compile(r"(arn:(aws[\w-]*:)?)?[?:]*\*[*?:]*")
#: AWS itself refuses longer policies.
_LONGEST = 100_000


def _statements(policy: Any) -> list[Mapping[str, Any]]:
    """Return the statements of a policy given as JSON text or as the argument of `jsonencode`; none if not known."""
    if isinstance(policy, str) and len(policy) <= _LONGEST:
        try:
            policy = nested_json.loads(policy)
        except (ValueError, RecursionError):
            return []
    if not isinstance(policy, Mapping):
        return []
    found = policy.get("Statement")
    listed = [found] if isinstance(found, Mapping) else found
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        return []
    return [statement for statement in listed if isinstance(statement, Mapping)]


def _is_all(value: Any) -> bool | None:
    """Say whether a list or string contains a wildcard for everything; None if that is not known."""
    found = texts(value)
    if found is not None:
        return any(_EVERYTHING.fullmatch(item) for item in found)
    known = value if isinstance(value, Sequence) else ()
    return True if any(isinstance(item, str) and _EVERYTHING.fullmatch(item) for item in known) else None


def _allows_all(statement: Mapping[str, Any], names: tuple[str, str, str, str, str]) -> bool | None:
    """Say whether a statement allows every action on everything; all except some counts as all.

    Args:
        statement: The statement.
        names: Its keys for effect, actions, excluded actions, resources, excluded resources.
    """
    effect, *others = (statement.get(name) for name in names)
    if effect != "Allow":
        return None if isinstance(effect, Expression) else False
    actions, but_actions, resources, but_resources = others
    both = (bool(but_actions) or _is_all(actions), bool(but_resources) or _is_all(resources))
    return False if False in both else None if None in both else True


def _policy_grants_little(entity: Entity) -> Iterator[Observed]:
    for statement in _statements(entity.values.get("policy")):
        found = _allows_all(statement, ("Effect", "Action", "NotAction", "Resource", "NotResource"))
        if found is not None:
            yield Observed(not found, ("policy",))


def _document_grants_little(entity: Entity) -> Iterator[Observed]:
    for statement, steps in items(entity.values, "statement"):
        explicit = {**statement, "effect": statement.get("effect") or "Allow"}
        found = _allows_all(explicit, ("effect", "actions", "not_actions", "resources", "not_resources"))
        if found is not None:
            yield Observed(not found, steps)


def _grants_little(entity: Entity) -> Iterator[Observed]:
    return _document_grants_little(entity) if entity.category == "data" else _policy_grants_little(entity)


def _anybody(principal: Any) -> bool | None:
    if isinstance(principal, Mapping):
        return _is_all(principal.get("AWS"))
    return None if isinstance(principal, Expression) else _is_all(principal)


def _no_anonymous(policy: Any, steps: Steps) -> Iterator[Observed]:
    """A condition narrows who is meant; its effect is not judged."""
    for statement in _statements(policy):
        if statement.get("Effect") != "Allow" or statement.get("Condition"):
            continue
        found = True if statement.get("NotPrincipal") else _anybody(statement.get("Principal"))
        if found is not None:
            yield Observed(not found, steps)


def _names_trusted(entity: Entity) -> Iterator[Observed]:
    return _no_anonymous(entity.values.get("assume_role_policy"), ("assume_role_policy",))


def _names_principals(entity: Entity) -> Iterator[Observed]:
    return _no_anonymous(entity.values.get("policy"), ("policy",))


def _permission_names_source(entity: Entity) -> Iterator[Observed]:
    """Everybody, or every API of a service in any account, unless a source is named."""
    principal = entity.values.get("principal")
    if isinstance(principal, str):
        narrowed = any(entity.values.get(name) is not None for name in ("source_arn", "source_account"))
        narrowed = narrowed or entity.values.get("principal_org_id") is not None
        service = principal.endswith(".amazonaws.com")
        yield Observed(narrowed or not (service or principal == "*"), ("principal",))


CHECKS = (
    SecurityCheck(
        "SEC121",
        (*each_of("resource", *_IDENTITY_POLICIES), "data aws_iam_policy_document"),
        "No policy allows every action on everything",
        "Whoever gets such a policy owns the account.",
        "AWS Security Hub control IAM.1; CIS AWS Foundations Benchmark 3.0.0, 1.16",
        _grants_little,
    ),
    SecurityCheck(
        "SEC122",
        each_of("resource", "aws_iam_role"),
        "A role's trust policy names who may take it",
        'The principal "*" lets any AWS account take the role.',
        "AWS IAM User Guide, AWS JSON policy elements: Principal",
        _names_trusted,
    ),
    SecurityCheck(
        "SEC123",
        each_of("resource", *_RESOURCE_POLICIES),
        "A resource policy names whom it allows",
        'The principal "*" without a condition allows everybody, signed in or not.',
        "AWS Security Hub controls S3.2, SQS.3 and SNS.4",
        _names_principals,
    ),
    SecurityCheck(
        "SEC124",
        each_of("resource", "aws_lambda_function_url"),
        "A function's URL asks who calls",
        "With `NONE` anybody who finds the URL runs the function.",
        "AWS Lambda Developer Guide, Control access to Lambda function URLs",
        argument("authorization_type", is_=lambda value: value == "AWS_IAM"),
    ),
    SecurityCheck(
        "SEC125",
        each_of("resource", "aws_lambda_permission"),
        "A permission to call a function names its source",
        "A service as principal, without `source_arn` or `source_account`, may act for any other account.",
        "AWS Security Hub control Lambda.1",
        _permission_names_source,
    ),
)
