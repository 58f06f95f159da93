"""llama.cpp by its C interface (llama.h): loading a GGUF file, its tokens and probabilities, and its quantizer.

llama-cpp-python brings llama.cpp and declares its functions. Its own classes for text and chats are not needed here.
"""

from __future__ import annotations

import ctypes
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from iacrl.errors import UserError, first_line
from iacrl.extras import is_here, require

_PACKAGE = "llama_cpp"

#: What llama.cpp can make of a 16-bit file: its names, and the names of their numbers in llama.h.
QUANTIZED = {
    name: f"LLAMA_FTYPE_MOSTLY_{name.upper()}"
    for name in ("q2_k", "q3_k_m", "q4_0", "q4_k_s", "q4_k_m", "q5_0", "q5_k_s", "q5_k_m", "q6_k", "iq4_xs")
}


def can_load() -> bool:
    """Say whether llama.cpp is installed."""
    return is_here(_PACKAGE)


def quantize_file(source: Path, target: Path, form: str) -> None:
    """Write a smaller form of a 16-bit GGUF file.

    Args:
        form: One of `QUANTIZED`.

    Raises:
        UserError: llama.cpp is not installed, or it refuses.
    """
    library = _library(f"--quantize {form}")
    options = library.llama_model_quantize_default_params()
    options.ftype = getattr(library, QUANTIZED[form])
    status = library.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(options))
    if status:
        raise UserError(f"--quantize {form}: llama.cpp could not make {target.name} (status {status}).")


class LlamaCpp:
    """A GGUF file in llama.cpp, on the CPU; a context manager.

    Args:
        length: The most tokens of one text.
        threads: CPU threads; None leaves it to llama.cpp.

    Raises:
        UserError: llama.cpp is not installed, or it cannot load the file.
    """

    def __init__(self, file: Path, *, length: int, threads: int | None) -> None:
        self._library = _library(f"{file.name}: loading it")
        options = self._library.llama_model_default_params()
        options.n_gpu_layers = 0
        self._model = self._library.llama_model_load_from_file(str(file).encode(), options)
        if not self._model:
            raise UserError(f"{file.name}: llama.cpp cannot load this file.")
        options = self._library.llama_context_default_params()
        options.n_ctx = options.n_batch = options.n_ubatch = length
        if threads is not None:
            options.n_threads = options.n_threads_batch = threads
        self._context = self._library.llama_init_from_model(self._model, options)
        self._vocabulary = self._library.llama_model_get_vocab(self._model)
        self._tokens: int = self._library.llama_vocab_n_tokens(self._vocabulary)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._library.llama_free(self._context)
        self._library.llama_model_free(self._model)

    def tokenize(self, text: str) -> list[int]:
        """Return the tokens of a text in which special tokens are written out; nothing is added."""
        data = text.encode()
        room = (self._library.llama_token * (len(data) + 8))()
        add_special, parse_special = False, True
        count = self._library.llama_tokenize(
            self._vocabulary, data, len(data), room, len(room), add_special, parse_special
        )
        return list(room[:count])

    def logits(self, tokens: Sequence[int]) -> NDArray[np.float32]:
        """Return the logits after each token of a text, of shape (tokens, vocabulary)."""
        self._forget()
        self._read(tokens, 0, all_logits=True)
        values = self._library.llama_get_logits(self._context)
        return np.ctypeslib.as_array(values, (len(tokens), self._tokens)).copy()

    def continued(self, tokens: Sequence[int], ends: Collection[int], limit: int) -> list[int]:
        """Return the likeliest continuation, token by token: up to an end token, which is included, or the limit."""
        self._forget()
        self._read(tokens, 0)
        found: list[int] = []
        while len(found) < limit:
            values = self._library.llama_get_logits_ith(self._context, -1)
            found.append(int(np.ctypeslib.as_array(values, (self._tokens,)).argmax()))
            if found[-1] in ends:
                break
            self._read(found[-1:], len(tokens) + len(found) - 1)
        return found

    def _forget(self) -> None:
        with_data = True
        self._library.llama_memory_clear(self._library.llama_get_memory(self._context), with_data)

    def _read(self, tokens: Sequence[int], position: int, *, all_logits: bool = False) -> None:
        batch = self._library.llama_batch_init(len(tokens), 0, 1)
        try:
            batch.n_tokens = len(tokens)
            for place, token in enumerate(tokens):
                batch.token[place], batch.pos[place] = token, position + place
                batch.n_seq_id[place], batch.seq_id[place][0] = 1, 0
                batch.logits[place] = all_logits or place == len(tokens) - 1
            status = self._library.llama_decode(self._context, batch)
        finally:
            self._library.llama_batch_free(batch)
        if status:
            raise RuntimeError(f"llama_decode of {len(tokens)} tokens at {position}: status {status}")


def _library(what: str) -> Any:
    """Return the module of llama.cpp's functions, which prints nothing from here on.

    Args:
        what: What was asked for; it begins the message.
    """
    require(what, "gguf", [_PACKAGE])
    try:
        import llama_cpp
    except (RuntimeError, OSError) as error:  # the shared library is missing, or made for another system
        raise UserError(f"{what}: llama.cpp is installed and does not load: {first_line(error)}") from error
    llama_cpp.llama_backend_init()
    llama_cpp.llama_log_set(_silent(llama_cpp), ctypes.c_void_p())
    return llama_cpp


@cache
def _silent(library: Any) -> Any:
    """Return a logger that drops everything. llama.cpp keeps it, so it lives as long as the process."""
    return library.llama_log_callback(lambda level, text, data: None)
