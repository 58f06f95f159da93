"""The SFT stage: a supervised warm start, with the loss on the completion only."""

from __future__ import annotations

from random import Random
from typing import Any

from datasets import Dataset
from peft import PeftModel
from transformers import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase
from trl import SFTConfig

from iacrl.config.recipes import Config
from iacrl.errors import UserError
from iacrl.runs.directory import RunDirectory
from iacrl.runs.launch import count, is_first
from iacrl.runs.progress import say
from iacrl.runs.splits import read_split
from iacrl.runs.weights import draw
from iacrl.scoring.runtime import Runtime
from iacrl.training.callbacks import PeakMemoryCheck
from iacrl.training.lineage import describe_lineage
from iacrl.training.model import add_adapter, check_device, load_base, load_whole
from iacrl.training.packed_scores import may_pack
from iacrl.training.replay import beside, read_replay
from iacrl.training.replay_loss import GeneralLoss
from iacrl.training.rows import prompts_left, sft_row, sft_tasks, weights_of, without_weight_0
from iacrl.training.stage import Prepared, run_stage, trainer_options
from iacrl.training.start_gate import measure_gate
from iacrl.training.tokenizer import load_tokenizer
from iacrl.training.trainers import WarmStartTrainer
from iacrl.training.validation import Validation


def run_sft(config: Config, *, resume: bool = False, overwrite: bool = False) -> RunDirectory:
    """Train a fresh adapter, or the whole base with `lora: null`, on gold answers.

    Raises:
        UserError: See the message.
        Interrupted: Ctrl-C or SIGTERM.
    """
    with config.runtime() as runtime:
        return run_stage(
            "sft", config, lambda: _prepare(config, runtime), round_length=1, resume=resume, overwrite=overwrite
        )


def sft_options(config: Config, run: RunDirectory) -> SFTConfig:
    """Return the trainer's complete settings."""
    return SFTConfig(
        **trainer_options(config, config.sft, run),
        gradient_accumulation_steps=config.sft.accumulation,
        num_train_epochs=config.sft.epochs,
        max_steps=config.sft.steps or -1,
        max_length=config.sft.max_tokens,
        truncation_mode="keep_start",
        packing=config.sft.packing,
        packing_strategy="bfd",
        completion_only_loss=True,
        neftune_noise_alpha=config.sft.neftune_alpha,
        loss_type="nll",
        shuffle_dataset=False,  # the sampler shuffles, the longest rows first
    )


def _prepare(config: Config, runtime: Runtime) -> Prepared:
    check_device(config.model)
    train = read_split(config, "train")
    weights = weights_of(config, train)
    train = without_weight_0(train, weights)
    tokenizer = load_tokenizer(config.model)
    tasks = sft_tasks(config, train)
    rows = [(task, sft_row(task)) for task in tasks]
    short = [(task, row) for task, row in rows if _length(row, tokenizer) <= config.sft.max_tokens]
    if not short:
        raise UserError(f"sft.max_tokens = {config.sft.max_tokens}: none of the {len(rows)} rows is that short.")
    if len(short) < len(rows):
        say(f"SFT: {len(rows) - len(short)} of {len(rows)} rows are over sft.max_tokens and left out.")
    kept = [row for _, row in short]
    if weights is not None:
        drawn = draw(weights.of([task for task, _ in short]), len(short), Random(config.run.seed))
        kept = [kept[index] for index in drawn]
    replay = read_replay(config, tokenizer, config.sft.max_tokens)
    chats = [] if replay is None else replay.chats[: beside(len(kept), config.data.replay_share)]
    if replay is not None:
        say(
            f"SFT: {len(chats)} rows of general chat from {config.data.replay}; {len(replay.held_out)} more are held "
            "out and measured."
        )
    if not prompts_left(train, {task.id for task in tasks}):
        say(
            "SFT: every training task that GRPO could ask is shown with its gold answer, so GRPO would refuse to go on "
            "from this run. If it is to follow, keep tasks for it with data.sft_rows=N."
        )
    base = load_whole(config.model) if config.lora is None else load_base(config.model)
    lineage = describe_lineage(config, base, tokenizer, train)
    model = base if config.lora is None else add_adapter(base, config.model, config.lora)

    def build_trainer(run: RunDirectory) -> WarmStartTrainer:
        trainer = WarmStartTrainer(
            model=model,
            args=sft_options(config, run),
            train_dataset=Dataset.from_list([*kept, *(chat.row() for chat in chats)]),
            processing_class=tokenizer,
        )
        trainer.packs = may_pack(config, config.sft)
        if replay is not None:
            trainer.figures = [GeneralLoss(config.guards.general.every, trainer, replay.held_out)]
        trainer.add_callback(Validation(config, config.sft, run, trainer, tokenizer, runtime))
        # A single process halves in its first step. Packed rows cannot be cut into equally many parts in all processes.
        if config.model.device == "cuda" and count() > 1 and not config.sft.packing:
            trainer.add_callback(PeakMemoryCheck(trainer, max(trainer.train_dataset["input_ids"], key=len)))
        return trainer

    def finish(run: RunDirectory, trained: PreTrainedModel | PeftModel) -> dict[str, Any]:
        return {"gate": measure_gate(config, trained, tokenizer, runtime, run=run if is_first() else None)}

    counts = {
        "rows": len(kept) + len(chats),
        "left_out": len(rows) - len(kept),
        "replay": None if replay is None else {**replay.facts, "rows": len(chats)},
        "gold": [task.id for task in tasks],
        "weights": None if weights is None else weights.digest,
    }
    facts = {"lineage": lineage.to_json(), "parent": None, "data": counts}
    return Prepared(model, tokenizer, facts, build_trainer, finish)


def _length(row: dict[str, Any], tokenizer: PreTrainedTokenizerBase) -> int:
    """Return the tokens of a prompt with its answer."""
    text = tokenizer.apply_chat_template([*row["prompt"], *row["completion"]], tokenize=False)
    return len(tokenizer(text, add_special_tokens=False)["input_ids"])
