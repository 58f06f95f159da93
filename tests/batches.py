"""Many rows in few tests: collecting, starting and reporting a test takes longer than most rows do."""

import pytest


def batches(rows, size=50):
    """Return parameters of a test: so many rows each."""
    return [pytest.param(rows[at : at + size], id=f"{at}-{at + size - 1}") for at in range(0, len(rows), size)]


def check_each(rows, name, check):
    """Call `check` with each row, and name every row that fails.

    Args:
        rows: One batch.
        name: Makes a row's name.
        check: Asserts what holds of a row.
    """
    failed = []
    for row in rows:
        try:
            check(row)
        except AssertionError as error:
            failed.append(f"{name(row)}: {error}")
        except Exception as error:
            error.add_note(f"while checking {name(row)}")
            raise
    assert not failed, f"{len(failed)} of {len(rows)} fail\n" + "\n".join(failed)
