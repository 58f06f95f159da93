"""The turn that sends a verdict back to the model: what the validator found in its answer, in a few words.

It uses only what is known without the task's gold answer and intent, so it works wherever a model answers.
"""

from __future__ import annotations

from collections.abc import Sequence

from iacrl.domains.verdict import Diagnostic
from iacrl.tasks.prompt import Message

#: The most findings in one turn: the first ones usually cause the rest.
MOST_FINDINGS = 5

#: The longest message of one finding, in characters. Some list every allowed value.
_LONGEST = 200


def repair_turn(
    completion: str, diagnostics: Sequence[Diagnostic], unchecked: Sequence[str] = ()
) -> tuple[Message, Message]:
    """Return the two messages that follow a prompt: the model's answer, and the request to mend it.

    Args:
        completion: The raw text of the model.
        diagnostics: What the validator found. Warnings are left out.
        unchecked: What the validator could not judge, in words.
    """
    errors = [found for found in diagnostics if found.severity == "error"]
    lines = [f"line {one.range.start.line}: {_short(one.message)} [{one.code}]" for one in errors[:MOST_FINDINGS]]
    if len(errors) > MOST_FINDINGS:
        lines.append(f"and {len(errors) - MOST_FINDINGS} more")
    if not errors:
        lines = [f"cannot be checked: {_short(words)}" for words in unchecked[:MOST_FINDINGS]]
    said = "\n".join(["The validator refuses this answer:", *(lines or ["it declares nothing"])])
    request = f"{said}\nReply with the whole answer, corrected."
    return {"role": "assistant", "content": completion}, {"role": "user", "content": request}


def _short(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
