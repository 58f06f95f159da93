"""Replay: rows of general chat among the gold answers of SFT, so that the model forgets less of what it could do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from iacrl.config.recipes import Config
from iacrl.errors import UserError
from iacrl.files import read_rows
from iacrl.tasks.hub_files import task_file

_ROLES = frozenset({"system", "user", "assistant"})


@dataclass(frozen=True, slots=True)
class Replay:
    """The rows to mix in, each with `prompt` and `completion` as the trainer takes them, and what the manifest says."""

    rows: tuple[dict[str, Any], ...]
    facts: dict[str, Any]


def read_replay(config: Config, rows: int) -> Replay | None:
    """Return the replay rows of an SFT run; None without `data.replay`.

    They are drawn by the run's seed, each once: as many as make `data.replay_share` of all rows, or all there are.

    Args:
        rows: Gold answers that SFT sees.

    Raises:
        UserError: The file is missing or empty, or a row is malformed.
    """
    source = config.data.replay
    if source is None:
        return None
    found = [_row(row, f"{source}:{number}") for number, row in read_rows(task_file(source))]
    if not found:
        raise UserError(f'data.replay = {source}: holds no row. Each row is {{"messages": [...]}}.')
    share = config.data.replay_share
    wanted = min(len(found), round(rows * share / (1 - share)))
    drawn = tuple(Random(config.run.seed).sample(found, wanted))
    digest = hashlib.sha256(json.dumps(drawn, sort_keys=True).encode()).hexdigest()
    return Replay(drawn, {"file": source, "rows": wanted, "digest": digest})


def _row(row: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Split a conversation before its last answer, which is what the loss is on."""
    messages = row.get("messages")
    expected = 'expected a list of {"role", "content"}, the last one by the assistant'
    if not isinstance(messages, list) or len(messages) < 2:
        raise UserError(f"{place}: field 'messages': {expected}.")
    for message in messages:
        if (
            not isinstance(message, Mapping)
            or message.get("role") not in _ROLES
            or not isinstance(message.get("content"), str)
        ):
            raise UserError(f"{place}: field 'messages': {expected}.")
    if messages[-1]["role"] != "assistant":
        raise UserError(f"{place}: field 'messages': {expected}.")
    plain = [{"role": message["role"], "content": message["content"]} for message in messages]
    return {"prompt": plain[:-1], "completion": plain[-1:]}
