"""The configuration of a run: a recipe's sections, read from YAML, merged and overridden.

`load_config` reads a recipe by name or path, applies `key.sub=value` overrides and reports all mistakes at once.
"""

from __future__ import annotations

import os
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from iacrl.config.anchors import anchored
from iacrl.config.base import Section, section_of
from iacrl.config.foreign_names import our_name
from iacrl.config.monitoring import GatesSection, GuardsSection, ProbeSection
from iacrl.config.sections import (
    DataSection,
    DomainOptions,
    EvalSection,
    GrpoSection,
    LoraSection,
    ModelSection,
    PromptSection,
    RewardsSection,
    RunSection,
    SftSection,
)
from iacrl.domains.registry import all_domains, find_domain
from iacrl.errors import UserError, did_you_mean
from iacrl.files import read_text
from iacrl.resources import shipped
from iacrl.scoring.rubric import Rubric, build_rubric, usual_gates
from iacrl.scoring.runtime import Limits, Runtime
from iacrl.yaml_text import read_yaml


class Config(Section):
    """A complete, resolved configuration."""

    model: ModelSection
    lora: LoraSection | None = LoraSection()
    data: DataSection = DataSection()
    prompt: PromptSection = PromptSection()
    domains: DomainOptions = Field({}, description="Options of each domain, by its name.")
    sft: SftSection = SftSection()
    grpo: GrpoSection
    rewards: RewardsSection = RewardsSection()
    gates: GatesSection = GatesSection()
    guards: GuardsSection = GuardsSection()
    probe: ProbeSection = ProbeSection()
    eval: EvalSection = EvalSection()
    run: RunSection

    @model_validator(mode="after")
    def _can_be_trained(self) -> Config:
        if self.lora is None and self.model.quantization != "none":
            raise ValueError(
                f"lora = null with model.quantization = {self.model.quantization}: without an adapter the weights "
                "themselves are trained, and those in 4 bits cannot be. Set model.quantization=none, or keep the "
                "adapter (leave `lora: null` out)"
            )
        return self

    @model_validator(mode="after")
    def _vllm_has_16_bits(self) -> Config:
        if self.grpo.vllm != "off" and self.model.quantization != "none" and self.grpo.rollout != "merged":
            raise ValueError(
                f"grpo.vllm = {self.grpo.vllm} with model.quantization = {self.model.quantization}: vLLM cannot take "
                "over 4-bit weights with an adapter. Choose grpo.rollout=merged (vLLM gets merged 16-bit weights), "
                "model.quantization=none (16-bit weights; then run SFT again), or grpo.vllm=off"
            )
        return self

    @model_validator(mode="after")
    def _copy_is_possible(self) -> Config:
        if self.grpo.rollout == "merged" and self.lora is None:
            raise ValueError("grpo.rollout = merged with lora = null: there is no adapter to merge; use rollout=policy")
        if self.grpo.rollout == "merged" and self.lora is not None and self.lora.dora:
            raise ValueError("grpo.rollout = merged with lora.dora: a copy is made for plain LoRA; use rollout=policy")
        if self.grpo.rollout == "merged" and self.grpo.vllm == "off" and self.model.decoder != "iacrl":
            raise ValueError("grpo.rollout = merged needs model.decoder = iacrl, which writes by the copy")
        return self

    @model_validator(mode="after")
    def _options_exist(self) -> Config:
        for name, given in self.domains.items():
            try:
                find_domain(name).resolved(given)
            except UserError as error:
                raise ValueError(f"domains.{name}: {str(error).rstrip('.')}") from None
        return self

    def gate_rows(self) -> int:
        """Return how many validation tasks the gate asks."""
        if self.gates.rows is not None:
            return self.gates.rows
        four_steps = 4 * self.grpo.prompts_per_step * self.grpo.group_size
        return min(64, max(16, four_steps // self.gates.samples))

    def rubric(self) -> Rubric:
        """Return the rubric that scores a completion.

        Raises:
            UserError: A reward is not known or fails to load, or a gate does not fit.
        """
        return build_rubric(self.rewards.weights, self.rewards.gates, self.domains)

    def runtime(self, *, place_met: bool = False) -> Runtime:
        """Return the runtime that scores batches by that rubric; `place_met` as for `Runtime`.

        Raises:
            UserError: As for `rubric`.
        """
        return Runtime(self.rubric(), self.limits(), place_met=place_met)

    def limits(self) -> Limits:
        """Return the limits on scoring one completion."""
        one = self.rewards
        return Limits(one.workers, one.deadline_s, one.memory_mb, one.max_characters, one.max_failed)

    def to_yaml(self) -> str:
        """Return the configuration as YAML that `load_config` reads back unchanged."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def config_names() -> list[str]:
    """Return the names of the shipped recipes."""
    return sorted(path.stem for path in shipped("configs").glob("*.yaml"))


def find_config(name: str) -> Path:
    """Return the file of a recipe, given by path or by the name of a shipped one.

    Raises:
        UserError: Neither exists.
    """
    path = Path(name)
    if path.is_dir() and name not in config_names():
        raise UserError(f"Config {name}: is a directory; name a recipe's file in it.")
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        if not path.exists():
            raise UserError(f"Config {name}: there is no such file.")
        return path
    if name not in config_names():
        raise UserError(
            f"Unknown config {name!r}.{did_you_mean(name, config_names())} Shipped: {', '.join(config_names())}. "
            "A file of your own is named by its path, ending in .yaml."
        )
    return shipped("configs") / f"{name}.yaml"


#: The sections that training needs, as defaults for commands that only need a recipe's rubric, tasks or measurement.
NOT_NEEDED: Mapping[str, Mapping[str, Any]] = {"model": {"id": "none"}, "grpo": {}, "run": {"name": "none"}}


def load_config(
    name: str, overrides: Sequence[str] = (), *, otherwise: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
) -> Config:
    """Read a recipe and apply `key.sub=value` overrides.

    Relative paths in the recipe start from its folder, those in overrides from the working directory; in the
    configuration they are absolute.

    Args:
        name: Name of a shipped recipe, or a path.
        overrides: Each `section.key=value`; the value is read as YAML.
        otherwise: Whole sections to use if the recipe does not have them.

    Raises:
        UserError: The recipe cannot be read or holds mistakes; the message lists every one of them with its path.
    """
    path = find_config(name)
    written = {name: dict(section) for name, section in otherwise.items()} | anchored(_read_yaml(path), path.parent)
    return build_config(written, overrides, path=path)


def build_config(raw: dict[str, Any], overrides: Sequence[str], *, path: Path) -> Config:
    """Return the configuration of these settings with `key.sub=value` overrides.

    Args:
        raw: Sections with their settings; paths in them are absolute.
        overrides: See `load_config`.
        path: The name in messages.

    Raises:
        UserError: There are mistakes; the message lists every one of them with its path.
    """
    for override in overrides:
        apply_override(raw, override)
    try:
        config = Config.model_validate(raw)
    except ValidationError as error:
        lines = "\n".join(f"  {line}" for line in _describe(error))
        raise UserError(f"Config {path}:\n{lines}") from None
    files = [name for name in config.rewards.weights if name.endswith(".py")]
    missing = [name for name in files if not os.path.isfile(name)]  # noqa: PTH113 - false for one that is too long
    if missing:
        raise UserError(f"Config {path}:\n  rewards.weights: there is no file {' and no '.join(missing)}.")
    gates = {**usual_gates(config.rewards.weights), **config.rewards.gates}
    options = {name: find_domain(name).resolved(config.domains.get(name, {})) for name in config.data.domains}
    rewards = config.rewards.model_copy(update={"gates": gates})
    return config.model_copy(update={"rewards": rewards, "domains": {**config.domains, **options}})


def _read_yaml(path: Path) -> dict[str, Any]:
    raw = read_yaml(read_text(path), f"Config {path}")
    if not isinstance(raw, dict):
        raise UserError(f"Config {path}: expected sections such as `model:` and `sft:`, found {type(raw).__name__}.")
    return raw


def apply_override(raw: dict[str, Any], override: str) -> None:
    """Change settings by one `key.sub=value`.

    Raises:
        UserError: It does not have this form, or the value is not YAML.
    """
    key, equals, value = override.partition("=")
    steps = key.split(".")
    if not equals or not all(steps):
        raise UserError(f"Override {override!r}: write section.key=value, such as sft.learning_rate=1e-4.")
    given = read_yaml(value, f"Override {override!r}, the value")
    for step in reversed(steps):
        given = {step: given}
    given = anchored(given, Path.cwd())
    at = raw
    for step in steps[:-1]:
        inner = at.setdefault(step, {})
        if inner is None:  # a section that the recipe switches off, such as `lora: null`
            inner = at[step] = {}
        if not isinstance(inner, dict):
            raise UserError(f"Override {override!r}: `{step}` is a value, not a section.")
        at, given = inner, given[step]
    at[steps[-1]] = given[steps[-1]]


def _describe(error: ValidationError) -> Iterator[str]:
    """Yield one line for each mistake: its path, what is wrong, and the nearest real key for an unknown one."""
    mistakes = error.errors(include_url=False)
    for mistake in mistakes:
        inner = (other["loc"] for other in mistakes if len(other["loc"]) > len(mistake["loc"]))
        if mistake["type"] == "too_short" and any(loc[: len(mistake["loc"])] == mistake["loc"] for loc in inner):
            continue  # it is too short because its elements, which are reported separately, were dropped
        path = ".".join(str(step) for step in mistake["loc"] if step != "[key]")
        if mistake["type"] == "extra_forbidden":
            known, key = _keys_at(mistake["loc"][:-1]), str(mistake["loc"][-1])
            near = _renamed(key, path.partition(".")[0]) or did_you_mean(key, known) or _elsewhere(key)
            yield f"{path}: unknown key.{near} Known: {', '.join(known)}."
        elif mistake["type"] == "missing":
            yield f"{path}: required, but not given."
        elif mistake["type"] == "value_error":
            yield f"{path}: {mistake['ctx']['error']}." if path else f"{mistake['ctx']['error']}."
        else:
            yield f"{path}: {mistake['msg']}, found {reprlib.repr(mistake['input'])}."


def _keys_at(path: Sequence[int | str]) -> list[str]:
    model: type[BaseModel] = Config
    for step in path:
        inner = section_of(model.model_fields[str(step)].annotation)
        if inner is None:
            return []
        model = inner
    return list(model.model_fields)


def _renamed(key: str, section: str) -> str:
    ours = our_name(key, section)
    return "" if ours is None else f" It is {ours!r} here."


def _elsewhere(key: str) -> str:
    """Return the full name of a setting in another section that a key may mean: `domains.kubernetes.version`."""
    found = (name for name in _settings(Config) if key in (name.rpartition(".")[2], "_".join(name.split(".")[1:])))
    return next((f" Did you mean {name!r}?" for name in found), "")


def _settings(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """Yield the full name of every setting, including those of the domains."""
    for name, field in model.model_fields.items():
        inner = section_of(field.annotation)
        if inner is not None:
            yield from _settings(inner, f"{before}{name}.")
        elif f"{before}{name}" == "domains":
            yield from (f"domains.{domain.name}.{one.name}" for domain in all_domains() for one in domain.options)
        else:
            yield before + name
