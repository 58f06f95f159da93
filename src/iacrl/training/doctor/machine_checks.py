"""Whether a machine meets a configuration's needs; every check says what it found and what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import bitsandbytes as bnb
import torch
from huggingface_hub import constants, try_to_load_from_cache
from packaging.requirements import Requirement
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.recipes import Config
from iacrl.errors import UserError, first_line
from iacrl.extras import requirements_of_training
from iacrl.files import free_bytes
from iacrl.runs.splits import read_split
from iacrl.tasks import Task
from iacrl.tasks.prompt import build_answer, build_prompt
from iacrl.training.checkpoint_retention import BESIDES
from iacrl.training.doctor.model_shape import ModelShape
from iacrl.training.doctor.stage_memory import Lengths, adapter_bytes, optimizer_bytes
from iacrl.training.model import check_device
from iacrl.training.pretrained import local_folder
from iacrl.training.probe_judges import judge_names
from iacrl.training.replay import read_replay
from iacrl.training.rows import grpo_tasks, sft_tasks
from iacrl.training.tokenizer import load_tokenizer

#: How many of the tasks with the shortest and the longest texts are tokenized to find the extremes.
_MEASURED = 64


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check. `ok` is None if something optional is missing."""

    name: str
    ok: bool | None
    found: str


def device(config: Config) -> CheckResult:
    """Report the device and its free memory."""
    try:
        check_device(config.model)
    except UserError as error:
        return CheckResult("device", False, str(error))
    if config.model.device == "cpu":
        return CheckResult("device", True, f"cpu, {os.cpu_count()} cores, {_machine_memory() / 2**30:.1f} GiB")
    free, total = torch.cuda.mem_get_info()
    name = torch.cuda.get_device_name(0)
    return CheckResult("device", True, f"{name}, {free / 2**30:.1f} of {total / 2**30:.1f} GiB free")


def device_memory(config: Config) -> int | None:
    """Return the memory that the run can use, in bytes; None if the device does not exist."""
    if config.model.device == "cpu":
        return _machine_memory()
    return int(torch.cuda.mem_get_info()[0]) if torch.cuda.is_available() else None


def _machine_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def quantizing(config: Config) -> CheckResult:
    """Quantize a small tensor on the device and back."""
    name = "bitsandbytes"
    if config.model.device == "cuda" and not torch.cuda.is_available():
        return CheckResult(name, False, f"{version(name)}; not tried, because there is no device")
    values = torch.linspace(-1, 1, 4096, device=config.model.device).reshape(64, 64)
    try:
        packed, state = bnb.functional.quantize_4bit(
            values, quant_type="nf4", compress_statistics=config.model.double_quantization
        )
        error = float((bnb.functional.dequantize_4bit(packed, state) - values).abs().max())
    # A kernel fails or does not exist for this device, or a native library did not load, seen at the first call.
    except (RuntimeError, NotImplementedError, AttributeError) as problem:
        told = f"{version(name)} cannot quantize on {config.model.device}: {first_line(problem)}"
        return CheckResult(name, False, told)
    if error > 0.2:  # NF4's widest gap between two values is 0.3, so the greatest error is half of it
        return CheckResult(
            name, False, f"{version(name)} quantizes wrongly on {config.model.device}: off by {error:.2f}"
        )
    return CheckResult(name, True, f"{version(name)} quantizes on {config.model.device}, off by at most {error:.2f}")


def versions() -> CheckResult:
    """Compare the installed libraries with iacrl's requirements."""
    wrong, fine = [], 0
    for line in requirements_of_training():
        wanted = Requirement(line)
        try:
            has = version(wanted.name)
        except PackageNotFoundError:
            wrong.append(f"{wanted.name} is missing ({wanted.specifier})")
            continue
        if wanted.specifier.contains(has, prereleases=True):
            fine += 1
        else:
            wrong.append(f"{wanted.name} {has}, but iacrl needs {wanted.specifier}")
    if wrong:
        return CheckResult("versions", False, "; ".join(wrong) + ". Run pip install --upgrade 'iacrl[train]'")
    return CheckResult("versions", True, f"all {fine} libraries are as iacrl needs them")


def run_disk(config: Config, shape: ModelShape) -> CheckResult:
    """Compare the space for checkpoints and adapters with the free space."""
    adapter = adapter_bytes(shape)
    # In every checkpoint of GRPO; a reference model is loaded from the SFT run instead.
    reference = adapter if config.grpo.beta > 0 and config.lora is not None else 0
    needed = max(
        (section.keep_checkpoints + BESIDES + 1) * (adapter + more + optimizer_bytes(shape, section.optimizer))
        for section, more in ((config.sft, 0), (config.grpo, reference))
    )
    return _disk("disk for runs", config.run.dir, needed + 2 * adapter)


def download_disk(config: Config, shape: ModelShape) -> CheckResult:
    """Compare the space for the weights with the free space, unless they are here already."""
    name = "base model"
    folder = local_folder(config.model)
    if folder is not None:
        if not any(folder.glob("*.safetensors")):
            return CheckResult(name, False, f"{config.model.id} holds no *.safetensors")
        return CheckResult(name, True, f"{config.model.id}, {shape.parameters / 1e6:.1f} M parameters")
    for file in ("model.safetensors", "model.safetensors.index.json"):
        if isinstance(try_to_load_from_cache(config.model.id, file, revision=config.model.revision), str):
            return CheckResult(name, True, f"{config.model.id} is in the hub's cache")
    return _disk(f"{name}, to be downloaded", Path(constants.HF_HUB_CACHE), 2 * shape.parameters)


def second_judges(config: Config) -> Iterator[CheckResult]:
    """Look for each domain's second judge, such as the real program, which the probe asks."""
    for domain, judge, why in judge_names(config.data.domains):
        yield CheckResult(f"second judge of {domain}", True if judge else None, judge or why)


def tokenizer(config: Config) -> tuple[CheckResult, PreTrainedTokenizerBase | None]:
    """Load the tokenizer, with its chat template and padding token."""
    try:
        found = load_tokenizer(config.model)
    except UserError as error:
        return CheckResult("tokenizer", False, str(error)), None
    return CheckResult("tokenizer", True, f"{len(found)} tokens, with a chat template and a padding token"), found


def data(config: Config, found: PreTrainedTokenizerBase | None) -> tuple[CheckResult, Lengths | None]:
    """Read all three splits and find the longest rows of each stage."""
    try:
        train = read_split(config, "train")
        counts = [len(train.tasks), *(len(read_split(config, split).tasks) for split in ("validation", "test"))]
    except UserError as error:
        return CheckResult("data", False, str(error)), None
    words = "{} training, {} validation and {} test tasks".format(*counts)
    if found is None:
        return CheckResult("data", True, words), None
    try:
        sft, grpo = sft_tasks(config, train), grpo_tasks(config, train)
    except UserError as error:
        return CheckResult("data", False, f"{words}. {error}"), None
    if not sft:
        return CheckResult("data", False, f"{words}, but none of the training tasks has a gold answer for SFT"), None

    def tokens(task: Task, *, answered: bool) -> int:
        messages = [*build_prompt(task), *(build_answer(task) if answered else [])]
        text = found.apply_chat_template(messages, tokenize=False, add_generation_prompt=not answered)
        return len(found(text, add_special_tokens=False)["input_ids"])

    try:
        chat = _longest_chat(config, found)
    except UserError as error:
        return CheckResult("data", False, f"{words}. {error}"), None
    longest = []
    for what, tasks, answered, name, limit in (
        ("prompt", grpo, False, "data.max_prompt_tokens", config.data.max_prompt_tokens),
        ("row", sft, True, "sft.max_tokens", config.sft.max_tokens),
    ):
        in_order = sorted(tasks, key=lambda task: len(task.instruction + task.input + task.output * answered))
        ends = (*in_order[:_MEASURED], *in_order[-_MEASURED:])
        by_length = {tokens(task, answered=answered): task for task in ends}
        if min(by_length) > limit:
            told = f"{words}, but the shortest {what} has {min(by_length)} tokens, and {name} = {limit} leaves none"
            return CheckResult("data", False, told), None
        longest.append((max(by_length), by_length[max(by_length)]))
    (prompt, _), (row, longest_row) = longest
    told = f"{words}; the longest prompt has {prompt} tokens, the longest row {row}"
    if chat:
        told += f", the longest general chat {chat}"
    return CheckResult("data", True, told), Lengths(prompt, row, chat, row - tokens(longest_row, answered=False))


def _longest_chat(config: Config, tokenizer: PreTrainedTokenizerBase) -> int:
    """Return the tokens of the longest row of `data.replay` that a stage takes; 0 without such a file."""
    limit = max(config.sft.max_tokens, config.data.max_prompt_tokens + config.grpo.max_completion_tokens)
    replay = read_replay(config, tokenizer, limit)
    return 0 if replay is None else max(len(chat.ids) for chat in (*replay.chats, *replay.held_out))


def _disk(name: str, place: Path, needed: int) -> CheckResult:
    free = free_bytes(place)
    words = f"{needed / 2**30:.2f} GiB needed in {place}, {free / 2**30:.1f} GiB free"
    return CheckResult(name, free > needed, words)
