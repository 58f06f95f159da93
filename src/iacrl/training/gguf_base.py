"""A base model from one GGUF file: dequantized once, then read from a folder like any other base.

transformers reads GGUF slowly (two minutes for 135 M parameters on one core), and refuses to quantize what it reads
from one. So the first use writes the weights in bfloat16 to the cache, under the file's digest. Every later use, by any
stage, process or command, is the same as with a folder that `save_pretrained` wrote.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

import torch
import transformers
from filelock import FileLock
from platformdirs import user_cache_path
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from iacrl.errors import UserError, first_line
from iacrl.extras import require
from iacrl.files import refuse_special
from iacrl.runs.progress import say
from iacrl.training.claimed_sizes import check_gguf

SUFFIX = ".gguf"
_MAGIC = b"GGUF"


def unpacked(file: Path) -> Path:
    """Return the folder with the weights and the tokenizer of a GGUF file; create it if it does not exist.

    Raises:
        UserError: There is no such file, it is not GGUF, it claims more than it holds, its architecture is unknown, or
            the package gguf is missing.
    """
    digest = _digest(file)
    folder = user_cache_path("iacrl") / "gguf" / digest
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):  # one of several processes writes, the others wait
        if not folder.is_dir():
            _write(file, folder)
    return folder


def read_gguf(file: Path, dtype: torch.dtype) -> PreTrainedModel:
    """Return the model of a GGUF file as transformers reads it, dequantized.

    Raises:
        UserError: The file lacks weights, such as one of several files of a model. transformers makes them up.
    """
    # Newer versions keep the weights packed if they have a kernel for it; older ones always unpack them.
    packed = getattr(transformers, "GgufConfig", None)
    options = {} if packed is None else {"quantization_config": packed(dequantize=True)}
    model: PreTrainedModel
    model, found = AutoModelForCausalLM.from_pretrained(
        str(file.parent), gguf_file=file.name, dtype=dtype, output_loading_info=True, **options
    )
    if missing := sorted(found["missing_keys"]):
        raise UserError(
            f"model.id {file}: this GGUF file lacks weights of the model that it describes ({len(missing)}), such as "
            f"{missing[0]}. If the model has several files, merge them first: llama-gguf-split --merge."
        )
    return model


def _digest(file: Path) -> str:
    refuse_special(file)
    try:
        state = file.stat()
    except FileNotFoundError:
        raise UserError(f"model.id {file}: there is no such file.") from None
    return _digest_of(file, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=4)
def _digest_of(file: Path, size: int, changed_ns: int) -> str:
    """Read a file once in this state: a stage asks for its base several times, and it may have gigabytes."""
    with file.open("rb") as content:
        if content.read(len(_MAGIC)) != _MAGIC:
            raise UserError(f"model.id {file}: not a GGUF file: it does not begin with `GGUF`.")
        check_gguf(file)  # before all of it is read: it may be sparse, and claim any size
        content.seek(0)
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write(file: Path, folder: Path) -> None:
    """Write the folder under another name and rename it, so a half-written one is never used."""
    require(f"model.id {file}: a GGUF file", "train", ["gguf"])
    say(f"{file.name}: its weights are dequantized once, into {folder}; a minute or two for each 100 M parameters.")
    partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name[:12]}-"))
    try:
        model = read_gguf(file, torch.bfloat16)
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config  # it describes the file, and keeps the model from being saved
        model.save_pretrained(str(partial))
        AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name).save_pretrained(str(partial))
        partial.replace(folder)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"model.id {file}: this GGUF file cannot be read: {first_line(error)}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
