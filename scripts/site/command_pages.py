"""The page of all commands, from click's own description of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc

import click


def command_reference(group: click.Group, program: str) -> str:
    """Return Markdown with a section for each command of a group, and one for each of their subcommands."""
    return "\n".join(_sections(group, click.Context(group, info_name=program), 2))


def _sections(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    if context.parent is not None:
        yield f"{'#' * level} {context.command_path}\n"
        level += 1
    yield f"```text\n{context.command_path} {' '.join(command.collect_usage_pieces(context))}\n```\n"
    yield f"{_prose(command.help or '')}\n"
    rows = [_row(parameter, context) for parameter in command.get_params(context) if parameter.name != "help"]
    if any(rows):
        yield "| option | what it does |\n|---|---|"
        yield "\n".join(filter(None, rows)) + "\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _sections(inner, click.Context(inner, info_name=name, parent=context), level)


def _row(parameter: click.Parameter, context: click.Context) -> str:
    record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
    if record is None:
        return ""
    names, words = (text.replace("|", "\\|") for text in record)
    return f"| `{names}` | {_escaped(words)} |"


def _prose(text: str) -> str:
    r"""Return a help text as Markdown. A paragraph after `\b` keeps its lines, as click prints it."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", cleandoc(text)):
        if paragraph.startswith("\b"):
            parts.append(f"```text\n{cleandoc(paragraph[1:].lstrip(chr(10)))}\n```")
        else:
            parts.append(_escaped(" ".join(paragraph.split())))
    return "\n\n".join(parts)


def _escaped(text: str) -> str:
    """Escape what Markdown and HTML would read, outside code."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(
        piece if piece.startswith("`") else re.sub(r"([*_\[\]{}])", r"\\\1", piece.replace("<", "&lt;"))
        for piece in pieces
    )
