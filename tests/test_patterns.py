"""Regular expressions of anybody take a limited time, and what is not found out is never said to be known."""

import pytest

from iacrl import effort, patterns
from iacrl.effort import TooMuchError, spending
from iacrl.patterns import InvalidPatternError, compile_pattern

#: Three megabytes as a program of RE2, in 5,400 characters.
LARGE = "(((a{0,10}){0,10}){0,10}b?)" * 200


@pytest.fixture
def slow(monkeypatch):
    """Let each look at the clock take a tenth of a second."""
    clock = iter(range(1_000_000))
    monkeypatch.setattr(patterns, "thread_time", lambda: next(clock) / 10)


def test_a_large_pattern_is_searched_in_a_short_text_but_not_in_a_long_one():
    pattern = compile_pattern(LARGE)
    assert pattern.search("aab")
    with pytest.raises(TooMuchError):
        pattern.search("a" * 100)
    with pytest.raises(TooMuchError):
        next(pattern.finditer("a" * 100))


@pytest.mark.parametrize(
    "source", [LARGE * 2, "a{1000}" * 100_000, r"\pL" * 30_000, "(|" * 30_000 + ")" * 30_000, "a" * 1_000_000]
)
def test_what_takes_too_long_to_compile_is_not_called_invalid(source):
    with pytest.raises(TooMuchError):
        compile_pattern(source)


def test_a_large_pattern_is_refused_where_none_is_expected():
    with pytest.raises(TooMuchError):
        compile_pattern(LARGE, large=False)


@pytest.mark.parametrize("source", ["(", "a{2000}", "\ud800"])
def test_what_is_not_a_pattern_is_invalid(source):
    with pytest.raises(InvalidPatternError):
        compile_pattern(source)


def test_the_searches_of_a_verdict_share_their_time(slow):
    pattern = compile_pattern("[ab]*a[ab]{100}c")
    with spending():
        for _ in range(5):
            pattern.search("ab" * 500)
        with pytest.raises(TooMuchError):
            pattern.search("a")
    assert pattern.search("ab" * 500) is None


def test_many_short_searches_end_too(monkeypatch):
    monkeypatch.setattr(effort, "_SECONDS", 1e-5)
    with spending(), pytest.raises(TooMuchError):
        for _ in range(6):
            compile_pattern("a").search("a")


def test_matches_that_each_read_the_rest_of_the_text_end(slow):
    with pytest.raises(TooMuchError):
        list(compile_pattern("a*b|a").finditer("a" * 200_000))
    assert [found.group(0) for found in compile_pattern("b").finditer("abab")] == ["b", "b"]


def test_a_match_is_replaced():
    assert compile_pattern("b+", groups=True).sub(lambda found: found.group(0).upper(), "abbcb") == "aBBcB"
