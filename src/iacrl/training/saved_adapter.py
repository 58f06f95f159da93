"""A saved adapter: its adapter_config.json is checked before peft acts on it, and only then is it loaded.

A run may be from anybody, and in this file peft takes ranks, copies of layers, regular expressions, files and names of
Python modules that it imports. iacrl reads it itself, refuses what no plain LoRA adapter needs, holds the ranks against
the shapes of the weights, and hands peft a configuration with these entries only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Final

from peft import LoraConfig, PeftModel
from peft.tuners.tuners_utils import check_target_module_exists
from safetensors import SafetensorError
from torch import nn
from transformers import PreTrainedModel

from iacrl.errors import UserError, first_line
from iacrl.files import parse_json, read_text, require_object
from iacrl.training.safetensors_header import shapes_in

SHAPE: Final = "adapter_config.json"
WEIGHTS: Final = "adapter_model.safetensors"

#: Names of modules: peft takes some for regular expressions, which may never end.
_NAME: Final = re.compile(r"[\w.-]{1,500}")
#: Names in one entry. peft compares each with each module.
_MOST_NAMES: Final = 1_000
_PREFIX: Final = "base_model.model."
_WHAT: Final = (
    "a plain LoRA adapter, as `iacrl sft` writes it. Train the run again, or merge the adapter into its base with peft "
    "and give the result as model.id."
)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value <= 1_000_000


def _is_rank(value: Any) -> bool:
    return type(value) is int and value > 0


def _is_flag(value: Any) -> bool:
    return type(value) is bool


def _is_layer(value: Any) -> bool:
    return type(value) is int and 0 <= value < _MOST_NAMES


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _one_of(*values: Any) -> Callable[[Any], bool]:
    return lambda value: any(type(value) is type(one) and value == one for one in values)


def _list_of(kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and len(value) <= _MOST_NAMES and all(map(kind, value))


def _table_of(kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, dict)
        and len(value) <= _MOST_NAMES
        and all(_is_name(name) and kind(one) for name, one in value.items())
    )


#: What peft is handed: each entry with what it may be, and this in words. Every other entry must be off.
_ENTRIES: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "peft_type": (_one_of("LORA"), "LORA"),
    "task_type": (_one_of("CAUSAL_LM"), "CAUSAL_LM"),
    "r": (_is_rank, "a whole number above 0"),
    "lora_alpha": (_is_number, "a number above 0"),
    "lora_dropout": (lambda value: type(value) in (int, float) and 0 <= value < 1, "a number from 0 to 1"),
    "target_modules": (_list_of(_is_name), "a list of the names of modules"),
    "exclude_modules": (_list_of(_is_name), "a list of the names of modules"),
    "modules_to_save": (_list_of(_is_name), "a list of the names of modules"),
    "layers_to_transform": (lambda value: _is_layer(value) or _list_of(_is_layer)(value), "a list of layers"),
    "rank_pattern": (_table_of(_is_rank), "a table of names with ranks"),
    "alpha_pattern": (_table_of(_is_number), "a table of names with numbers above 0"),
    "bias": (_one_of("none", "all", "lora_only"), "none, all or lora_only"),
    "init_lora_weights": (_one_of(True, False, "gaussian"), "true, false or gaussian"),
    "fan_in_fan_out": (_is_flag, "true or false"),
    "use_rslora": (_is_flag, "true or false"),
    "use_dora": (_is_flag, "true or false"),
    "lora_bias": (_is_flag, "true or false"),
    "ensure_weight_tying": (_is_flag, "true or false"),
}
#: What an adapter may say besides. peft is not handed it: the base is the one that the run was trained on.
_LEFT_OUT: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "auto_mapping": (lambda value: isinstance(value, dict), "a table"),
    "base_model_name_or_path": (_is_text, "a text"),
    "revision": (_is_text, "a text"),
    "peft_version": (_is_text, "a text"),
    "inference_mode": (_is_flag, "true or false"),
}


@dataclass(frozen=True, slots=True)
class SavedAdapter:
    """An adapter's files, checked.

    Attributes:
        config: What peft is handed; it names no base.
        sizes: The name of each adapted module to the numbers that it takes and gives.
    """

    folder: Path
    config: LoraConfig
    sizes: Mapping[str, tuple[int, int]]


def read_adapter(folder: Path) -> SavedAdapter:
    """Return the description of an adapter, without its weights.

    Raises:
        UserError: It is no plain LoRA adapter, an entry has another type, or its ranks are not those of its weights.
    """
    file = folder / SHAPE
    entries = _entries_of(require_object(parse_json(read_text(file), file), str(file)), file)
    shapes = shapes_in(folder / WEIGHTS)
    try:
        config = LoraConfig(**entries)
    except (ValueError, TypeError) as error:
        raise UserError(f"{file}: {first_line(error)} Expected {_WHAT}") from error
    return SavedAdapter(folder, config, _sizes(shapes, config, file))


def load_adapter(
    base: PreTrainedModel | PeftModel, folder: Path, *, name: str = "default", trainable: bool = False
) -> PeftModel:
    """Return a model with a saved adapter, in addition to those that it has.

    Raises:
        UserError: The adapter is missing or cut off, is no plain LoRA adapter, or belongs to another model.
    """
    adapter = read_adapter(folder)
    own = base.get_base_model() if isinstance(base, PeftModel) else base
    _check_fits(adapter, own)
    adapter.config.base_model_name_or_path = own.name_or_path
    adapter.config.inference_mode = not trainable
    try:
        if not isinstance(base, PeftModel):
            model: PeftModel = PeftModel.from_pretrained(
                base, str(folder), adapter_name=name, config=adapter.config, is_trainable=trainable
            )
            return model
        base.add_adapter(name, adapter.config)
        base.load_adapter(str(folder), adapter_name=name, is_trainable=trainable)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        raise UserError(f"{folder} cannot be loaded: {first_line(error)} Train the run again.") from error
    return base


def _entries_of(found: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """Return the entries that peft is handed: those that are not null."""
    defaults = {one.name: one.default for one in fields(LoraConfig) if one.default is not MISSING}
    for key in ("peft_type", "r", "lora_alpha", "target_modules"):
        if found.get(key) is None:
            raise UserError(f"{file}: {key} is missing: expected {_WHAT}")
    for key, value in found.items():
        if key in _ENTRIES or key in _LEFT_OUT:
            right, words = _ENTRIES.get(key) or _LEFT_OUT[key]
            if value is not None and not right(value):
                raise UserError(f"{file}: {key} is {str(value)[:80]!r}: expected {words}, as in {_WHAT}")
        elif value not in (None, False, {}, []) and (key not in defaults or value != defaults[key]):
            raise UserError(f"{file}: {key[:80]} is {str(value)[:80]!r}, which iacrl does not load: expected {_WHAT}")
    return {key: found[key] for key in _ENTRIES if found.get(key) is not None and key != "peft_type"}


def _sizes(shapes: Mapping[str, tuple[int, ...]], config: LoraConfig, file: Path) -> dict[str, tuple[int, int]]:
    """Return the sizes of the adapted modules, whose two matrices must have the rank that the description gives."""
    halves: dict[str, dict[str, tuple[int, ...]]] = {}
    for label, shape in shapes.items():
        module, matrix, _ = label.removeprefix(_PREFIX).removesuffix(".weight").rpartition(".lora_")
        half = label.removesuffix(".weight")[-1:]
        if matrix and half in "AB" and len(shape) == 2:
            halves.setdefault(module, {})[half] = shape
    found = {}
    for module, pair in halves.items():
        rank = _of_pattern(config.rank_pattern, module, config.r)
        if pair.keys() != {"A", "B"} or pair["A"][0] != rank or pair["B"][1] != rank:
            raise UserError(
                f"{file}: {module[:200]} has the rank {rank:,} here, and in {WEIGHTS} the shapes "
                f"{' and '.join(str(pair[half]) for half in sorted(pair))}. Is one of the files another adapter's?"
            )
        found[module] = (pair["A"][1], pair["B"][0])
    if not found:
        raise UserError(f"{file.with_name(WEIGHTS)}: holds no weights of a LoRA adapter. Train the run again.")
    for name in config.modules_to_save or ():
        if not any(f".{name}." in label for label in shapes):
            raise UserError(f"{file}: modules_to_save names {name}, and {WEIGHTS} has no weights of it.")
    return found


def _of_pattern(pattern: Mapping[str, int], module: str, otherwise: int) -> int:
    """Return the entry of the first name that is the module's, or how it ends, as peft finds it."""
    parts = module.split(".")
    ends = {".".join(parts[at:]) for at in range(len(parts))}
    return next((value for name, value in pattern.items() if name in ends), otherwise)


def _check_fits(adapter: SavedAdapter, base: nn.Module) -> None:
    """Refuse an adapter whose weights are not those of the modules that it names: peft would make them, of any size.

    Raises:
        UserError: It is.
    """
    modules = {
        name: module for name, module in base.named_modules() if check_target_module_exists(adapter.config, name)
    }
    unlike = sorted(modules.keys() ^ adapter.sizes.keys())
    unlike += [name for name, module in modules.items() if not unlike and _takes(module) != sorted(adapter.sizes[name])]
    if unlike:
        raise UserError(
            f"{adapter.folder} cannot be loaded: its weights are not those of the modules of the base that it names: "
            f"{unlike[0][:200]} differs. It is another model's, or damaged. Train the run again."
        )


def _takes(module: nn.Module) -> list[int]:
    """Return how many numbers a module takes and gives, the smaller one first."""
    for names in (("in_features", "out_features"), ("num_embeddings", "embedding_dim")):
        if all(isinstance(getattr(module, name, None), int) for name in names):
            return sorted(getattr(module, name) for name in names)
    weight = getattr(module, "weight", None)
    return sorted(weight.shape) if isinstance(weight, nn.Parameter) else []
