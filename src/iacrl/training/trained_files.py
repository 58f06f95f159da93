"""The trained weights as files: an adapter, or the whole model with `lora: null`."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model_state_dict, load_peft_weights, set_peft_model_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.errors import UserError, first_line
from iacrl.files import refuse_special_in, share
from iacrl.runs import launch
from iacrl.training.safetensors_header import shapes_in
from iacrl.training.saved_adapter import SHAPE, WEIGHTS, read_adapter


def is_adapter(folder: Path) -> bool:
    """Say whether a folder holds an adapter, and not a whole model."""
    return (folder / SHAPE).is_file()


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
    try:
        model.save_pretrained(str(partial), state_dict=weights, **options)
        tokenizer.save_pretrained(str(partial))
        share(partial)
        if target.exists():  # left by a kill between here and the end of the run
            shutil.rmtree(target)
        partial.replace(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)  # a full disk needs the room
        raise


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
        UserError: A file is missing, cut off or no file of weights, or the adapter is no plain LoRA adapter.
    """
    refuse_special_in(folder)
    try:
        if is_adapter(folder) or not (folder / "config.json").is_file():
            return _digest(_scale(read_adapter(folder).config), load_file(folder / WEIGHTS))
        return _digest("whole", _saved_weights(folder))
    except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
        raise UserError(f"{folder} cannot be read: {first_line(error)} Train the run again.") from error


def _saved_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Return all weights of a whole model, from one file or several."""
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise FileNotFoundError(f"{folder / 'model.safetensors'} is missing.")
    for file in files:
        shapes_in(file)
    return {name: tensor for file in files for name, tensor in load_file(file).items()}


def _scale(lora: LoraConfig) -> str:
    scale = f"{lora.r} {lora.lora_alpha} {lora.use_rslora} {lora.use_dora}"
    return f"{scale} {sorted(lora.alpha_pattern.items())}" if lora.alpha_pattern else scale


def _digest(head: str, tensors: Mapping[str, torch.Tensor]) -> str:
    digest = hashlib.sha256(f"{head}\n".encode())
    for name, tensor in sorted(tensors.items()):
        values = whole(tensor).to("cpu", torch.float32).contiguous()
        digest.update(f"{name} {tuple(values.shape)}\n".encode())
        digest.update(values.numpy().tobytes())
    return digest.hexdigest()
