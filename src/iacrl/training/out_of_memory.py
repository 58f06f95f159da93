"""Going on when memory runs out: the micro-batch is halved, and everything else about the step stays the same.

Both trainers sum the losses of a step's micro-batches, each already divided by the size of the whole step. So the
gradients of the parts of a micro-batch add up to the same, and an optimizer step is unchanged up to rounding.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import torch
from accelerate import DistributedType
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size

from iacrl.errors import UserError
from iacrl.runs import processes
from iacrl.runs.progress import say

Inputs = Mapping[str, Any]


def is_out_of_memory(error: Exception) -> bool:
    """Say whether an error means that the device, or the machine, has no memory left."""
    return isinstance(error, torch.OutOfMemoryError) or should_reduce_batch_size(error)


class SplitOnOutOfMemory:
    """A mixin for a trainer: a micro-batch that does not fit is trained in halves, quarters, and so on.

    A single process can do so in any step. Several do so only before the first one, in `try_out`: later the others
    would wait for an exchange of gradients that never comes.

    Attributes:
        parts: The number of parts of each micro-batch; a power of two that only grows.
        on_split: Called with the new size of a micro-batch, to be recorded.
    """

    parts = 1
    on_split: Callable[[int], None] = staticmethod(lambda size: None)

    # Attributes of the trainer class.
    accelerator: Any
    model: Any
    model_wrapped: Any

    def compute_loss(
        self, model: Any, inputs: Inputs, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Compute the loss of a micro-batch and add its gradients, in as many parts as memory requires.

        Returns:
            The loss, detached from its graph: the trainer's backward pass adds nothing.
        """
        compute: Callable[..., torch.Tensor] = super().compute_loss  # type: ignore[misc]
        alone = self.accelerator.num_processes == 1
        if not torch.is_grad_enabled() or (not alone and self.parts == 1):
            return compute(model, inputs, return_outputs=return_outputs, num_items_in_batch=num_items_in_batch)

        def add_gradients() -> torch.Tensor:
            total = torch.zeros(())
            parts = list(parts_of(inputs, self.parts))
            for number, part in enumerate(parts, start=1):
                # Several processes exchange gradients once for each micro-batch, not for each of its parts.
                with nullcontext() if number == len(parts) else self.accelerator.no_sync(model):
                    share = self.share(inputs, part)
                    loss = compute(model, dict(part), num_items_in_batch=num_items_in_batch) * share
                    self.accelerator.backward(loss)
                total = loss.detach() + total.to(loss.device)
                del loss
            return total.requires_grad_()

        if not alone:
            return add_gradients()
        kept = [(parameter, _copy(parameter.grad)) for parameter in self.model.parameters() if parameter.requires_grad]
        while True:
            try:
                return add_gradients()
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
            # Outside `except`, so that the error's traceback no longer holds tensors.
            for parameter, gradient in kept:
                parameter.grad = _copy(gradient)
            self.halve(sequences(inputs))

    @property
    def checked_model(self) -> Any:
        """The model that `try_out` trains: without the wrapper that exchanges gradients, unless processes share it."""
        return self.model_wrapped if processes.share_one_model() else self.model

    def try_out(self, micro_batch: Callable[[int], torch.Tensor], size: int) -> None:
        """Halve until a micro-batch gets through forward and backward, and discard its gradients.

        Processes that each have the whole model agree: if memory runs out in one of them, all halve. Processes that
        share one model cannot: the others wait inside its layers for the one without memory. Its error is raised there.

        Args:
            micro_batch: From a number of sequences to their loss. Only `checked_model` itself may exchange data between
                processes.
            size: How many sequences a whole micro-batch holds.
        """
        self.model.train()
        while True:
            ran_out = False
            try:
                self._forward_and_backward(micro_batch, math.ceil(size / self.parts))
            except Exception as error:
                if not is_out_of_memory(error) or processes.share_one_model():
                    raise
                ran_out = True
            self.model.zero_grad()
            if not processes.any_process(ran_out):
                return
            self.halve(size)

    def _forward_and_backward(self, micro_batch: Callable[[int], torch.Tensor], size: int) -> None:
        loss = micro_batch(size)
        if self.accelerator.distributed_type != DistributedType.DEEPSPEED:  # its backward is part of an optimizer step
            self.accelerator.backward(loss)

    def share(self, whole: Inputs, part: Inputs) -> float:
        """Return the weight of a part's loss in that of its micro-batch: 1 for a sum. Called before the loss."""
        return 1.0

    def halve(self, size: int) -> None:
        """From now on, cut micro-batches of `size` sequences into twice as many parts.

        Raises:
            UserError: They are single sequences already.
        """
        self.parts = halved(self.parts, size, "training")
        self.on_split(math.ceil(size / self.parts))


def halved(parts: int, size: int, what: str) -> int:
    """Free memory, say how the run goes on, and return twice the number of parts.

    Args:
        parts: The number of parts of a batch when memory ran out.
        size: The number of sequences in the whole batch.
        what: What the batch is for.

    Raises:
        UserError: A part is a single sequence already.
    """
    gc.collect()
    clear_device_cache()
    if parts >= size:
        raise UserError(
            f"Out of memory while {what}, with a single sequence at a time. Lower sft.max_tokens, "
            "data.max_prompt_tokens or grpo.max_completion_tokens, switch gradient_checkpointing on, or choose a "
            "smaller model."
        )
    say(
        f"Out of memory while {what} with {math.ceil(size / parts)} sequences at a time: going on with "
        f"{math.ceil(size / (2 * parts))}, and twice as many such batches; the effective batch stays the same."
    )
    return 2 * parts


def parts_of(inputs: Inputs, parts: int) -> Iterator[Inputs]:
    """Yield a micro-batch in parts of similar size, with its sequences in order.

    Tensors with one row for each sequence are cut; anything else goes into every part unchanged. Packed sequences,
    which follow one another in a single row, are cut between documents.
    """
    if parts == 1:
        yield inputs
        return
    count = sequences(inputs)
    size = math.ceil(count / parts)
    if "cu_seq_lens_q" in inputs:
        starts = inputs["cu_seq_lens_q"].tolist()
        for first in range(0, count, size):
            yield _documents(inputs, starts[first : first + size + 1])
        return
    for first in range(0, count, size):
        rows = slice(first, first + size)
        yield {
            name: value[rows] if isinstance(value, torch.Tensor) and value.dim() and len(value) == count else value
            for name, value in inputs.items()
        }


def sequences(inputs: Inputs) -> int:
    """Return how many sequences a micro-batch holds."""
    if "cu_seq_lens_q" in inputs:
        return len(inputs["cu_seq_lens_q"]) - 1
    return len(inputs["input_ids"] if "input_ids" in inputs else inputs["completion_ids"])


def _documents(inputs: Inputs, bounds: list[int]) -> Inputs:
    """Return the documents between these bounds of a packed row, with the indexes that attention needs."""
    tokens = slice(bounds[0], bounds[-1])
    width = inputs["input_ids"].shape[1]
    cut = {
        name: value[:, tokens] if isinstance(value, torch.Tensor) and value.shape[1:] == (width,) else value
        for name, value in inputs.items()
    }
    lengths = torch.tensor(bounds, dtype=torch.int32, device=inputs["cu_seq_lens_q"].device) - bounds[0]
    longest = int(lengths.diff().max())
    cut |= {"cu_seq_lens_q": lengths, "cu_seq_lens_k": lengths, "max_length_q": longest, "max_length_k": longest}
    if "seq_idx" in cut:
        cut["seq_idx"] = cut["seq_idx"] - cut["seq_idx"][0, 0]
    return cut


def _copy(gradient: torch.Tensor | None) -> torch.Tensor | None:
    return None if gradient is None else gradient.clone()
