"""The memory of a forward and a backward pass without the weights, counted by torch itself on empty tensors.

Small models of one and two layers go through a training step under `FakeTensorMode`: tensors have shapes but no memory.
Live memory is counted storage by storage. It grows linearly with the layers and with the sequences, so four counts give
it for any number of either. The lengths are always the requested ones.
"""

from __future__ import annotations

import copy
import weakref
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from iacrl.config.recipes import Config
from iacrl.config.sections import LoraSection, ModelSection
from iacrl.decoding.module_walk import packed_hidden
from iacrl.decoding.packed_rows import PackedRows
from iacrl.training.doctor.model_shape import ModelShape, build_empty, own_config
from iacrl.training.model import add_adapter


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes that one micro-batch adds in the layers.

    Attributes:
        kept: At the end of the forward pass, for the backward pass.
        peak: The maximum over both passes. It includes the adapter's gradients unless they existed before.
    """

    kept: int
    peak: int


@dataclass(frozen=True, slots=True)
class Read:
    """What a pass reads as one of several alike: a row of tokens, or a prompt with completions that share it.

    Attributes:
        length: Tokens of a row, or of the prompt.
        completions, written: Their number, and the tokens of each; 0 for a row.
    """

    length: int
    completions: int = 0
    written: int = 0

    @property
    def scored(self) -> int:
        """The tokens that the head scores."""
        return self.completions * self.written if self.completions else self.length

    def packed(self, count: int) -> PackedRows:
        """Return so many of them, all unlike."""
        owners = torch.arange(count).repeat_interleave(self.completions)
        prompts = owners[:, None].expand(-1, self.length)
        completions = torch.zeros(len(owners), self.written, dtype=torch.long)
        return PackedRows(prompts, torch.ones_like(prompts), completions, torch.ones_like(completions))


# torch ships the class without types, so a strict checker refuses subclasses and calls of its constructor.
class LiveBytes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of all live storages that operations make inside it."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.now = 0
        self.peak = 0
        self._seen: set[int] = set()

    def know(self, tensors: Any) -> None:
        """Leave existing tensors out of the count."""
        self._seen.update(id(tensor.untyped_storage()) for tensor in tensors)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation and count its results."""
        out = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(out):
            if isinstance(tensor, torch.Tensor):
                self._count(tensor.untyped_storage())
        self.peak = max(self.peak, self.now)
        return out

    def _count(self, storage: Any) -> None:
        name, size = id(storage), storage.nbytes()
        if name in self._seen:
            return
        self._seen.add(name)
        self.now += size

        def forget() -> None:
            self._seen.discard(name)
            self.now -= size

        weakref.finalize(storage, forget)


def held_in_reading(config: Config, *, batch: int, length: int) -> int:
    """Return the layers' peak memory while prompts are read; nothing is kept for a backward pass."""
    one, two = (_count(_unquantized(config), config.lora, 2, rows, Read(length), None, False).peak for rows in (1, 2))
    return one + (batch - 1) * (two - one)


def held_in_training(
    config: Config, shape: ModelShape, *, batch: int, read: Read, checkpointing: bool, later: bool = False
) -> Held:
    """Return the layers' memory in one forward and backward pass.

    Args:
        batch: How many rows, or prompts with their completions, are read together.
        checkpointing: Whether layers are computed again in the backward pass.
        later: Whether the pass adds to the gradients of one before.
    """
    small = {
        (layers, rows): _count(_unquantized(config), config.lora, layers, rows, read, checkpointing, later)
        for layers in (1, 2)
        for rows in (1, 2)
    }

    def extended(name: str) -> int:
        one, more_rows, more_layers, both = (getattr(small[at], name) for at in ((1, 1), (1, 2), (2, 1), (2, 2)))
        cross = both - more_rows - more_layers + one
        layers, rows = shape.layers - 1, batch - 1
        return int(one + layers * (more_layers - one) + rows * (more_rows - one) + layers * rows * cross)

    return Held(extended("kept"), extended("peak"))


def _unquantized(config: Config) -> ModelSection:
    """Return what a count depends on; a model in 4 bits and in 16 bits then shares one count."""
    return config.model.model_copy(update={"quantization": "none"})


@lru_cache(maxsize=256)
def _count(
    model: ModelSection,
    lora: LoraSection | None,
    layers: int,
    batch: int,
    read: Read,
    checkpointing: bool | None,
    later: bool,
) -> Held:
    """Count one pass, the first or a later one; without gradients if `checkpointing` is None."""
    own = copy.deepcopy(own_config(model))
    text = own.get_text_config()
    text.num_hidden_layers = layers
    if getattr(text, "layer_types", None):
        text.layer_types = list(text.layer_types)[:layers]
    autocast = (model.device == "cuda" or lora is None) and model.compute_dtype != "float32"
    if lora is None:
        adapted = base = build_empty(own, model.model_copy(update={"compute_dtype": "float32"}))
    else:
        base = build_empty(own, model)
        adapted = add_adapter(base, model, lora, empty=True)
    if checkpointing:
        base.gradient_checkpointing_enable({"use_reentrant": False})
    base.enable_input_require_grads()
    adapted.train()
    live = LiveBytes()
    rows = read.packed(batch) if read.completions else None  # from real tensors: their values choose its shapes
    with FakeTensorMode(allow_non_fake_inputs=True) as fake:
        for module in adapted.modules():
            tables: tuple[dict[str, Any], ...] = (module._parameters, module._buffers)
            for table in tables:
                for name, tensor in table.items():
                    if tensor is not None:
                        table[name] = _fake_like(fake, tensor)
        live.know([*adapted.parameters(), *adapted.buffers()])
        ids = torch.zeros(batch, read.length, dtype=torch.long)
        mask = torch.ones(batch, read.length, dtype=torch.long)
        if later:
            for parameter in adapted.parameters():
                if parameter.requires_grad:
                    parameter.grad = _fake_like(fake, parameter.data)
                    live.know([parameter.grad])
        with live, torch.set_grad_enabled(checkpointing is not None):
            with torch.autocast("cpu", torch.bfloat16) if autocast else nullcontext():
                if rows is None:
                    hidden = base.base_model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
                else:
                    hidden = packed_hidden(base, rows, checkpointing=bool(checkpointing))
                loss = hidden.sum()
            kept = live.now
            if checkpointing is not None:
                loss.backward()
    return Held(kept, live.peak)


def _fake_like(fake: FakeTensorMode, tensor: torch.Tensor) -> torch.Tensor:
    with fake:
        made = torch.empty(tensor.shape, dtype=tensor.dtype, device="cpu")
    return torch.nn.Parameter(made, tensor.requires_grad) if isinstance(tensor, torch.nn.Parameter) else made
