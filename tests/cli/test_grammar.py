"""One grammar for all commands: `--out`, `--format json`, and examples in every help text that the parser accepts."""

import shlex
from collections.abc import Iterator

import click
import pytest

from iacrl.cli import COMMANDS, cli

#: What these print or write has one form: a protocol, a schema in JSON.
WITHOUT_JSON = {"mcp", "lsp", "schema export", "settings schema", "export", "push"}
#: Other spellings of `--out` and `--format`.
NOT_OURS = {"--output", "--to", "--dir", "--json", "--as-json"}


def _leaves(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    with click.Context(command) as context:
        for sub in command.list_commands(context):
            found = command.get_command(context, sub)
            assert found is not None
            yield from _leaves(found, f"{name} {sub}".strip())


LEAVES = dict(_leaves(cli, ""))


def test_every_command_is_looked_at():
    assert {name.split()[0] for name in LEAVES} == set(COMMANDS)


@pytest.mark.parametrize("name", LEAVES)
def test_a_command_follows_the_grammar(name):
    options = {
        spelling: option
        for option in LEAVES[name].params
        if option.param_type_name == "option"
        for spelling in option.opts
    }
    assert not NOT_OURS & set(options)
    if name not in WITHOUT_JSON:
        assert "json" in options["--format"].type.choices
    _parse_examples(name, LEAVES[name])


def _parse_examples(name: str, command: click.Command) -> None:
    lines = (command.epilog or "").split("Examples:\n", 1)[1].splitlines()
    assert lines
    for line in lines:
        (own,) = [part for part in line.split("|") if part.strip().startswith("iacrl ")]
        words = shlex.split(own.split(" > ")[0])
        assert words[1 : 1 + len(name.split())] == name.split()
        with click.Context(command) as context:
            command.make_parser(context).parse_args(words[1 + len(name.split()) :])
