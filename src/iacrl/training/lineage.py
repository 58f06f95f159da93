"""What a stage is built on, and the check that its parent was built on the same.

An adapter trained for one prompt, extractor, task split or base is silently worse with another. So every run writes its
lineage. A stage whose parent has a different one stops and says what differs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from peft import PeftModel
from transformers import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.recipes import Config
from iacrl.config.sections import LoraSection
from iacrl.domains.extract import EXTRACTOR_VERSION
from iacrl.errors import UserError
from iacrl.runs.directory import RunDirectory, is_complete
from iacrl.runs.splits import Tasks
from iacrl.tasks.prompt import prompt_digest
from iacrl.text import shortened
from iacrl.training.model import base_digest
from iacrl.training.tokenizer import tokenizer_digest
from iacrl.training.trained_files import is_adapter, saved_digest


@dataclass(frozen=True, slots=True)
class Lineage:
    """Digests of everything that two stages must share.

    Attributes:
        base_digest: Hub commit, or SHA-256 of a local model's files.
        quantization: The storage form of its weights.
        tokenizer: Digest of how text becomes tokens.
        prompt: Digest of the messages' form and the chat template.
        tasks: Task file (`terraform-train`) to the digest of its rows.
    """

    base_model: str
    base_digest: str
    quantization: str
    tokenizer: str
    prompt: str
    extractor: str
    tasks: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return the plain form for a manifest."""
        return asdict(self)


def describe_lineage(
    config: Config, base: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, tasks: Tasks
) -> Lineage:
    """Return the lineage of a stage that is built on these."""
    return Lineage(
        base_model=config.model.id,
        base_digest=base_digest(base, config.model),
        quantization=config.model.quantization,
        tokenizer=tokenizer_digest(tokenizer),
        prompt=prompt_digest(config.data.domains, str(tokenizer.chat_template), config.prompt.schemas),
        extractor=EXTRACTOR_VERSION,
        tasks=dict(tasks.digests),
    )


_WORDS = {
    "base_digest": "base model (its weights)",
    "quantization": "quantization of the base",
    "tokenizer": "tokenizer",
    "prompt": "prompt (messages or chat template)",
    "extractor": "extractor",
    "tasks": "task split",
}


def finished_parent(run: RunDirectory, how: str) -> dict[str, Any]:
    """Return the manifest of a run that another stage is built on. A run whose checkpoint is meant may be unfinished.

    Args:
        how: What to do if there is none.

    Raises:
        UserError: There is no run, it is not finished, or its manifest is damaged.
    """
    if not run.path.exists():
        raise UserError(f"{run.path} is not there. {how}")
    manifest = run.read_manifest()
    status = manifest.get("status")
    entries: list[tuple[str, type]] = [("lineage", dict)]
    if run.checkpoint is None:
        if status != "complete":
            raise UserError(
                f"The run in {run.path} is not finished (its status is {shortened(repr(status), 80)}). "
                f"{how}{_checkpoints(run)}"
            )
        entries.append(("adapter_digest", str))
    for key, kind in entries:
        if not isinstance(manifest.get(key), kind):
            raise UserError(f"{run.path / 'manifest.json'} is damaged: {key!r} is missing. Train this run again.")
    return manifest


def gold_seen(run: RunDirectory, manifest: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids of the tasks on whose gold answers a run, or its parent, was trained.

    Raises:
        UserError: The manifest does not name them.
    """
    data = manifest.get("data")
    gold = data.get("gold") if isinstance(data, Mapping) else None
    if not isinstance(gold, list) or not all(isinstance(name, str) for name in gold):
        raise UserError(
            f"{run.path} does not say which tasks its gold answers were of, and GRPO never trains on a task whose gold "
            "was shown. Train that run again."
        )
    return frozenset(gold)


def check_adapter(model: PeftModel, targets: list[str], lora: LoraSection, run: RunDirectory) -> None:
    """Refuse an adapter that does not have the configured shape.

    Args:
        targets: The result of `target_modules` for the base without an adapter.

    Raises:
        UserError: It differs from `lora`.
    """
    saved = model.peft_config["default"]
    pairs = {
        "rank": (saved.r, lora.rank),
        "alpha": (saved.lora_alpha, lora.alpha),
        "target_modules": (sorted(saved.target_modules), targets),
        # peft adds the long name of an embedding that it ties to the head.
        "modules_to_save": (
            sorted({name.rpartition(".")[2] for name in saved.modules_to_save or ()}),
            sorted(lora.modules_to_save),
        ),
        "rslora": (saved.use_rslora, lora.rslora),
        "dora": (saved.use_dora, lora.dora),
    }
    wrong = [
        f"lora.{key}: the parent has {theirs}, this run {ours}"
        for key, (theirs, ours) in pairs.items()
        if theirs != ours
    ]
    if wrong:
        raise UserError(
            f"Parent run {run.path} has another adapter than this configuration names: {'; '.join(wrong)}. The stage "
            "would train the parent's; use its values, or train the parent again."
        )


def check_same_kind(run: RunDirectory, config: Config) -> None:
    """Refuse to go on from an adapter without one, or from a whole model with an adapter.

    Raises:
        UserError: The parent was trained in the other way.
    """
    adapted = run.trained != run.model if run.checkpoint is None else is_adapter(run.checkpoint)
    if adapted and config.lora is None:
        raise UserError(
            f"Parent run {run.path} trained an adapter, and with lora = null this run would train the whole model. "
            "Leave `lora: null` out, or train the parent with it too."
        )
    if not adapted and config.lora is not None:
        raise UserError(
            f"Parent run {run.path} trained the whole model, and this run would train an adapter. Set lora=null, or "
            f"take what the parent trained as the base of a run of its own: model.id={run.trained}"
        )


def check_trained(run: RunDirectory) -> str:
    """Refuse weights that their run did not train. It reads only their files.

    A run records the digest of what it ended with. A checkpoint has none, so it only has to be complete.

    Returns:
        Their digest.

    Raises:
        UserError: The run is not finished, the files are missing or cut off, or their values or scale differ.
    """
    if run.checkpoint is not None:
        if not is_complete(run.checkpoint):
            raise UserError(f"{run.checkpoint} is not a complete checkpoint. Choose another one.{_checkpoints(run)}")
        return saved_digest(run.checkpoint)
    manifest = run.read_manifest()
    if manifest.get("status") != "complete":
        raise UserError(f"{run.path} holds no trained adapter: that run is not finished.{_checkpoints(run)}")
    digest = saved_digest(run.trained)
    if digest != manifest.get("adapter_digest"):
        raise UserError(f"{run.trained} is not what this run trained: its digest differs. Train it again.")
    return digest


def _checkpoints(run: RunDirectory) -> str:
    """Return a sentence about the newest complete checkpoint; empty if there is none."""
    found = [path for path in run.list_checkpoints() if path != run.checkpoint and is_complete(path)]
    return f" It has a checkpoint: {found[-1]}" if found else ""


def check_lineage(mine: Lineage, parent: Mapping[str, Any], name: str) -> None:
    """Refuse a parent run with a different lineage.

    A base is compared by its digest: the same weights under another path are the same base.

    Raises:
        UserError: Something differs; the message names each difference with both values.
    """
    wrong = _differences(mine.to_json(), parent, "the parent has", "this run", _WORDS)
    if wrong:
        raise UserError(
            f"Parent run {name} does not fit this run:\n{wrong}\n"
            "Train the parent again with this configuration, or use the configuration that made it."
        )


def check_same_lineage(today: Mapping[str, Any], run: RunDirectory, manifest: Mapping[str, Any]) -> None:
    """Refuse to resume a run on another lineage than it was started on.

    Args:
        today: The lineage that the run would have now, in the form of a manifest.

    Raises:
        UserError: Something differs; the message names each difference with both values.
    """
    wrong = _differences(today, manifest.get("lineage") or {}, "at its start", "now", _WORDS)
    if wrong:
        raise UserError(
            f"{run.path} was started on something else:\n{wrong}\n"
            "A resumed run must be the same run. Put back what it was started on, or start it again with --overwrite."
        )


def check_still_there(today: Lineage, run: RunDirectory, manifest: Mapping[str, Any]) -> None:
    """Refuse to add a run's adapter to a model that has changed since the run.

    Tasks and extractor may have changed: they are not part of the policy.

    Raises:
        UserError: The base, its quantization, the tokenizer or the prompt differs; the message names both values.
    """
    entries = ("base_digest", "quantization", "tokenizer", "prompt")
    wrong = _differences(today.to_json(), manifest["lineage"], "the run has", "today it is", entries)
    if wrong:
        raise UserError(
            f"{run.path} was not trained on what {today.base_model} is today:\n{wrong}\n"
            "Put the model back that it was trained on. `--adapter-only` exports the adapter without it."
        )


def _differences(
    values: Mapping[str, Any], parent: Mapping[str, Any], theirs: str, ours: str, entries: Collection[str]
) -> str:
    return "\n".join(
        f"  {_WORDS[key]}: {theirs} {_short(parent.get(key))}, {ours} {_short(values[key])}"
        for key in entries
        if parent.get(key) != values[key]
    )


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return shortened(", ".join(f"{key} {str(inner)[:12]}" for key, inner in sorted(value.items())), 300) or "none"
    return str(value)[:24]
