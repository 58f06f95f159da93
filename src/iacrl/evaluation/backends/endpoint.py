"""An OpenAI-compatible endpoint (`POST /chat/completions`): vLLM, llama.cpp, Ollama, or a provider's own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event
from typing import Any, Self
from urllib.parse import urlsplit

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_attempt,
    stop_when_event_set,
    wait_random_exponential,
)

from iacrl.config.sections import EvalSection
from iacrl.errors import UserError
from iacrl.evaluation.backends import Reply, Request, finish_of, request_seed, turns_for_seed
from iacrl.evaluation.backends.exchange import BrokenExchangeError, Exchange, WebAnswer, is_address
from iacrl.evaluation.figures import DecodingSettings, Policy
from iacrl.files import load_json
from iacrl.text import readable, shortened

#: Where the key is looked for, in this order. Without a key, none is sent: local servers do not need one.
KEYS = ("IACRL_API_KEY", "OPENAI_API_KEY")

#: Statuses for which another try may help: time-outs, too many requests, and server errors.
_TRANSIENT = frozenset((408, 409, 425, 429, 500, 502, 503, 504, 529))

#: Statuses that every request would get.
_HOPELESS = frozenset((401, 402, 403, 404, 405))
#: Of these, the ones of a wrong address.
_NOT_THERE = frozenset((404, 405))

#: Seconds. A server that asks for a longer wait counts as refusing.
_LONGEST_WAIT = 600.0

#: A key of fewer characters is no secret, and may be a word of an answer.
_SHORTEST_SECRET = 8

#: No model writes as many tokens. A server that counts more, or fewer than none, would spoil the mean of a policy.
_MOST_TOKENS = 10_000_000


class FailedRequestError(Exception):
    """A request without an answer; the message says why."""


class TransientError(FailedRequestError):
    """A failure for which another try may help, after `wait_s` seconds if the server named a time."""

    def __init__(self, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class Endpoint:
    """A model behind an HTTP server; a context manager.

    Requests run concurrently. A request is tried again after a temporary failure: a time-out, a closed connection,
    status 429 or 5xx, or an answer that is not JSON or has no choice. It waits as long as the server says, or for an
    exponentially growing time. A request that keeps failing stays unanswered. The evaluation stops if the key is
    refused, or if as many consecutive requests fail as run concurrently.

    Args:
        url: Its base, such as `http://localhost:8000/v1`.
        sleep: Waits this many seconds between two tries; the default wait ends early if the evaluation stops.

    Raises:
        UserError: The URL or the key is invalid.
    """

    def __init__(
        self,
        url: str,
        model: str,
        settings: EvalSection,
        *,
        seed: int,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        _check_address(url)
        base = url.rstrip("/").removesuffix("/chat/completions")
        self.policies = (Policy(model, {"kind": "endpoint", "url": base, "model": model}),)
        self._failures: list[str] = []
        self._base = base
        self._url = f"{base}/chat/completions"
        self._model = model
        self._settings = settings
        self._seed = seed
        self._sleep = sleep
        self._key = _key()
        self._web = Exchange(
            timeout_s=settings.timeout_s,
            connections=settings.concurrency,
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
        )

    @property
    def notes(self) -> Sequence[str]:
        """The number of requests without an answer, and the reason for the first one; see `Backend`."""
        if not self._failures:
            return ()
        count, first = len(self._failures), self._failures[0]
        return (f"Requests without an answer: {count}; the first one: {first}. --resume asks again.",)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._web.close()

    def answer(self, policy: str, decoding: DecodingSettings, requests: Sequence[Request]) -> Iterator[Sequence[Reply]]:
        """Yield each completion as it arrives; see `Backend`."""
        waiting = iter(requests)
        running: set[Future[Reply]] = set()
        failed_in_a_row = 0
        stopping = Event()
        pool = ThreadPoolExecutor(self._settings.concurrency, "iacrl-endpoint")
        try:
            while True:
                while len(running) < self._settings.concurrency and (request := next(waiting, None)) is not None:
                    running.add(pool.submit(self._ask_patiently, request, decoding, stopping))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                arrived = []
                for future in done:
                    try:
                        arrived.append(future.result())
                        failed_in_a_row = 0
                    except FailedRequestError as error:
                        self._failures.append(str(error))
                        failed_in_a_row += 1
                yield arrived
                if failed_in_a_row >= self._settings.concurrency:
                    raise UserError(
                        f"{self._url}: {failed_in_a_row} requests in a row have failed, the last one so: "
                        f"{self._failures[-1]}. What was sampled is kept; go on with --resume."
                    )
        finally:
            stopping.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def _ask_patiently(self, request: Request, decoding: DecodingSettings, stopping: Event) -> Reply:
        retrying = Retrying(
            stop=stop_after_attempt(self._settings.retries + 1) | stop_when_event_set(stopping),
            wait=_wait,
            retry=retry_if_exception_type(TransientError),
            sleep=self._sleep or sleep_using_event(stopping),
            reraise=True,
        )
        answer: Reply = retrying(self._ask, request, decoding)
        return answer

    def _ask(self, request: Request, decoding: DecodingSettings) -> Reply:
        body = {
            "model": self._model,
            "messages": request.messages,
            "temperature": decoding.temperature,
            "top_p": 1.0,
            "max_tokens": self._settings.max_completion_tokens,
            "seed": request_seed(self._seed, request.task.id, request.sample, *turns_for_seed(request)),
        }
        try:
            answer = self._web.post(self._url, body)
        except BrokenExchangeError as error:
            raise TransientError(self._without_key(str(error))) from None
        if answer.status != 200:
            raise self._refusal(answer)
        try:
            return _read_answer(request, load_json(answer.content))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
            raise TransientError(f"the answer is not a chat completion: {self._excerpt(answer.content)}") from None

    def _refusal(self, answer: WebAnswer) -> Exception:
        told = f"status {answer.status}: {self._excerpt(answer.content)}"
        if answer.status in _HOPELESS:
            return UserError(
                f"{self._url}: {told}.{self._advice(answer.status)} What was sampled is kept; go on with --resume."
            )
        if answer.status in _TRANSIENT:
            wait_s = _retry_after(answer.headers.get("Retry-After"))
            if wait_s <= _LONGEST_WAIT:
                return TransientError(told, wait_s)
            return FailedRequestError(f"{told} (to be tried again after {wait_s:.0f} s)")
        return FailedRequestError(told)

    def _advice(self, status: int) -> str:
        """Return what to do about a refusal; a wrong address has nothing to do with the key."""
        if status in _NOT_THERE:
            path = urlsplit(self._url).path.removesuffix("/chat/completions")
            versioned = re.search(r"/v\d", path) is not None
            return "" if versioned else f" The address has no /v1: most servers want --endpoint {self._base}/v1."
        return "" if self._key else f" No key was sent: set {' or '.join(KEYS)}."

    def _excerpt(self, content: bytes) -> str:
        # The header's encoding is ignored: it may be as wrong as the rest.
        line = " ".join(self._without_key(content.decode("utf-8", "replace")).split())
        return shortened(line, 200) or "(empty)"

    def _without_key(self, told: str) -> str:
        """Leave the key out of what a server says: a message ends up in logs. Short keys are words like `EMPTY`."""
        return told.replace(self._key, "(the key)") if len(self._key) >= _SHORTEST_SECRET else told


def _check_address(url: str) -> None:
    """Refuse what is not the address of a server, or holds a secret: the address is written into the results.

    Raises:
        UserError: It is not; the message repeats no secret.
    """
    try:
        parts = urlsplit(url)
        secret = bool(parts.username or parts.password or parts.query or parts.fragment)
    except ValueError:
        raise UserError("--endpoint: not a URL; expected one such as http://localhost:8000/v1.") from None
    if secret:
        raise UserError(
            f"--endpoint: put neither a key nor a query into the URL; set {' or '.join(KEYS)} in the environment."
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or not is_address(url):
        raise UserError(f"--endpoint {url}: expected a URL such as http://localhost:8000/v1.")


def _key() -> str:
    """Return the key; empty without one. A key that was read from a file often ends with a line end.

    Raises:
        UserError: No HTTP header can hold it. The message does not repeat it.
    """
    for name in KEYS:
        if key := os.environ.get(name, "").strip():
            if not (key.isascii() and key.isprintable()):
                raise UserError(f"{name} is not a key: it has a line end, or a character outside of printable ASCII.")
            return key
    return ""


def _read_answer(request: Request, answer: Any) -> Reply:
    choice = answer["choices"][0]
    text = choice["message"]["content"]
    if not isinstance(text, str | None):
        raise TypeError
    tokens = (answer.get("usage") or {}).get("completion_tokens")
    finish = choice.get("finish_reason")
    return Reply(
        request,
        readable(text or ""),  # null if the model refused, or spent all its tokens on thinking
        tokens if type(tokens) is int and 0 <= tokens <= _MOST_TOKENS else None,
        None if finish is None else finish_of(finish),
    )


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    asked = error.wait_s if isinstance(error, TransientError) else 0.0
    return max(asked, wait_random_exponential(multiplier=1, max=60)(state))


def _retry_after(header: str | None) -> float:
    """Return the seconds of a Retry-After header: a number, or a date (RFC 9110, section 10.2.3)."""
    try:
        return max(0.0, float(header or 0))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(str(header)) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):  # not a date, or one without a time zone
        return 0.0
