"""Ollama's Modelfile for an exported policy: its file, its prompt format as a Go template, and where answers end.

Ollama does not read a chat template in Jinja; it compares it with those that it knows. So the template is taken apart
here: what it writes before, between and after messages becomes the Go template.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import astuple, dataclass

from transformers import PreTrainedTokenizerBase

from iacrl.tasks.prompt import Message

_SYSTEM, _USER, _ANSWER = "SystemText0", "UserText0", "AnswerText0"


@dataclass(frozen=True, slots=True)
class ChatPieces:
    """What a chat template writes around the texts of a conversation.

    Attributes:
        system: Before the system's text, at the start.
        alone: Before the user's text, if there is no system text.
        after_system: Between the system's text and the user's.
        asked: Between the user's text and the answer.
        answered: Between an answer and the user's next text.
    """

    system: str
    alone: str
    after_system: str
    asked: str
    answered: str

    def render(self, messages: list[Message]) -> str:
        """Return what the Go template makes of a conversation whose last message is the user's."""
        before = {("", "system"): self.system, ("", "user"): self.alone, ("system", "user"): self.after_system}
        text, last = "", ""
        for message in messages:
            role = message["role"]
            if role == "assistant":
                text += message["content"]
            else:
                text += before.get((last, role), self.answered) + message["content"]
            text += self.asked if role == "user" else ""
            last = role
        return text

    def go_template(self) -> str:
        """Return the template in Ollama's language."""
        return (
            '{{ $last := "" }}{{ range .Messages }}'
            f'{{{{ if eq .Role "system" }}}}{self.system}{{{{ .Content }}}}'
            f'{{{{ else if eq .Role "user" }}}}{{{{ if eq $last "" }}}}{self.alone}'
            f'{{{{ else if eq $last "system" }}}}{self.after_system}{{{{ else }}}}{self.answered}{{{{ end }}}}'
            f'{{{{ .Content }}}}{self.asked}{{{{ else if eq .Role "assistant" }}}}{{{{ .Content }}}}{{{{ end }}}}'
            "{{ $last = .Role }}{{ end }}"
        )


def chat_pieces(tokenizer: PreTrainedTokenizerBase, example: list[Message]) -> ChatPieces | None:
    """Return a chat template's pieces; None if it is more than pieces, such as one that writes the date.

    Args:
        example: A prompt of a task, on which the pieces are tried.
    """
    whole = [
        {"role": "system", "content": _SYSTEM},
        {"role": "user", "content": _USER},
        {"role": "assistant", "content": _ANSWER},
        {"role": "user", "content": _USER},
    ]

    def rendered(messages: list[Message]) -> str:
        return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))

    system, _, rest = rendered(whole).partition(_SYSTEM)
    after_system, _, rest = rest.partition(_USER)
    asked, _, rest = rest.partition(_ANSWER)
    answered, _, last = rest.partition(_USER)
    alone = rendered(whole[1:2]).partition(_USER)[0]
    pieces = ChatPieces(system, alone, after_system, asked, answered)
    tried = (whole, whole[:2], whole[1:2], whole[1:], example)
    right = last == asked and all(rendered(messages) == pieces.render(messages) for messages in tried)
    return pieces if right and all(map(_is_plain, astuple(pieces))) else None


def _is_plain(piece: str) -> bool:
    """Say whether a text in the Go template, which is quoted by three quotes, stays a text: a model is anybody's."""
    return '"""' not in piece and "{{" not in piece and not piece.endswith("{")


def write_modelfile(file: str, pieces: ChatPieces | None, ends: Collection[str], *, context: int) -> str:
    """Return the Modelfile.

    Args:
        file: Name of the GGUF file in the same folder.
        pieces: Without them Ollama chooses a template by itself.
        ends: The texts of the tokens that end an answer. One that a quoted text cannot hold is left out; the GGUF file
            has its number.
        context: Tokens of a prompt with its answer.
    """
    lines = [f"FROM ./{file}"]
    if pieces is not None:
        lines.append(f'TEMPLATE """{pieces.go_template()}"""')
    lines += [f'PARAMETER stop "{end}"' for end in sorted(ends) if end.isprintable() and '"' not in end]
    # As the policy is measured: the likeliest token, and no penalty, which Ollama has by default.
    lines += [f"PARAMETER num_ctx {context}", "PARAMETER temperature 0", "PARAMETER repeat_penalty 1"]
    return "\n".join(lines) + "\n"
