"""Loading the base model with a class of transformers: from the hub, from a folder, or from a GGUF file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers.utils import find_adapter_config_file

from iacrl.config.sections import ModelSection
from iacrl.errors import UserError, first_line
from iacrl.training.claimed_sizes import check_folder
from iacrl.training.gguf_base import SUFFIX, unpacked


def local_folder(model: ModelSection) -> Path | None:
    """Return the folder of a local model, or of an unpacked GGUF file; None for a hub id.

    Raises:
        UserError: `model.id` is a path that does not exist.
    """
    path = Path(model.id).expanduser()
    if path.suffix == SUFFIX:
        return unpacked(path)
    if path.is_dir():
        return path
    if model.id.startswith((".", "/", "~")) or model.id.count("/") > 1:
        raise UserError(f"model.id {model.id}: there is no such directory. Give a hub id or the path of a saved model.")
    return None


@contextmanager
def panics_as_errors() -> Iterator[None]:
    """Raise a RuntimeError for a panic of the package tokenizers, whose own exception is not an `Exception`."""
    try:
        yield
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise RuntimeError(str(error)) from error


def from_pretrained(loader: Any, model: ModelSection, **options: Any) -> Any:
    """Return what a class of transformers loads from a model.

    Raises:
        UserError: The model cannot be found or loaded, is an adapter, or its description claims more than its files
            hold.
    """
    folder = local_folder(model)
    if folder is not None:
        check_folder(folder)
    place = model.id if folder is None else str(folder)
    # transformers would load the base that the adapter names, and hand peft the description unchecked.
    if find_adapter_config_file(place, revision=model.revision) is not None:
        raise UserError(
            f"model.id {model.id}: holds an adapter (adapter_config.json), and iacrl trains one of its own on a whole "
            "model. Merge it into its base with peft, and give the result as model.id."
        )
    try:
        with panics_as_errors():
            return loader.from_pretrained(
                place, revision=model.revision, trust_remote_code=model.trust_remote_code, **options
            )
    except (MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # files of anybody: transformers and its libraries raise whatever they come upon
        raise UserError(
            f"model.id {model.id}: cannot be loaded: {first_line(error)} (Is the id right, and the hub reachable or "
            "the model already in its cache? With HF_HUB_OFFLINE=1 only the cache is used.)"
        ) from error
