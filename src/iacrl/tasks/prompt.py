"""The one prompt builder: SFT, GRPO, evaluation and generation all show a model these messages.

The model's own chat template turns the messages into text. A run records `prompt_digest`, and a stage refuses a parent
that was trained on another prompt.
"""

from __future__ import annotations

import hashlib
import json

from iacrl.domains.verdict import Domain
from iacrl.tasks.task import Task

Message = dict[str, str]

_SYSTEM: dict[Domain, str] = {
    "terraform": "Reply with one terraform code block.",
    "kubernetes": "Reply with one yaml code block.",
}
#: The language that opens a fenced block of code.
FENCES: dict[Domain, str] = {"terraform": "terraform", "kubernetes": "yaml"}


def build_prompt(task: Task) -> list[Message]:
    """Return the chat messages that ask for this task's answer."""
    user = f"{task.instruction}\n\n{task.input.rstrip()}" if task.input else task.instruction
    return [{"role": "system", "content": _SYSTEM[task.domain]}, {"role": "user", "content": user}]


def build_answer(task: Task) -> list[Message]:
    """Return the assistant's message that holds the gold answer, as SFT teaches it: one fenced block."""
    return [{"role": "assistant", "content": f"```{FENCES[task.domain]}\n{task.output.rstrip()}\n```"}]


def prompt_digest(chat_template: str) -> str:
    """Return the SHA-256 of everything that decides how a prompt reads: the messages' form and the chat template."""
    probe = {domain: build_prompt(_PROBE[domain]) + build_answer(_PROBE[domain]) for domain in _SYSTEM}
    form = json.dumps({"messages": probe, "chat_template": chat_template}, sort_keys=True)
    return hashlib.sha256(form.encode()).hexdigest()


_PROBE: dict[Domain, Task] = {
    domain: Task(id="probe", domain=domain, instruction="I", input="X", output="O") for domain in _SYSTEM
}
