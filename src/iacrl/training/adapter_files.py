"""Writing the adapter during training."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from peft import PeftModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.files import share
from iacrl.runs import launch
from iacrl.training.model import whole


def save_adapter(model: PeftModel, tokenizer: PreTrainedTokenizerBase, target: Path) -> None:
    """Write the adapter with its tokenizer under another name and rename it, so a half-written one is never used.

    Every process takes part; the first one writes.
    """
    named = model.named_parameters(remove_duplicate=False)  # an embedding that is also the head has two names
    weights = {name: whole(tensor) for name, tensor in named if tensor.requires_grad}
    if not launch.is_first():
        return
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=".adapter-"))
    model.save_pretrained(str(partial), state_dict=weights, selected_adapters=["default"], safe_serialization=True)
    tokenizer.save_pretrained(str(partial))
    share(partial)
    if target.exists():  # left by a kill between here and the end of the run
        shutil.rmtree(target)
    partial.replace(target)
