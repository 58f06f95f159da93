"""Whether an answer gives a program text and data of the shape that it reads: the same as in the gold answer.

Clauses read into texts of JSON and YAML, and take a list with one mapping for the mapping. A service does neither: a
redrive policy in YAML, or a list of objects that is a text again, is refused when the thing is created.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from iacrl import nested_json
from iacrl.domains.document import EncodedList, EncodedObject, Expression
from iacrl.intent.evaluate import is_list, is_splat
from iacrl.intent.places import looks_nested

#: In a policy, one value may replace a list of it, and one statement a list of statements.
_STATEMENTS = "Statement"
_ATTRIBUTE = re.compile(r'("\$\{)?(?!(var|local|each)\.)[\w-]+(\.[\w-]+|\[\d+\])+(\}")?')


def is_misshapen(value: Any, golds: Sequence[Any], *, in_text: bool = False, loose: bool = False) -> bool:
    """Return whether a value, or a part of it, has another shape than those at the same place of the gold answer.

    Args:
        value: The value in the answer.
        golds: The values in the gold answer; without any, every shape is right.
        in_text: Whether it is part of a text.
        loose: Whether one value may be in place of a list of it.
    """
    if in_text and not loose and golds and all(map(_is_attribute, golds)):
        return isinstance(value, Mapping) or is_list(value) or is_splat(value)
    golds = [one for one in golds if one is not None and not isinstance(one, Expression)]
    if not golds or value is None or isinstance(value, Expression):
        return False
    if isinstance(value, str | EncodedObject | EncodedList) and not in_text:
        read = [_container(one) for one in golds]
        if None in read:
            return False
        value, golds, in_text = _container(value), read, True
        if value is None:
            return True
    mappings = [one for one in golds if isinstance(one, Mapping)]
    lists = [one for one in golds if is_list(one)]
    if isinstance(value, Mapping):
        if not mappings:
            return in_text and not (loose and bool(lists))
        return any(
            is_misshapen(
                inner,
                [one[key] for one in mappings if key in one],
                in_text=in_text,
                loose=loose or key == _STATEMENTS,
            )
            for key, inner in value.items()
        )
    if is_list(value):
        elements = [inner for one in lists for inner in one]
        if not lists:
            elements = [one for one in golds if not isinstance(one, Mapping)]
            if not loose or not elements:
                return True
        return any(is_misshapen(inner, elements, in_text=in_text, loose=loose) for inner in value)
    if not in_text or len(mappings) + len(lists) < len(golds):
        return False
    return not loose or all(isinstance(inner, Mapping) for one in golds for inner in (one if is_list(one) else (one,)))


def _is_attribute(value: Any) -> bool:
    """Return whether a value is an attribute of one resource, such as `aws_sqs_queue.a.arn`: hardly ever a list."""
    return isinstance(value, Expression) and _ATTRIBUTE.fullmatch(value.text) is not None


def has_text_of_data(value: Any) -> bool:
    """Return whether a value is or contains a text that looks like data."""
    if isinstance(value, str):
        return looks_nested(value)
    inner = value.values() if isinstance(value, Mapping) else value if is_list(value) else ()
    return any(map(has_text_of_data, inner))


def _container(value: Any) -> Any:
    """Return an object or list, also the one in a text of JSON; None for everything else."""
    if not isinstance(value, str):
        return value if isinstance(value, Mapping) or is_list(value) else None
    if not looks_nested(value):
        return None
    try:
        return nested_json.loads(value)
    except (ValueError, RecursionError):
        return None
