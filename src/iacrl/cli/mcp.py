"""`iacrl mcp`: a server for coding agents."""

from __future__ import annotations

from pathlib import Path

import click

from iacrl.cli.shared_options import FOLDER, examples
from iacrl.extras import require


@click.command(epilog=examples("iacrl mcp", "iacrl mcp --root infra"))
@click.option(
    "--root",
    type=FOLDER,
    default=Path(),
    show_default="the current directory",
    help="The directory that the server may read; nothing outside it is read.",
)
def command(root: Path) -> None:
    """Serve a coding agent by the Model Context Protocol, over standard input and output.

    Its tools judge texts, files and directories, explain codes, show schemas and check intents. It only reads, starts
    no other program and uses no network. An agent's client starts it; a terminal shows nothing.
    """
    require("iacrl mcp", "mcp", ["mcp"])
    from iacrl.servers.agent_server import build_server

    build_server(root).run("stdio")
