"""What a CI server takes for commands in a job's log, and a text that tries to be some."""

import re

#: A name, an id or a value from anybody. Between marks there is a character that a comparison by culture skips.
FORGED = (
    "::set-output name=x::y\n::error::z\r  ::stop-commands::t\n\u034f:\u034f:debug::u ##[add-mask]v #\u034f#[error]w "
    "##vso[task.setvariable variable=x]y\x1b[2J\x9b2J\u202e\x1b]0;t\x07#\x1b[0m#[group]\nFORGED"
)
_SKIPPED = re.compile("\x1b\\[[0-9;]*m|[^\x20-\x7e]")


def commands_in(log):
    """Return the lines with commands, as GitHub's runner and the agent of Azure Pipelines find them."""
    lines = [_SKIPPED.sub("", line).lstrip() for line in re.split("\r\n|\r|\n", log)]
    return [line for line in lines if re.match("::[A-Za-z-]+[^:]*::", line) or re.search(r"##[A-Za-z]*\[", line)]


def is_ours_alone(text):
    """Return whether a log has no command, no control character, and no line that a foreign text begins."""
    clean = all(char.isprintable() or char in "\n\t" for char in text)
    return clean and not commands_in(text) and "\nFORGED" not in text
