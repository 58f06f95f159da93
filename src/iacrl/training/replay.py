"""Replay: general chats that both stages learn beside their tasks, and others that are kept to see what they forget.

SFT mixes them among the gold answers. A step of GRPO adds the cross entropy of some of them to its own loss; see
`iacrl.training.trainers.PolicyTrainer`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.recipes import Config
from iacrl.errors import UserError
from iacrl.files import read_rows
from iacrl.tasks.hub_files import task_file
from iacrl.tasks.prompt import Message
from iacrl.text import is_writable
from iacrl.training.measuring import answer_tokens
from iacrl.training.rows import prompt_order

_ROLES = frozenset({"system", "user", "assistant"})
#: At most this share of a file's rows is held out.
_HELD_OUT = 1 / 5


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation whose last answer is learnt.

    Attributes:
        prompt: The messages before the last answer.
        completion: The last answer, alone in a list, as the trainer takes it.
        ids: The tokens of both.
        begun: How many of the tokens are the prompt's.
    """

    prompt: list[Message]
    completion: list[Message]
    ids: tuple[int, ...]
    begun: int

    def row(self) -> dict[str, Any]:
        """Return SFT's row."""
        return {"prompt": self.prompt, "completion": self.completion}


@dataclass(frozen=True, slots=True)
class Replay:
    """The chats of a stage.

    Attributes:
        chats: What may be trained, in an order of the run's seed.
        held_out: What is only measured: the same rows whatever the seed, in both stages.
        facts: The manifest's entry.
    """

    chats: tuple[Chat, ...]
    held_out: tuple[Chat, ...]
    facts: dict[str, Any]


def read_replay(config: Config, tokenizer: PreTrainedTokenizerBase, limit: int) -> Replay | None:
    """Return the replay rows; None without `data.replay`.

    Args:
        limit: The most tokens of a prompt with its answer; longer rows are left out.

    Raises:
        UserError: The file is missing or empty, all rows are longer, or a row is malformed.
    """
    source = config.data.replay
    if source is None:
        return None
    found = {_digest(chat): chat for chat in _chats(source)}
    if not found:
        raise UserError(f'data.replay = {source}: holds no row. Each row is {{"messages": [...]}}.')
    # By their content, so that every seed and both stages keep the same rows apart.
    apart = sorted(found)[: min(config.data.replay_held_out, int(len(found) * _HELD_OUT))]
    held_out = [found.pop(digest) for digest in apart]
    order = Random(config.run.seed).sample(sorted(found), len(found))
    trained = _short(tokenizer, [found[digest] for digest in order], limit)
    if not trained:
        raise UserError(f"data.replay = {source}: none of the {len(order)} rows has at most {limit} tokens.")
    measured = _short(tokenizer, held_out, limit)
    facts = {"file": source, "held_out": len(measured), "digest": _digest([*sorted(apart), *order])}
    return Replay(tuple(trained), tuple(measured), facts)


def beside(rows: int, share: float) -> int:
    """Return how many replay rows make this share of all rows, beside `rows` others."""
    return round(rows * share / (1 - share))


def chats_of_steps(config: Config, replay: Replay) -> list[list[Chat]]:
    """Return the chats of each optimizer step of GRPO: `data.replay_share` of the step's rows, and at least one."""
    share, steps = config.data.replay_share, config.grpo.steps
    if not share:
        return []
    each = max(1, beside(config.grpo.prompts_per_step * config.grpo.group_size, share))
    order = prompt_order(len(replay.chats), steps * each, config.run.seed)
    return [[replay.chats[index] for index in order[step * each : (step + 1) * each]] for step in range(steps)]


def _chats(source: str) -> list[tuple[list[Message], list[Message]]]:
    return [_chat(row, f"{source}:{number}") for number, row in read_rows(task_file(source))]


def _chat(row: Mapping[str, Any], place: str) -> tuple[list[Message], list[Message]]:
    """Split a conversation before its last answer, which is what the loss is on."""
    messages = row.get("messages")
    expected = 'expected a list of {"role", "content"}, the last one by the assistant'
    if not isinstance(messages, list) or len(messages) < 2:
        raise UserError(f"{place}: field 'messages': {expected}.")
    for message in messages:
        if (
            not isinstance(message, Mapping)
            or not isinstance(role := message.get("role"), str)
            or role not in _ROLES
            or not isinstance(content := message.get("content"), str)
            or not is_writable(content)
        ):
            raise UserError(f"{place}: field 'messages': {expected}.")
    if messages[-1]["role"] != "assistant":
        raise UserError(f"{place}: field 'messages': {expected}.")
    plain: list[Message] = [{"role": message["role"], "content": message["content"]} for message in messages]
    return plain[:-1], plain[-1:]


def _short(
    tokenizer: PreTrainedTokenizerBase, chats: Sequence[tuple[list[Message], list[Message]]], limit: int
) -> list[Chat]:
    found = []
    for prompt, answer in chats:
        ids, begun = answer_tokens(prompt, answer, tokenizer)
        if len(ids) <= limit:
            found.append(Chat(prompt, answer, tuple(ids), begun))
    return found


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
