"""The trained weights as files: an adapter, or the whole model with `lora: null`."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model_state_dict, load_peft_weights, set_peft_model_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.errors import UserError, first_line
from iacrl.files import parse_json, read_text, refuse_special_in, share
from iacrl.runs import launch

_ADAPTER_SHAPE = "adapter_config.json"
_ADAPTER_WEIGHTS = "adapter_model.safetensors"
#: Without these signs a regular expression cannot take long. Names have none; paths may.
_REPEATS = re.compile("[*+?{]")
_PATHS = frozenset({"base_model_name_or_path", "revision"})


def is_adapter(folder: Path) -> bool:
    """Say whether a folder holds an adapter, and not a whole model.

    Raises:
        UserError: It describes the adapter with regular expressions, on which peft may never end.
    """
    file = folder / _ADAPTER_SHAPE
    if not file.is_file():
        return False
    shape = parse_json(read_text(file), file)
    for key, value in shape.items() if isinstance(shape, dict) else ():
        pattern = next((text for text in _texts(value) if _REPEATS.search(text)), None)
        if pattern is not None and key not in _PATHS:
            raise UserError(f"{file}: {key} is {pattern[:80]!r}: expected a name, not a regular expression.")
    return True


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value, also the keys."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]


def save_trained(model: PreTrainedModel | PeftModel, tokenizer: PreTrainedTokenizerBase, target: Path) -> None:
    """Write the weights with their tokenizer under another name and rename it, so a half-written one is never used.

    Every process takes part; the first one writes.
    """
    if isinstance(model, PeftModel):
        named = model.named_parameters(remove_duplicate=False)  # an embedding that is also the head has two names
        weights = {name: whole(tensor) for name, tensor in named if tensor.requires_grad}
        options = {"selected_adapters": ["default"], "safe_serialization": True}
    else:
        weights, options = {name: whole(tensor) for name, tensor in model.state_dict().items()}, {}
    if not launch.is_first():
        return
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    model.save_pretrained(str(partial), state_dict=weights, **options)
    tokenizer.save_pretrained(str(partial))
    share(partial)
    if target.exists():  # left by a kill between here and the end of the run
        shutil.rmtree(target)
    partial.replace(target)


def restore(model: PreTrainedModel | PeftModel, folder: Path) -> None:
    """Give a model the trained weights of a folder, such as a checkpoint."""
    if isinstance(model, PeftModel):
        set_peft_model_state_dict(model, load_peft_weights(str(folder), device="cpu"))
        return
    model.load_state_dict(_saved_weights(folder), strict=False)  # a head that is also the embedding has one name there
    model.tie_weights()


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """Return the values of a weight. If each process holds a shard (FSDP), all processes must call this."""
    values = tensor.detach()
    return values.full_tensor() if isinstance(values, DTensor) else values


def trained_digest(model: PreTrainedModel | PeftModel) -> str:
    """Return the SHA-256 over the names, shapes and values of the trained weights, and an adapter's scale."""
    if isinstance(model, PeftModel):
        weights = get_peft_model_state_dict(model, adapter_name="default")
        return _digest(_scale(model.peft_config["default"]), weights)
    named = model.state_dict(keep_vars=True)
    first_names = {id(tensor): name for name, tensor in reversed(named.items())}  # a tied head is saved once
    return _digest("whole", {name: named[name] for name in first_names.values()})


def saved_digest(folder: Path) -> str:
    """Return the same for saved weights, from their files alone: no base is loaded.

    Raises:
        UserError: A file is missing or cut off, or cannot be read to an end.
    """
    refuse_special_in(folder)
    try:
        if is_adapter(folder) or not (folder / "config.json").is_file():
            return _digest(_scale(LoraConfig.from_pretrained(str(folder))), load_file(folder / _ADAPTER_WEIGHTS))
        return _digest("whole", _saved_weights(folder))
    except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
        raise UserError(f"{folder} cannot be read: {first_line(error)} Train the run again.") from error


def _saved_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Return all weights of a whole model, from one file or several."""
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise FileNotFoundError(f"{folder / 'model.safetensors'} is missing.")
    return {name: tensor for file in files for name, tensor in load_file(file).items()}


def _scale(lora: LoraConfig) -> str:
    return f"{lora.r} {lora.lora_alpha} {lora.use_rslora} {lora.use_dora}"


def _digest(head: str, tensors: Mapping[str, torch.Tensor]) -> str:
    digest = hashlib.sha256(f"{head}\n".encode())
    for name, tensor in sorted(tensors.items()):
        values = whole(tensor).to("cpu", torch.float32).contiguous()
        digest.update(f"{name} {tuple(values.shape)}\n".encode())
        digest.update(values.numpy().tobytes())
    return digest.hexdigest()
