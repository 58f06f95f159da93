"""`iacrl lsp`: a server for editors."""

from __future__ import annotations

import click

from iacrl.cli.shared_options import domain_options, examples, given_options
from iacrl.extras import require


@click.command(epilog=examples("iacrl lsp", "iacrl lsp --kubernetes-version 1.34"))
@domain_options
def command(**options: str | None) -> None:
    """Serve an editor by the Language Server Protocol, over standard input and output.

    It shows findings while you type, explains them under the mouse, and offers the intended name. Unsaved texts count.
    The editor starts it; a terminal shows nothing.
    """
    require("iacrl lsp", "lsp", ["pygls"])
    from iacrl.servers.language_server import serve

    serve(given_options(options))
