"""Loading the base model, its adapter, or a model that is trained whole."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import bitsandbytes as bnb
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    BitsAndBytesConfig,
    PreTrainedModel,
)

from iacrl.config.sections import LoraSection, ModelSection
from iacrl.errors import UserError
from iacrl.runs.launch import local_device
from iacrl.training.adapter_start import check_start, make_up_for_quantization
from iacrl.training.pretrained import from_pretrained, local_folder
from iacrl.training.saved_adapter import load_adapter
from iacrl.training.trained_code import check_code
from iacrl.training.trained_files import is_adapter, whole


def check_device(model: ModelSection) -> None:
    """Refuse a configuration that needs a GPU on a machine without one.

    Raises:
        UserError: `model.device` is `cuda` and torch sees no CUDA device.
    """
    if model.device == "cuda" and not torch.cuda.is_available():
        raise UserError(
            "model.device is `cuda`, but torch finds no CUDA device here. Run this on a machine with an NVIDIA GPU and "
            "a CUDA build of torch, or try the path on a CPU with `--config tiny-cpu` (or model.device=cpu)."
        )


def check_attention(model: ModelSection) -> None:
    """Refuse flash attention if it cannot work.

    Raises:
        UserError: It is requested on a CPU, in 32 bits, or without being installed.
    """
    if model.attention != "flash_attention_2":
        return
    why = None
    if model.device == "cpu":
        why = "works on CUDA devices only"
    elif model.compute_dtype == "float32":
        why = "computes in 16 bits only (model.compute_dtype=bfloat16)"
    elif find_spec("flash_attn") is None and find_spec("kernels") is None:
        why = "is not installed (pip install flash-attn)"
    if why is not None:
        raise UserError(f"model.attention = flash_attention_2: it {why}. Or use model.attention=sdpa.")


def load_base(model: ModelSection) -> PreTrainedModel:
    """Return the base model on its device: in NF4 with `quantization: nf4`, else in the compute type.

    Raises:
        UserError: The model cannot be found or loaded, or does not support the requested attention.
    """
    dtype, options = getattr(torch, model.compute_dtype), {}
    if model.quantization == "nf4":
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=model.double_quantization,
            bnb_4bit_compute_dtype=dtype,
        )
    base = _load(model, dtype=dtype, **options)  # without the option a model that is quantized already stays so
    keep_linear4bit_trainable(base)
    return base


def load_whole(model: ModelSection, folder: Path | None = None) -> PreTrainedModel:
    """Return a model that is trained without an adapter: the base, or what an earlier stage made of it.

    Its weights are in fp32: a step of a small learning rate is lost in 16 bits. The trainer computes in the compute
    type by autocast.

    Args:
        folder: Where the earlier stage saved it.

    Raises:
        UserError: As for `load_base`.
    """
    return _load(model if folder is None else trained_as_base(model, folder), dtype=torch.float32)


def trained_as_base(model: ModelSection, folder: Path) -> ModelSection:
    """Return the section with a trained model in place of the base.

    Raises:
        UserError: Its own code would run, and is not the base's.
    """
    if model.trust_remote_code:
        check_code(model, folder)
    return model.model_copy(update={"id": str(folder.resolve()), "revision": None})


def _load(model: ModelSection, **options: Any) -> PreTrainedModel:
    check_attention(model)
    loaded: PreTrainedModel
    loaded, found = from_pretrained(
        AutoModelForCausalLM,
        model,
        attn_implementation=model.attention,
        device_map={"": local_device() if model.device == "cuda" else "cpu"},
        output_loading_info=True,
        **options,
    )
    if missing := sorted(found["missing_keys"]):
        raise UserError(
            f"model.id {model.id}: its files lack {len(missing)} weights, such as {missing[0]}, which transformers "
            "fills with random numbers. Is this a whole causal language model, saved by the same version?"
        )
    return loaded


def keep_linear4bit_trainable(model: torch.nn.Module) -> None:
    """Switch off bitsandbytes' AVX512-BF16 weight repacking.

    On CPUs with that instruction set an eval-mode forward repacks the 4-bit weights, and `.train()` does not undo it.
    Biased layers then fail in backward. Bias-free ones train on wrong gradients at nearly the same loss.
    """
    for module in model.modules():
        if isinstance(module, bnb.nn.Linear4bit):
            module.support_avx512bf16_for_cpu = False


def add_adapter(base: PreTrainedModel, model: ModelSection, lora: LoraSection, *, empty: bool = False) -> PeftModel:
    """Return the base with a new LoRA adapter; `empty` creates it without memory.

    Raises:
        UserError: A name in `lora.target_modules` or `lora.modules_to_save` is not a module of the base, or its weights
            do not allow `lora.init`.
    """
    check_start(model, lora)
    names = {name.rpartition(".")[2] for name, _ in base.named_modules()}
    targets = target_modules(base, lora)
    for key, wanted in (("target_modules", targets), ("modules_to_save", lora.modules_to_save)):
        missing = [name for name in wanted if name not in names]
        if missing:
            raise UserError(f"lora.{key}: {model.id} has no module named {', '.join(missing)}.")
    options = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=targets,
        modules_to_save=list(lora.modules_to_save) or None,
        # An embedding that is also the head stays one weight.
        ensure_weight_tying=bool(lora.modules_to_save) and base.config.tie_word_embeddings,
        use_rslora=lora.rslora,
        use_dora=lora.dora,
        init_lora_weights="gaussian" if lora.init == "gaussian" else True,
        task_type="CAUSAL_LM",
    )
    adapted: PeftModel = get_peft_model(base, options, low_cpu_mem_usage=empty)
    if lora.init == "loftq" and not empty:
        make_up_for_quantization(adapted, model)
    return adapted


def target_modules(base: PreTrainedModel, lora: LoraSection) -> list[str]:
    """Return the sorted names of the modules with an adapter; `all-linear` means all linear ones except the head."""
    if lora.target_modules != "all-linear":
        return sorted(lora.target_modules)
    head = base.get_output_embeddings()
    linear = (
        name for name, module in base.named_modules() if isinstance(module, torch.nn.Linear) and module is not head
    )
    return sorted({name.rpartition(".")[2] for name in linear})


def continue_adapter(base: PreTrainedModel, adapter: Path) -> PeftModel:
    """Return the base with a saved adapter for further training.

    Raises:
        UserError: The adapter is missing, cut off, or belongs to another model.
    """
    if not is_adapter(adapter):
        raise UserError(f"{adapter} holds no adapter: its adapter_config.json is missing. Train the run again.")
    return load_adapter(base, adapter, trainable=True)


@contextmanager
def kept_in_float32(model: torch.nn.Module) -> Iterator[None]:
    """Keep the trainable weights in fp32, unchanged, while a trainer is built around the model.

    TRL casts a quantized model's LoRA weights to bf16. That would round the parent's adapter at every start, and a
    resumed run, which reloads fp32 weights, would differ from an uninterrupted one.
    """
    kept = {
        name: parameter.detach().clone().float()
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }
    yield
    for name, parameter in model.named_parameters():
        if name in kept:
            parameter.data = kept[name]
        elif ".ref." in name:
            # TRL's frozen reference policy, a copy of the adapter at the start, is made while the trainer is built.
            parameter.data = kept[name.replace(".ref.", ".default.")].clone()


def adapter_norm(model: torch.nn.Module) -> float:
    """Return the L2 norm of all trainable weights, summed in float64 so that any change shows."""
    squares = [whole(parameter).double().pow(2).sum() for parameter in model.parameters() if parameter.requires_grad]
    return math.sqrt(float(torch.stack(squares).sum()))


def base_digest(base: PreTrainedModel, model: ModelSection) -> str:
    """Return the identity of the base weights: the hub's commit, or the SHA-256 of a local model's files."""
    folder = local_folder(model)
    if folder is None:
        return f"commit:{getattr(base.config, '_commit_hash', None)}"
    digest = hashlib.sha256()
    for file in sorted([folder / "config.json", *folder.glob("*.safetensors")]):
        digest.update(file.name.encode())
        with file.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return f"sha256:{digest.hexdigest()}"
