"""The initial values of an adapter: LoftQ makes up for the loss of NF4."""

from __future__ import annotations

import bitsandbytes as bnb
import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from transformers import AutoModelForCausalLM

from iacrl.config.sections import LoraSection, ModelSection
from iacrl.errors import UserError
from iacrl.training.pretrained import from_pretrained


def check_start(model: ModelSection, lora: LoraSection) -> None:
    """Refuse an initialization that the weights do not allow.

    Raises:
        UserError: `lora.init` is `loftq`, and the weights are not held in 4 bits.
    """
    if lora.init == "loftq" and model.quantization != "nf4":
        raise UserError("lora.init = loftq makes up for what quantization lost: it needs model.quantization=nf4.")


@torch.no_grad()
def make_up_for_quantization(adapted: PeftModel, model: ModelSection) -> None:
    """Initialize each adapter as the best approximation, at its rank, of the weight minus its 4-bit form.

    Source: Li et al. 2023, LoftQ (arXiv 2310.08659), with one round: the 4-bit weights stay unchanged, so every later
        stage has the same base. peft's own `replace_lora_weights_loftq` runs on CUDA devices only.

    Raises:
        UserError: The unquantized weights cannot be loaded again.
    """
    whole = from_pretrained(AutoModelForCausalLM, model, dtype=torch.float32)
    weights = dict(whole.named_modules())
    prefix = "base_model.model."
    for name, layer in adapted.named_modules():
        if not isinstance(layer, LoraLayer) or not isinstance(layer.get_base_layer(), bnb.nn.Linear4bit):
            continue
        held = layer.get_base_layer().weight
        kept = bnb.functional.dequantize_4bit(held.data, held.quant_state).float()
        lost = weights[name.removeprefix(prefix)].weight.to(kept.device) - kept
        down, up = layer.lora_A["default"].weight, layer.lora_B["default"].weight
        left, sizes, right = torch.linalg.svd(lost, full_matrices=False)
        root = (sizes[: len(down)] / layer.scaling["default"]).sqrt()
        up.copy_(left[:, : len(down)] * root)
        down.copy_(root[:, None] * right[: len(down)])
