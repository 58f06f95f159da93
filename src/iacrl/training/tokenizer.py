"""Loading the base model's tokenizer with a padding token, and the digest of how it splits text."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.sections import ModelSection
from iacrl.errors import UserError, first_line
from iacrl.training.pretrained import from_pretrained, local_folder, panics_as_errors

#: Where an export has its tokenizer if transformers would read it differently next to the model's config.json.
TOKENIZER_FOLDER = "tokenizer"

#: Parts of the names of tokens that a model reserves without using them, best first: Llama 3 has
#: `<|finetune_right_pad_id|>` and `<|reserved_special_token_0|>`, Mistral `[control_8]`, others `<unused0>`.
_UNUSED = ("pad", "reserved", "unused", "control")


def load_tokenizer(model: ModelSection) -> PreTrainedTokenizerBase:
    """Return the model's tokenizer, padding on the left as generation needs it.

    Raises:
        UserError: The tokenizer cannot be loaded, has no chat template, or does not have `model.pad_token`.
    """
    options = {"padding_side": "left", "truncation_side": "left"}
    folder = local_folder(model)
    if folder is not None and not (folder / "tokenizer.json").is_file() and (folder / TOKENIZER_FOLDER).is_dir():
        model = model.model_copy(update={"id": str(folder / TOKENIZER_FOLDER)})
    tokenizer: PreTrainedTokenizerBase = from_pretrained(AutoTokenizer, model, **options)
    if not _splits_as_saved(tokenizer, local_folder(model)):
        tokenizer = from_pretrained(PreTrainedTokenizerFast, model, **options)
    if tokenizer.chat_template is None:
        raise UserError(f"model.id {model.id}: its tokenizer has no chat template. Choose an instruct (chat) model.")
    if tokenizer.eos_token_id is None:
        raise UserError(f"model.id {model.id}: its tokenizer has no end token, so an answer would never stop.")
    _check_chat_template(tokenizer, model)
    if model.pad_token is not None:
        if model.pad_token not in tokenizer.get_vocab():
            raise UserError(f"model.pad_token {model.pad_token!r}: the tokenizer of {model.id} has no such token.")
        tokenizer.pad_token = model.pad_token
    elif tokenizer.pad_token_id in (None, tokenizer.eos_token_id):
        tokenizer.pad_token = unused_token(tokenizer) or tokenizer.eos_token
    return tokenizer


def _check_chat_template(tokenizer: PreTrainedTokenizerBase, model: ModelSection) -> None:
    """Refuse a template that fails on the messages of a prompt: it is a program, and may be from anybody.

    Raises:
        UserError: It does.
    """
    roles = ("system", "user", "assistant")
    for chat in (roles[:2], roles):
        try:
            with panics_as_errors():
                tokenizer.apply_chat_template(
                    [{"role": role, "content": "text"} for role in chat], add_generation_prompt=len(chat) == 2
                )
        except Exception as error:  # a template of anybody: it raises what it likes
            raise UserError(
                f"model.id {model.id}: its chat template does not take the messages {', '.join(chat)}: "
                f"{first_line(error)} Choose an instruct (chat) model that takes a system message."
            ) from error


def unused_token(tokenizer: PreTrainedTokenizerBase) -> str | None:
    """Return a special token without meaning in a conversation, for padding; None if there is none.

    Padding is always masked, so any token would work. But some programs mask by the token, and a separate one keeps the
    end token in their loss. Tokens that the chat template writes, or that begin or end a text, have a meaning.
    """
    meant = {tokenizer.bos_token, tokenizer.eos_token}
    special: list[str] = [
        token.content
        for _, token in sorted(tokenizer.added_tokens_decoder.items())
        if token.special and token.content not in meant and token.content not in str(tokenizer.chat_template)
    ]
    for part in _UNUSED:
        found = next((token for token in special if part in token.lower()), None)
        if found is not None:
            return found
    unknown = tokenizer.unk_token
    return None if unknown is None or unknown in meant else str(unknown)


def _splits_as_saved(tokenizer: PreTrainedTokenizerBase, folder: Path | None) -> bool:
    """Say whether the tokenizer of a local model splits text as its own file says.

    For some model types (such as qwen2) `AutoTokenizer` silently replaces the saved pre-tokenizer by the type's own. A
    model with a tokenizer of its own then reads other tokens than it was trained on.
    """
    saved = None if folder is None else folder / "tokenizer.json"
    if saved is None or not saved.is_file() or not isinstance(tokenizer, PreTrainedTokenizerFast):
        return True
    loaded = json.loads(tokenizer.backend_tokenizer.to_str())
    return bool(loaded["pre_tokenizer"] == json.loads(saved.read_text(encoding="utf-8"))["pre_tokenizer"])


def tokenizer_digest(tokenizer: PreTrainedTokenizerBase) -> str:
    """Return the SHA-256 of how text becomes tokens: vocabulary, merges, splitting, and the special tokens."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    content = json.loads(backend.to_str()) if backend is not None else {"vocabulary": tokenizer.get_vocab()}
    for state in ("padding", "truncation"):  # settings of the last call, not of the tokenizer
        content.pop(state, None)
    special = {"eos": tokenizer.eos_token_id, "pad": tokenizer.pad_token_id, "bos": tokenizer.bos_token_id}
    return hashlib.sha256(json.dumps([content, special], sort_keys=True).encode()).hexdigest()
