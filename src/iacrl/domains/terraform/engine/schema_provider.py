"""A provider that only knows its schemas: plugin protocol 6 over a unix socket.

Terraform itself checks a configuration against the schema, with one exception: this provider reports arguments that
only the provider may set. It plans a resource as a first plan would, and leaves values that only the cloud knows
unknown. It reads data sources as placeholders. It contacts nothing, and it does not offer the call to apply.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from iacrl.domains.terraform.engine import tfplugin as pb
from iacrl.domains.terraform.engine import wire_values
from iacrl.domains.terraform.engine.encoded_schemas import EncodedSchema, Types
from iacrl.domains.terraform.schema.provider_schema import BlockSchema, Category

#: The largest request. The 256 MB that terraform itself allows would let a text exhaust our memory.
_MAX_MESSAGE_BYTES = 16 << 20

_DYNAMIC = b'"dynamic"'


@dataclass(frozen=True, slots=True)
class Served:
    """One provider, as one text needs it.

    Attributes:
        encoded: The provider's schema.
        words: The words of the text. Types among them are served completely, other types by name only.
        functions: The provider functions that the text calls. Their signatures are unknown, so any call is accepted and
            its result is unknown.
        instead: Types whose body was made for this text because the schema does not have it.
        read_as: Data sources whose placeholders were made for this text.
    """

    encoded: EncodedSchema
    words: Collection[str]
    functions: Collection[str] = ()
    instead: Types = field(default_factory=dict)
    read_as: Mapping[str, BlockSchema] = field(default_factory=dict)

    def block(self, category: Category, name: str) -> BlockSchema:
        """Return the body of one type."""
        made = self.instead.get((category, name))
        return made or self.encoded.schema.read(category, name) or BlockSchema()


@contextmanager
def serve(served: Served, socket: Path, pool: Executor) -> Iterator[None]:
    """Answer for one provider until the block ends.

    Args:
        socket: The unix socket to listen on; 100 bytes at most.
        pool: Threads that answer the calls.
    """
    server = grpc.server(
        pool,
        options=[("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES), ("grpc.so_reuseport", 0)],
    )
    server.add_generic_rpc_handlers((_handlers(served),))
    if not server.add_insecure_port(f"unix:{socket}"):
        raise OSError(f"cannot listen on {socket}")
    server.start()
    try:
        yield
    finally:
        server.stop(grace=None).wait()


def _handlers(served: Served) -> grpc.GenericRpcHandler:
    functions = {name: _any_function() for name in served.functions}
    schema = served.encoded.message(served.words, served.instead)
    schema += pb.ProviderSchema(functions=functions).SerializeToString()
    block = served.block

    def plan(request: pb.PlanRequest) -> pb.PlannedState:
        proposed = wire_values.decode(request.proposed_new_state.msgpack)
        return pb.PlannedState(
            planned_state=_value(wire_values.planned(block("resource", request.type_name), proposed))
        )

    def read_data(request: pb.ConfigRequest) -> pb.DataState:
        config = wire_values.decode(request.config.msgpack)
        body = served.read_as.get(request.type_name) or block("data", request.type_name)
        return pb.DataState(state=_value(wire_values.with_placeholders(body, config)))

    def open_ephemeral(request: pb.ConfigRequest) -> pb.EphemeralResult:
        config = wire_values.decode(request.config.msgpack)
        return pb.EphemeralResult(
            result=_value(wire_values.with_placeholders(block("ephemeral", request.type_name), config))
        )

    def import_state(request: pb.ImportRequest) -> pb.Imported:
        state = _value(wire_values.imported(block("resource", request.type_name), request.id))
        return pb.Imported(imported_resources=[pb.Imported.Resource(type_name=request.type_name, state=state)])

    def validate(category: Category) -> Callable[[pb.ConfigRequest], pb.Validated]:
        def answer(request: pb.ConfigRequest) -> pb.Validated:
            body = block(category, request.type_name)
            return pb.Validated(diagnostics=_read_only(body, wire_values.decode(request.config.msgpack)))

        return answer

    def validate_provider(request: pb.ProviderConfigRequest) -> pb.ValidatedProvider:
        config = wire_values.decode(request.config.msgpack)
        return pb.ValidatedProvider(diagnostics=_read_only(served.encoded.schema.provider_block, config))

    def accept(request: pb.Empty) -> pb.Empty:
        return pb.Empty()

    methods: dict[str, grpc.RpcMethodHandler] = {
        "GetProviderSchema": grpc.unary_unary_rpc_method_handler(lambda request, context: schema),  # already bytes
        "GetFunctions": _unary(pb.Empty, lambda request: pb.Functions(functions=functions)),
        "CallFunction": _unary(pb.Empty, lambda request: pb.CallFunctionResult(result=_value(wire_values.UNKNOWN))),
        "ValidateProviderConfig": _unary(pb.ProviderConfigRequest, validate_provider),
        "ValidateResourceConfig": _unary(pb.ConfigRequest, validate("resource")),
        "ValidateDataResourceConfig": _unary(pb.ConfigRequest, validate("data")),
        "ValidateEphemeralResourceConfig": _unary(pb.ConfigRequest, validate("ephemeral")),
        "ReadResource": _unary(pb.StateRequest, lambda request: pb.NewState(new_state=request.current_state)),
        "PlanResourceChange": _unary(pb.PlanRequest, plan),
        "ReadDataSource": _unary(pb.ConfigRequest, read_data),
        "OpenEphemeralResource": _unary(pb.ConfigRequest, open_ephemeral),
        "ImportResourceState": _unary(pb.ImportRequest, import_state),
    }
    for name in ("ConfigureProvider", "CloseEphemeralResource", "StopProvider"):
        methods[name] = _unary(pb.Empty, accept)
    return grpc.method_handlers_generic_handler("tfplugin6.Provider", methods)


def _unary(request: Any, answer: Callable[[Any], Any]) -> grpc.RpcMethodHandler:
    return grpc.unary_unary_rpc_method_handler(
        lambda message, context: answer(message),
        request_deserializer=request.FromString,
        response_serializer=lambda response: response.SerializeToString(),
    )


def _value(value: Any) -> pb.Value:
    return pb.Value(msgpack=wire_values.encode(value))


def _read_only(block: BlockSchema, config: Any) -> list[pb.Diagnostic]:
    """Return the errors of the providers' SDK about attributes that a configuration must not set."""
    return [
        pb.Diagnostic(
            severity=pb.Diagnostic.ERROR,
            summary="Value for unconfigurable attribute",
            detail=f'Can\'t configure a value for "{path[-1]}": its value will be decided automatically.',
            attribute=pb.AttributePath(
                steps=[
                    pb.AttributePath.Step(element_key_int=step)
                    if isinstance(step, int)
                    else pb.AttributePath.Step(attribute_name=step)
                    for step in path
                ]
            ),
        )
        for path in wire_values.read_only_set(block, config)
    ]


def _any_function() -> pb.Function:
    anything = pb.Function.Parameter(name="argument", type=_DYNAMIC, allow_null_value=True, allow_unknown_values=True)
    return pb.Function(variadic_parameter=anything, **{"return": pb.Function.Return(type=_DYNAMIC)})
