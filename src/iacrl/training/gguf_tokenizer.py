"""A tokenizer in the terms of a GGUF file: byte-level BPE, and a name for how text is split before it.

A GGUF file does not hold the splitting pattern itself. It names one of the patterns that are compiled into llama.cpp
(`llm_tokenizer_bpe` in its src/llama-vocab.cpp). A tokenizer with another pattern cannot be expressed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gguf import TokenType
from transformers import PreTrainedTokenizerBase

from iacrl.errors import UserError

_WORDS = r"|[^\r\n\p{L}\p{N}]?\p{L}+"
_REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_ENDINGS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"

#: The steps that split text, as `_steps` writes them, to llama.cpp's name for them.
_SPLITTINGS: Mapping[tuple[str, ...], str] = {
    ("bytes",): "gpt-2",
    ("digits", "bytes"): "smollm",
    (rf"{_ENDINGS}{_WORDS}|\p{{N}}{_REST}", "raw bytes"): "qwen2",
    (rf"{_ENDINGS}{_WORDS}|\p{{N}}{{1,3}}{_REST}", "raw bytes"): "llama-bpe",
}

#: The splittings with which llama.cpp takes a word that is in the vocabulary as it is, without merging.
_WHOLE_WORDS = frozenset({"llama-bpe"})

#: Tags that only training reads. Other programs that render chat templates do not know them.
_GENERATION = re.compile(r"\{%([-+]?)\s*(?:end)?generation\s*([-+]?)%\}")


@dataclass(frozen=True, slots=True)
class GgufTokenizer:
    """The tokenizer's part of a GGUF file.

    Attributes:
        tokens: By id; ids that no token has are padding tokens.
        types: Of each token: `gguf.TokenType`.
        merges: Each two tokens with a space between them, the first ones first.
        splitting: llama.cpp's name for how text is split.
        chat_template: Jinja, without the tags that only training reads.
    """

    tokens: tuple[str, ...]
    types: tuple[int, ...]
    merges: tuple[str, ...]
    splitting: str
    chat_template: str


def describe_tokenizer(tokenizer: PreTrainedTokenizerBase, rows: int) -> GgufTokenizer:
    """Return the tokenizer's part of a GGUF file.

    Args:
        rows: Rows of the model's embedding, often a few more than the tokenizer has tokens.

    Raises:
        UserError: GGUF cannot express the tokenizer.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise _refused("it has no tokenizer.json")
    content = json.loads(backend.to_str())
    model, normalizer = content["model"], content["normalizer"]
    if model["type"] != "BPE" or model.get("byte_fallback") or model.get("continuing_subword_prefix"):
        raise _refused(f"it is {model['type']} of another kind than GPT-2's byte-level BPE")
    if normalizer not in (None, {"type": "NFC"}):
        raise _refused(f"it rewrites text before splitting it ({normalizer['type']})")
    splitting = _SPLITTINGS.get(_steps(content["pre_tokenizer"]))
    if splitting is None or (splitting in _WHOLE_WORDS) != bool(model.get("ignore_merges")):
        known = ", ".join(sorted(_SPLITTINGS.values()))
        raise _refused(f"it splits text by a pattern of its own, and llama.cpp has its patterns built in ({known})")
    by_id = {number: text for text, number in tokenizer.get_vocab().items()}
    added = tokenizer.added_tokens_decoder
    types = [
        TokenType.UNUSED
        if number not in by_id
        else TokenType.NORMAL
        if number not in added
        else TokenType.CONTROL
        if added[number].special
        else TokenType.USER_DEFINED
        for number in range(rows)
    ]
    merges = (pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"])
    return GgufTokenizer(
        tuple(by_id.get(number, f"[PAD{number}]") for number in range(rows)),
        tuple(map(int, types)),
        tuple(merges),
        splitting,
        _GENERATION.sub(r"{#\1 training only \2#}", str(tokenizer.chat_template)),
    )


def _steps(pre_tokenizer: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return how text is split, step by step; an unknown step is written as its JSON."""
    if pre_tokenizer is None:
        return ()
    if pre_tokenizer["type"] == "Sequence":
        return tuple(step for part in pre_tokenizer["pretokenizers"] for step in _steps(part))
    if pre_tokenizer["type"] == "ByteLevel" and not pre_tokenizer["add_prefix_space"]:
        return ("bytes" if pre_tokenizer["use_regex"] else "raw bytes",)
    if pre_tokenizer["type"] == "Digits" and pre_tokenizer["individual_digits"]:
        return ("digits",)
    isolated = pre_tokenizer.get("behavior") == "Isolated" and not pre_tokenizer["invert"]
    if pre_tokenizer["type"] == "Split" and isolated and "Regex" in pre_tokenizer["pattern"]:
        return (str(pre_tokenizer["pattern"]["Regex"]),)
    return (json.dumps(pre_tokenizer, sort_keys=True),)


def _refused(why: str) -> UserError:
    return UserError(
        f"--format gguf: GGUF cannot express this model's tokenizer: {why}. Export it without --format, for "
        "transformers and vLLM."
    )
