"""`iacrl mcp`: the tools of `agent_tools` by the Model Context Protocol (https://modelcontextprotocol.io)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

import iacrl
from iacrl.errors import UserError
from iacrl.servers.agent_tools import LONGEST, AgentTools, domains_in_words
from iacrl.text import shortened

_INSTRUCTIONS = (
    "Judges infrastructure code offline, as the real programs would. Validate what you wrote before you hand it over; "
    "ask for the schema of a type before you write one that you do not know well."
)
_READS_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

_DomainName = Annotated[str, Field(description="The name of the domain.")]
_Guessed = Annotated[str | None, Field(description="The name of the domain, where nothing else tells it.")]
_Given = Annotated[dict[str, str] | None, Field(description="Options of the domain.")]

Arguments = ParamSpec("Arguments")


def build_server(root: Path) -> MCPServer[Any]:
    """Return the server over one directory.

    Raises:
        UserError: There is no such directory.
    """
    if not root.is_dir():
        raise UserError(f"{root}: is not a directory; name the one that the server may read.")
    tools = AgentTools(root.resolve())
    server: MCPServer[Any] = MCPServer(
        "iacrl", version=iacrl.__version__, instructions=_INSTRUCTIONS, log_level="WARNING"
    )

    def add(tool: Callable[..., str], description: str) -> None:
        # Only plain text: structured output would send the same words twice.
        server.add_tool(_anticipated(tool), description=description, annotations=_READS_ONLY, structured_output=False)

    def validate_text(text: str, domain: _DomainName, options: _Given = None) -> str:
        return tools.validate_text(text, domain, options or {})

    def validate_path(
        path: Annotated[str, Field(description="A file or directory, relative to the server's directory.")] = ".",
        domain: _Guessed = None,
        options: _Given = None,
    ) -> str:
        return tools.validate_path(path, domain, options or {})

    def explain(code: Annotated[str, Field(description="The code of a finding, in brackets at its end.")]) -> str:
        return tools.explain(code)

    def schema(
        name: Annotated[str, Field(description="The type; with .FIELD.FIELD after it, a part of it.")],
        provider: Annotated[str | None, Field(description="Where several providers have the type.")] = None,
    ) -> str:
        return tools.schema(name, provider)

    def check_intent(
        text: str,
        intent: Annotated[dict[str, Any], Field(description="must_exist, must_not_exist, counts, cases, nothing_else")],
        domain: _Guessed = None,
    ) -> str:
        return tools.check_intent(text, intent, domain)

    known = domains_in_words()
    add(validate_text, f"Judge a text as one file. Returns each finding as LINE:COLUMN: message [CODE]. {known}")
    add(validate_path, f"Judge a file, or a directory with all below it. {known}")
    add(explain, "Say what the code of a finding means, why it is refused and what to write instead.")
    add(schema, "Show what a type takes, in few words: its fields with their types, required ones first.")
    add(check_intent, f"Say clause by clause whether a text declares what was asked for. {known}")
    return server


def _anticipated(tool: Callable[Arguments, str]) -> Callable[Arguments, str]:
    """Give the message of a user's mistake to the model. For other errors, it only learns that there was one."""

    @wraps(tool)
    def call(*arguments: Arguments.args, **named: Arguments.kwargs) -> str:
        try:
            return tool(*arguments, **named)
        except UserError as error:
            raise ToolError(shortened(str(error), LONGEST)) from None

    return call
