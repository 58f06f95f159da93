"""The only prompt builder: SFT, GRPO, evaluation and generation all use these messages.

The model's own chat template turns the messages into text. A run records `prompt_digest`. A stage refuses a parent that
was trained on another prompt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any, Final

from iacrl.domains.registry import find_domain
from iacrl.tasks.task import Task

Message = dict[str, str]

#: Increased when the text for the same schemas changes: it is a part of the digest of a prompt.
_SCHEMAS_FORM: Final = 1


def build_prompt(task: Task) -> list[Message]:
    """Return the chat messages that ask for this task's answer."""
    user = "\n\n".join(part for part in (task.instruction, task.input.rstrip(), task.schemas) if part)
    return [{"role": "system", "content": find_domain(task.domain).prompt()}, {"role": "user", "content": user}]


def build_answer(task: Task) -> list[Message]:
    """Return the assistant's message with the gold answer, as SFT teaches it: one fenced block."""
    return [{"role": "assistant", "content": f"```{find_domain(task.domain).fence}\n{task.output.rstrip()}\n```"}]


def prompt_digest(domains: Iterable[str], chat_template: str, schemas: int | None = None) -> str:
    """Return the SHA-256 of everything that shapes a prompt: the messages' form and the chat template.

    Args:
        domains: The domains of the prompts.
        chat_template: The tokenizer's chat template.
        schemas: The most tokens of schemas in a prompt; None if it has none.
    """
    form: dict[str, Any] = {"messages": {domain: _probe(domain) for domain in domains}, "chat_template": chat_template}
    if schemas is not None:
        form["schemas"] = [_SCHEMAS_FORM, schemas]
    return hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()


def _probe(domain: str) -> list[Message]:
    task = Task(id="probe", domain=domain, instruction="I", input="X", output="O")
    return build_prompt(task) + build_answer(task)
