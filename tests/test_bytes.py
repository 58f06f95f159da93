import pytest

from iacrl.text import from_bytes, to_bytes


def test_bytes_that_are_no_utf_8_survive_a_round_trip():
    content = b"name = \xff \xc3\xa9 \xed\xa0\x80"
    assert from_bytes(content)[7] == "\udcff"
    assert to_bytes(from_bytes(content)) == content


@pytest.mark.parametrize("text", ["\ud800", "a\ud800\udcff"])
def test_any_lone_surrogate_can_be_written(text):
    assert to_bytes(text) == text.encode("utf-8", "surrogatepass")
