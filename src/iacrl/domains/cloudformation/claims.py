"""Which files are CloudFormation templates, by their content."""

from __future__ import annotations

import re
from pathlib import Path

from iacrl import nested_json

_YAML_KEY = re.compile(r"""^\ufeff?["']?(AWSTemplateFormatVersion|Resources)["']?[ \t]*:""", re.MULTILINE)
_JSON_KEY = re.compile(r'"(AWSTemplateFormatVersion|Resources)"\s*:')
_AWS_TYPE = re.compile(r"""["']?Type["']?\s*:\s*["']?AWS::""")


def why_no_template(path: Path, text: str) -> str | None:
    """Return why a YAML or JSON file is not a template, or None if it is one.

    A template has `AWSTemplateFormatVersion`, or at least one resource of a type `AWS::…`.
    """
    is_json = text.lstrip("\ufeff \t\r\n").startswith("{")
    keys = (_JSON_KEY if is_json else _YAML_KEY).findall(text)
    if "AWSTemplateFormatVersion" not in keys and not ("Resources" in keys and _AWS_TYPE.search(text)):
        return "no CloudFormation template"
    if is_json:
        try:
            value = nested_json.loads(text)
        except (ValueError, RecursionError):
            return None  # a broken template: the verdict reports that
        if not isinstance(value, dict) or not set(keys) & set(value):
            return "no CloudFormation template"
    return None
