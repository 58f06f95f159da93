"""A provider that only knows its schemas: plugin protocol 6 over a unix socket.

It accepts every configuration, for terraform itself checks them against the schema; it plans a resource as a first
plan would, with what only the cloud can tell left unknown; and it reads data sources as placeholders. It never
contacts anything, and it refuses to apply by not offering that call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc

from iacrl.validators.terraform.engine import tfplugin_pb2 as pb
from iacrl.validators.terraform.engine import values
from iacrl.validators.terraform.engine.schemas import EncodedSchemas, Json, Kind

#: What a request may carry: as much as terraform itself allows (256 MB) would let a text exhaust our memory.
_MAX_MESSAGE_BYTES = 16 << 20

_DYNAMIC = b'"dynamic"'


@contextmanager
def serve(
    schemas: EncodedSchemas, words: Collection[str], functions: Collection[str], socket: Path, pool: Executor
) -> Iterator[None]:
    """Answer for one provider on a unix socket until the block ends.

    Args:
        schemas: The provider's schemas.
        words: The words of the text: the types among them are served completely, the others by name only.
        functions: The provider's functions that the text calls. Their signatures are unknown, so any call is accepted
            and its result is unknown.
        socket: Where to listen; 100 bytes at most.
        pool: Threads that answer the calls.
    """
    server = grpc.server(
        pool,
        options=[("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES), ("grpc.so_reuseport", 0)],
    )
    server.add_generic_rpc_handlers((_handlers(schemas, words, functions),))
    if not server.add_insecure_port(f"unix:{socket}"):
        raise OSError(f"cannot listen on {socket}")
    server.start()
    try:
        yield
    finally:
        server.stop(grace=None).wait()


def _handlers(schemas: EncodedSchemas, words: Collection[str], functions: Collection[str]) -> grpc.GenericRpcHandler:
    message = schemas.message(words)
    function_list = pb.Functions(functions={name: _any_function() for name in functions})

    def block(kind: Kind, name: str) -> Json:
        found: Json = schemas.schemas.schema(kind, name)["block"]
        return found

    def plan(request: pb.PlanRequest) -> pb.PlannedState:
        proposed = values.decode(request.proposed_new_state.msgpack)
        return pb.PlannedState(planned_state=_value(values.planned(block("resource", request.type_name), proposed)))

    def read_data(request: pb.ConfigRequest) -> pb.DataState:
        config = values.decode(request.config.msgpack)
        return pb.DataState(state=_value(values.with_placeholders(block("data", request.type_name), config)))

    def open_ephemeral(request: pb.ConfigRequest) -> pb.EphemeralResult:
        config = values.decode(request.config.msgpack)
        return pb.EphemeralResult(
            result=_value(values.with_placeholders(block("ephemeral", request.type_name), config))
        )

    def import_state(request: pb.ImportRequest) -> pb.Imported:
        state = _value(values.imported(block("resource", request.type_name), request.id))
        return pb.Imported(imported_resources=[pb.Imported.Resource(type_name=request.type_name, state=state)])

    def accept(request: pb.Empty) -> pb.Empty:
        return pb.Empty()

    methods: dict[str, grpc.RpcMethodHandler] = {
        "GetProviderSchema": _unary(pb.Empty, lambda request: pb.ProviderSchema.FromString(message)),
        "GetFunctions": _unary(pb.Empty, lambda request: function_list),
        "CallFunction": _unary(pb.Empty, lambda request: pb.CallFunctionResult(result=_value(values.UNKNOWN))),
        "ReadResource": _unary(pb.StateRequest, lambda request: pb.NewState(new_state=request.current_state)),
        "PlanResourceChange": _unary(pb.PlanRequest, plan),
        "ReadDataSource": _unary(pb.ConfigRequest, read_data),
        "OpenEphemeralResource": _unary(pb.ConfigRequest, open_ephemeral),
        "ImportResourceState": _unary(pb.ImportRequest, import_state),
    }
    for name in (
        "ValidateProviderConfig",
        "ValidateResourceConfig",
        "ValidateDataResourceConfig",
        "ValidateEphemeralResourceConfig",
        "ConfigureProvider",
        "CloseEphemeralResource",
        "StopProvider",
    ):
        methods[name] = _unary(pb.Empty, accept)
    return grpc.method_handlers_generic_handler("tfplugin6.Provider", methods)


def _unary(request: Any, answer: Callable[[Any], Any]) -> grpc.RpcMethodHandler:
    return grpc.unary_unary_rpc_method_handler(
        lambda message, context: answer(message),
        request_deserializer=request.FromString,
        response_serializer=lambda response: response.SerializeToString(),
    )


def _value(value: Any) -> pb.Value:
    return pb.Value(msgpack=values.encode(value))


def _any_function() -> pb.Function:
    anything = pb.Function.Parameter(name="argument", type=_DYNAMIC, allow_null_value=True, allow_unknown_values=True)
    return pb.Function(variadic_parameter=anything, **{"return": pb.Function.Return(type=_DYNAMIC)})
