"""Paths: what is written is read back as the same steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iacrl.domains.paths import parse_path, path_text

STEPS = st.lists(st.one_of(st.integers(min_value=0), st.text()), min_size=1).map(tuple)


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        (("spec", "containers", 0, "image"), "spec.containers[0].image"),
        (("metadata", "labels", "app.kubernetes.io/name"), 'metadata.labels["app.kubernetes.io/name"]'),
        (("data", 'a"b\\c[0]'), 'data["a\\"b\\\\c[0]"]'),
        ((), ""),
    ],
)
def test_steps_are_written_as_a_user_writes_them(steps: tuple[str | int, ...], text: str) -> None:
    assert path_text(steps) == text


@given(STEPS)
def test_a_written_path_is_read_back(steps: tuple[str | int, ...]) -> None:
    assert parse_path(path_text(steps)) == steps
