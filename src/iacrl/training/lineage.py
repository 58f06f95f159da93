"""What a stage stands on, and the check that a parent stood on the same.

An adapter trained for one prompt, extractor, task split or base is silently worse with another. So every run writes its
lineage, and a stage that is handed a parent with a different one stops and says what differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from transformers import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config import ModelSection
from iacrl.errors import UserError
from iacrl.prompt import prompt_digest
from iacrl.training.model import base_digest
from iacrl.training.rows import Tasks
from iacrl.validators.extract import EXTRACTOR_VERSION


@dataclass(frozen=True, slots=True)
class Lineage:
    """Digests of everything that two stages must share.

    Attributes:
        base_model: The base's id.
        base_digest: Hub commit, or SHA-256 of a local model's files.
        quantization: How its weights are held.
        prompt: Digest of the messages' form and the chat template.
        extractor: Version of the extractor.
        tasks: File of tasks (`terraform-train`) to the digest of its rows.
    """

    base_model: str
    base_digest: str
    quantization: str
    prompt: str
    extractor: str
    tasks: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return the plain form that stands in a manifest."""
        return asdict(self)


def describe_lineage(
    model: ModelSection, base: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, tasks: Tasks
) -> Lineage:
    """Return the lineage of a stage that stands on these."""
    return Lineage(
        base_model=model.id,
        base_digest=base_digest(base, model),
        quantization=model.quantization,
        prompt=prompt_digest(str(tokenizer.chat_template)),
        extractor=EXTRACTOR_VERSION,
        tasks=dict(tasks.digests),
    )


_WORDS = {
    "base_digest": "base model (its weights)",
    "quantization": "quantization of the base",
    "prompt": "prompt (messages or chat template)",
    "extractor": "extractor",
    "tasks": "task split",
}


def check_lineage(mine: Lineage, parent: Mapping[str, Any], name: str) -> None:
    """Refuse a parent run that stands on something else.

    A base is compared by its digest: the same weights under another path are the same base.

    Raises:
        UserError: Something differs; the message names each difference with both values.
    """
    ours = mine.to_json()
    wrong = [
        f"  {words}: the parent has {_short(parent.get(key))}, this run {_short(ours[key])}"
        for key, words in _WORDS.items()
        if parent.get(key) != ours[key]
    ]
    if wrong:
        differences = "\n".join(wrong)
        raise UserError(
            f"Parent run {name} does not fit this run:\n{differences}\n"
            "Train the parent anew with this configuration, or use the configuration that made it."
        )


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {str(inner)[:12]}" for key, inner in sorted(value.items())) or "none"
    return str(value)[:24]
