"""JSON that is nested deeply is refused by its depth, whatever the version of Python would do with it."""

import pytest

from iacrl.nested_json import DEEPEST, loads


@pytest.mark.parametrize("text", ["[" * 901 + "]" * 901, '{"a":' * 901 + "1" + "}" * 901, "[" * 100_000, b"[" * 901])
def test_a_deep_text_is_not_read(text):
    with pytest.raises(RecursionError):
        loads(text)


def test_what_is_long_or_in_quotes_is_not_deep():
    assert loads("[" * DEEPEST + "]" * DEEPEST)
    assert loads("[" + "[1],{}," * 5000 + "0]")[-1] == 0
    assert loads('["' + "[{" * 5000 + '\\\\"]') == ["[{" * 5000 + "\\"]
    assert loads('"' + "[" * 5000 + '\\"' + "[" * 5000 + '"').count("[") == 10_000


def test_a_quote_without_an_end_is_looked_at_once():
    """If every later quote began a search of its own, this would take hours."""
    with pytest.raises(ValueError):
        loads('"' + "[" * 901 + '\\"' * 500_000)
