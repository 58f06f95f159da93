"""What a shell completes in addition to commands, options and choices: recipes, codes, task ids, and files.

Completion never fails: if something cannot be read, it completes nothing.
"""

from __future__ import annotations

import re

import click
from click.shell_completion import CompletionItem

#: A shell asks before it shows more, and reading more takes too long.
_MOST_TASKS = 500
#: The rest of a row is long and not needed.
_FIRST_KEY = re.compile(r'\{"id": "([^"\\]+)"')


def complete_files(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete the names of files and directories."""
    return [CompletionItem(incomplete, type="file")]


def complete_recipes(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of shipped recipes; if none fits, files."""
    from iacrl.config.recipes import config_names

    found = [CompletionItem(name) for name in config_names() if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


def complete_codes(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the last of several codes separated by commas."""
    from iacrl.sources.code_names import all_codes

    before, comma, last = incomplete.rpartition(",")
    codes = sorted({code for code in all_codes() if code.startswith(last.upper())})
    return [CompletionItem(f"{before}{comma}{code}") for code in codes]


def complete_tasks(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the ids of the first few hundred shipped tasks."""
    from iacrl.files import open_text
    from iacrl.tasks.task_files import shipped_files

    found: list[CompletionItem] = []
    for path in shipped_files():
        with open_text(path) as lines:
            for line in lines:
                row = _FIRST_KEY.match(line)
                if row and row[1].startswith(incomplete):
                    found.append(CompletionItem(row[1]))
                if len(found) == _MOST_TASKS:
                    return found
    return found
