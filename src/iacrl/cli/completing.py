"""What a shell completes beside commands, options and choices: recipes, codes, ids of tasks, and files.

Completion never fails: where something cannot be read, there is nothing to complete.
"""

from __future__ import annotations

import re

import click
from click.shell_completion import CompletionItem

#: A shell asks before it shows more, and reading them takes longer than somebody waits.
_MOST_TASKS = 500
#: The rest of a row is long, and nothing of it is needed.
_FIRST_KEY = re.compile(r'\{"id": "([^"\\]+)"')


def complete_files(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Leave it to the shell to complete the names of files and directories."""
    return [CompletionItem(incomplete, type="file")]


def complete_recipes(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of shipped recipes; where none fits, files."""
    from iacrl.config.recipes import config_names

    found = [CompletionItem(name) for name in config_names() if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


def complete_codes(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the last of some codes that commas separate."""
    from iacrl.sources.code_names import all_codes

    before, comma, last = incomplete.rpartition(",")
    codes = sorted({code for code in all_codes() if code.startswith(last.upper())})
    return [CompletionItem(f"{before}{comma}{code}") for code in codes]


def complete_tasks(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the ids of the shipped tasks; of these, the first few hundred."""
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
