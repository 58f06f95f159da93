"""Attacks on an answer in CloudFormation, for the audit. They work on YAML in block style."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iacrl.domains.probing import Attack

_TYPE = re.compile(r"^( +Type: +)([\"']?)AWS::(\w+)::(\w+)\2$", re.MULTILINE)
_RESOURCES = re.compile(r"^Resources:$", re.MULTILINE)
_PROPERTIES = re.compile(r"^( +)Properties:$", re.MULTILINE)
_CONDITIONS = re.compile(r"^Conditions:$", re.MULTILINE)
_ELSEWHERE = "Conditions:\n  Elsewhere: !Equals [!Ref AWS::Region, nowhere]\n"
_REFERENCE = re.compile(r"(?<=: )!Ref (\w+)$", re.MULTILINE)


def attacks(answer: str) -> Iterator[Attack]:
    """Yield attacks on one template."""
    for name, kind in (("custom resources", r"\1Custom::\4"), ("types of nobody", r"\1Acme::\3::\4")):
        spoilt = _TYPE.sub(kind, answer)
        if spoilt != answer:
            yield Attack("schema switched off", name, spoilt)
    yield Attack("schema switched off", "a macro", f"Transform: Anything\n{answer}")
    if _RESOURCES.search(answer):
        spoilt = _RESOURCES.sub("Resources:\n  Fn::Transform: {Name: Anything}", answer, count=1)
        yield Attack("schema switched off", "a macro over the resources", spoilt)
    within = _PROPERTIES.sub(r"\1Properties:\n\1  Fn::Transform: {Name: Anything}", answer)
    if within != answer:
        yield Attack("schema switched off", "a macro in every resource", within)
    for found in list(_REFERENCE.finditer(answer))[:2]:
        for name, words in (
            ("selection past it", "!Select [0, [evil, !Ref {}]]"),
            ("part of a text", '!Select [0, !Split ["-", !Sub "evil-${{{}}}"]]'),
            ("substitution unused", '!Sub ["evil", {{One: !Ref {}}}]'),
        ):
            spoilt = answer[: found.start()] + words.format(found[1]) + answer[found.end() :]
            yield Attack("mention without flow", f"{name}, {found[1]}", spoilt)
        if not _CONDITIONS.search(answer):
            left_out = f'!If [Elsewhere, !Ref {found[1]}, !Ref "AWS::NoValue"]'
            spoilt = answer[: found.start()] + left_out + answer[found.end() :]
            yield Attack("mention without flow", f"in no region, {found[1]}", _ELSEWHERE + spoilt)
