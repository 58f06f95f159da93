"""A running provider: its schemas, and its complaints about a configuration. Plugin protocol 5 over a unix socket."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import grpc
import msgpack

from provider_facts import tfplugin5_pb2 as pb

#: Large enough for the whole schema of a large provider.
_MAX_MESSAGE_BYTES = 256 << 20
_METHODS = {"resource": "ValidateResourceTypeConfig", "data": "ValidateDataSourceConfig"}
#: How many requests run at the same time.
_AHEAD = 16


class Complaint(NamedTuple):
    """One error of a provider: what it is about, and its words.

    Attributes:
        path: Names of attributes, indexes and keys, as far as the provider gives them.
        summary: The headline; older resources put everything into it.
        detail: The sentence.
    """

    path: tuple[str | int, ...]
    summary: str
    detail: str

    @property
    def words(self) -> str:
        """The whole message."""
        return f"{self.summary}: {self.detail}" if self.detail else self.summary


class Provider:
    """The connection to a running provider."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel
        self._calls = {
            category: channel.unary_unary(
                f"/tfplugin5.Provider/{method}",
                request_serializer=lambda data: data,
                response_deserializer=pb.Validated.FromString,
            )
            for category, method in _METHODS.items()
        }

    def schema(self) -> Any:
        """Return the provider's schemas, as `ProviderSchema` messages."""
        call = self._channel.unary_unary(
            "/tfplugin5.Provider/GetSchema",
            request_serializer=pb.Empty.SerializeToString,
            response_deserializer=pb.ProviderSchema.FromString,
        )
        return call(pb.Empty())

    def ask(self, category: str, name: str, configurations: Iterable[Any]) -> Iterator[list[Complaint]]:
        """Yield the provider's answer to each configuration, in order; several requests run at the same time."""
        waiting: list[Any] = []
        for configuration in configurations:
            request = pb.ConfigRequest(
                type_name=name,
                config=pb.Value(msgpack=msgpack.packb(configuration, use_bin_type=True)),
                client_capabilities=pb.ClientCapabilities(write_only_attributes_allowed=True),
            )
            waiting.append(self._calls[category].future(request.SerializeToString()))
            if len(waiting) >= _AHEAD:
                yield _complaints(waiting.pop(0).result())
        for one in waiting:
            yield _complaints(one.result())


def _complaints(answer: Any) -> list[Complaint]:
    return [
        Complaint(tuple(map(_step, found.attribute.steps)), found.summary, found.detail)
        for found in answer.diagnostics
        if found.severity == pb.Diagnostic.ERROR
    ]


def _step(step: Any) -> str | int:
    kind = step.WhichOneof("selector")
    return getattr(step, kind) if kind else ""


@contextmanager
def running(program: str) -> Iterator[Provider]:
    """Start a provider's program and connect to it; it ends with the block."""
    server = subprocess.Popen([program, "-debug"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        attach = next(found[1] for line in server.stdout if (found := re.search(r"REATTACH_PROVIDERS='(.*)'", line)))
        (address,) = json.loads(attach).values()
        limits = [("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES), ("grpc.max_send_message_length", -1)]
        with grpc.insecure_channel(f"unix:{address['Addr']['String']}", options=limits) as channel:
            yield Provider(channel)
    finally:
        server.terminate()
        server.wait()
