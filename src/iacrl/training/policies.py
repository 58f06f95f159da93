"""The models of one run side by side: one base in memory, and the adapter of each stage to be switched on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext

from peft import PeftModel
from transformers import PreTrainedModel

from iacrl.runs.directory import RunDirectory


class Policies:
    """A base model with named adapters.

    Args:
        runs: Name of each policy to the run whose adapter it uses.
    """

    def __init__(self, base: PreTrainedModel, runs: Mapping[str, RunDirectory]) -> None:
        self.names = ("base", *runs)
        self._model: PreTrainedModel | PeftModel = base
        for name, run in runs.items():
            if isinstance(self._model, PeftModel):
                self._model.load_adapter(str(run.adapter), adapter_name=name)
            else:
                self._model = PeftModel.from_pretrained(base, str(run.adapter), adapter_name=name)

    @contextmanager
    def use(self, name: str) -> Iterator[PreTrainedModel]:
        """Yield the model as this policy; `base` is the model without any adapter."""
        off = nullcontext()
        if isinstance(self._model, PeftModel):
            if name == "base":
                off = self._model.disable_adapter()
            else:
                self._model.set_adapter(name)
        with off:
            yield self._model
