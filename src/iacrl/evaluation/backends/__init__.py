"""Where completions come from: a local model, an endpoint, or a file. All of them have the same small protocol."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from iacrl.evaluation.figures import DecodingSettings, Policy
from iacrl.scoring.samples import Finish
from iacrl.tasks import Task
from iacrl.tasks.prompt import Message, build_prompt

_FINISHES: dict[object, Finish] = {"stop": "stop", "length": "length"}


@dataclass(frozen=True, slots=True)
class Request:
    """One wanted completion: the `sample`-th of a task, counted from 0.

    Attributes:
        turns: The messages after the prompt, if an earlier answer is to be repaired.
    """

    task: Task
    sample: int
    turns: tuple[Message, ...] = ()

    @property
    def messages(self) -> list[Message]:
        """The chat messages that the model gets."""
        return [*build_prompt(self.task), *self.turns]


@dataclass(frozen=True, slots=True)
class Reply:
    """A completion that arrived.

    Attributes:
        tokens: Its length, including the end token; None if unknown.
        finish: How it ended; None if unknown.
        spent: Tokens generated for it, with those of the earlier turns; None if unknown, or if there are none.
    """

    request: Request
    text: str
    tokens: int | None
    finish: Finish | None
    spent: int | None = None


class Backend(Protocol):
    """A source of completions."""

    @property
    def policies(self) -> tuple[Policy, ...]:
        """Its models, in the order of comparison."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What a user must know about the answers so far, such as why some are missing."""
        ...

    def answer(self, policy: str, decoding: DecodingSettings, requests: Sequence[Request]) -> Iterator[Sequence[Reply]]:
        """Yield the completions as they arrive, several at once if they are made together.

        Args:
            policy: The label of one of `policies`.
            decoding: How tokens are chosen.
            requests: The wanted completions. If a request gets no answer, the evaluation counts it as missing.

        Raises:
            UserError: It is useless to go on: the endpoint refuses the key, or nothing answers.
        """
        ...


def finish_of(reason: object) -> Finish:
    """Return how a completion ended, from the word that OpenAI's API and vLLM use."""
    return _FINISHES.get(reason, "other")


def request_seed(seed: int, *parts: object) -> int:
    """Return a separate seed for one request or batch, from the run's seed and the name of the request."""
    return zlib.crc32(repr((seed, *parts)).encode())


def turns_for_seed(request: Request) -> tuple[int, ...]:
    """Return what distinguishes the seed of a later turn; empty for the first, whose seed needs nothing more."""
    return (len(request.turns),) if request.turns else ()
