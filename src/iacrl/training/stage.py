"""What both stages share: from a configuration to a finished run directory."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from peft import PeftModel
from transformers import PreTrainedModel, PrinterCallback, Trainer, TrainerState
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.recipes import Config
from iacrl.config.sections import StageSection
from iacrl.errors import Interrupted, UserError
from iacrl.runs import launch, processes
from iacrl.runs.directory import RunDirectory, recorded_failure, refuse_existing, stage_path, start_run
from iacrl.runs.lock import run_lock, take
from iacrl.runs.manifest import describe_circumstances, now
from iacrl.runs.progress import say
from iacrl.runs.set_up import set_up
from iacrl.training.callbacks import MetricsLog, StopOnSignal
from iacrl.training.full_disk import full_disk_is_told
from iacrl.training.guards import Guards, repeat_warnings, stopped
from iacrl.training.model import adapter_norm, kept_in_float32
from iacrl.training.out_of_memory import is_out_of_memory
from iacrl.training.resuming import check_same_data, go_back, reopen_run
from iacrl.training.trackers import PROJECT, tracker_callbacks, trainer_reports
from iacrl.training.trained_files import restore, save_trained, trained_digest
from iacrl.training.validation import choose_best


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a stage builds before it opens its run directory: nothing is written until all of it exists.

    Attributes:
        model: The base with the adapter to train, or the model that is trained whole.
        manifest: The stage's own entries: lineage, parent, counts of rows.
        build_trainer: From the run directory to the trainer, one of `iacrl.training.trainers`.
        finish: Called with the run and the trained model before the run counts as complete; returns further entries of
            its manifest.
    """

    model: PreTrainedModel | PeftModel
    tokenizer: PreTrainedTokenizerBase
    manifest: Mapping[str, Any]
    build_trainer: Callable[[RunDirectory], Trainer]
    finish: Callable[[RunDirectory, PreTrainedModel | PeftModel], Mapping[str, Any]] = lambda run, model: {}


_MAKE_ROOM = "What was saved is kept: make room and continue with --resume, or choose another place with run.dir=PATH."


def run_stage(
    stage: str, config: Config, prepare: Callable[[], Prepared], *, round_length: int, resume: bool, overwrite: bool
) -> RunDirectory:
    """Train one stage and return its finished run directory.

    Args:
        stage: `sft` or `grpo`.
        prepare: Loads model, data and parent.
        round_length: Optimizer steps between two places where the run may stop (see `StopOnSignal`).
        resume: Continue the interrupted run from its last complete checkpoint.

    Raises:
        UserError: Anything the user can fix: see the message.
        Interrupted: Ctrl-C or SIGTERM; what is done is kept.
    """
    with run_lock(stage_path(config, stage)) as lock, full_disk_is_told(stage_path(config, stage), _MAKE_ROOM):
        run = reopen_run(config, stage) if resume else None
        if run is None:
            refuse_existing(config, stage, overwrite=overwrite)
        launch.check_sharding(config)
        set_up(config)
        processes.join(config.model.device)
        prepared = prepare()
        if run is not None:
            check_same_data(run, prepared.manifest)
        circumstances = describe_circumstances(config, stage)
        start_digest = trained_digest(prepared.model)
        take(lock, stage_path(config, stage))
        processes.wait_for_all()  # all processes have looked at the unchanged directory
        if launch.is_first():
            if run is None:
                trained = sum(one.numel() for one in prepared.model.parameters() if one.requires_grad)
                facts = {"trained_parameters": trained, "adapter_digest_before": start_digest}
                manifest = {**circumstances, **prepared.manifest, **facts}
                start_run(config, stage, manifest, overwrite=overwrite)
            else:
                go_back(run, config, prepared.manifest)
        processes.wait_for_all()
        run = RunDirectory(stage_path(config, stage))
        with recorded_failure(run):
            _train_and_finish(run, stage, config, prepared, round_length, start_digest)
    repeat_warnings(run)
    return run


def _train_and_finish(
    run: RunDirectory, stage: str, config: Config, prepared: Prepared, round_length: int, start_digest: str
) -> None:
    """Train an opened run, or the rest of it, to its end, and complete its directory."""
    checkpoint = run.latest_checkpoint()
    with kept_in_float32(prepared.model):
        trainer = prepared.build_trainer(run)
    if checkpoint is not None and _is_last(checkpoint, trainer.args.max_steps):  # the trainer would go on past the end
        restore(prepared.model, checkpoint)
    else:
        _train(trainer, run, stage, config, checkpoint, round_length)
    chosen = choose_best(run, trainer.accelerator.unwrap_model(trainer.model))
    end_digest = trained_digest(trainer.model)
    if len(set(processes.gathered([end_digest]))) > 1:
        raise RuntimeError(f"{run.path}: the processes hold different adapters; this is a bug of iacrl or torch")
    if end_digest == start_digest:
        raise UserError(
            f"{run.path}: the trained weights did not change, so this stage trained nothing. Is {stage}.learning_rate "
            "0, or every reward the same in every group?"
        )
    if not isfinite(adapter_norm(trainer.model)):
        raise UserError(
            f"{run.path}: the trained weights are not finite, so they are not saved. Lower {stage}.learning_rate, and "
            "start the run again with --overwrite."
        )
    target = run.model if config.lora is None else run.adapter
    save_trained(trainer.model, prepared.tokenizer, target)
    say(f"{'Model' if config.lora is None else 'Adapter'}: {target}")
    run.update_manifest({"trained": now()})  # the rest measures the stage and is not part of its training
    last = prepared.finish(run, trainer.accelerator.unwrap_model(trainer.model))
    if launch.is_first():
        for older in run.list_checkpoints()[:-1]:  # the last one stays, for whoever wants to train longer
            shutil.rmtree(older)
    run.update_manifest({**chosen, **last, "status": "complete", "finished": now(), "adapter_digest": end_digest})
    processes.wait_for_all()


def _is_last(checkpoint: Path, steps: int) -> bool:
    """Say whether a checkpoint is that of a run's last step: the run was killed between there and its end.

    Args:
        steps: Steps of the run; not positive if its epochs decide.
    """
    state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))
    return bool(state.global_step >= (steps if steps > 0 else state.max_steps))


def _train(
    trainer: Trainer, run: RunDirectory, stage: str, config: Config, checkpoint: Path | None, round_length: int
) -> None:
    """Train to the end."""
    trainer.remove_callback(PrinterCallback)  # it prints every line of metrics as a dict
    guards = Guards(config, run, getattr(config, stage).keep_checkpoints)
    log, stop = MetricsLog(run, stage.upper()), StopOnSignal(round_length)
    # In this order Ctrl-C saves nothing doubtful, and a line is judged before it is written.
    for callback in (stop, guards, log, *tracker_callbacks(config, run)):
        trainer.add_callback(callback)
    trainer.times.told = log.within_step
    trainer.figures = [lambda: {"adapter_norm": adapter_norm(trainer.model)}, *trainer.figures]
    trainer.parts = run.read_manifest().get("memory", {}).get("parts", 1)
    trainer.on_split = lambda size: run.update_manifest(
        {"memory": {"parts": trainer.parts, "micro_batch": size, "since_step": trainer.state.global_step + 1}}
    )
    with stop:
        try:
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        except KeyboardInterrupt:
            stop.interrupted = True
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            raise UserError(
                f"Out of memory at step {trainer.state.global_step + 1}, where no batch can be halved: {error}\n"
                f"Lower {stage}.batch_size, or switch {stage}.gradient_checkpointing on. What was saved before is "
                f"kept in {run.path}."
            ) from error
        finally:
            log.close()
    if guards.tripped is not None:
        repeat_warnings(run)
        raise stopped(run, stage, guards.tripped)
    if stop.interrupted and trainer.state.global_step < trainer.state.max_steps:
        repeat_warnings(run)
        raise _interruption(run, stage)


def trainer_options(config: Config, section: StageSection, run: RunDirectory) -> dict[str, Any]:
    """Return the trainer's settings that both stages share, all of them explicit."""
    on_gpu = config.model.device == "cuda"
    return {
        "output_dir": str(run.checkpoints),
        "learning_rate": section.learning_rate,
        **_schedule(section),
        "warmup_steps": section.warmup_steps,
        "optim": section.optimizer,
        "adam_beta1": section.adam_beta1,
        "adam_beta2": section.adam_beta2,
        "weight_decay": section.weight_decay,
        "max_grad_norm": section.max_grad_norm,
        "per_device_train_batch_size": section.batch_size,
        "gradient_checkpointing": section.gradient_checkpointing,
        "gradient_checkpointing_kwargs": {"use_reentrant": False} if section.gradient_checkpointing else None,
        # Without an adapter the weights are in fp32 on every device, and autocast makes the compute type.
        "bf16": (on_gpu or config.lora is None) and config.model.compute_dtype == "bfloat16",
        "fp16": on_gpu and config.model.compute_dtype == "float16",
        "use_cpu": not on_gpu,
        "torch_compile": section.torch_compile,
        "use_liger_kernel": section.liger,
        "seed": config.run.seed,
        "data_seed": config.run.seed,
        "logging_steps": section.log_every,
        "logging_first_step": True,
        "logging_nan_inf_filter": True,  # else one NaN stays in the running loss for ever; a guard reports it
        "save_strategy": "steps",
        "save_steps": section.save_every,
        "save_total_limit": None,  # the guards drop old ones: they know which may be doubtful
        "report_to": trainer_reports(config),
        "project": PROJECT,
        "run_name": f"{config.run.name}-{run.path.name}",
        "ddp_find_unused_parameters": False,
        "disable_tqdm": True,
        "dataloader_pin_memory": on_gpu,
    }


def _schedule(section: StageSection) -> dict[str, Any]:
    """Return transformers' name of a schedule: those that end above 0 have different names and settings."""
    least = section.min_learning_rate
    if section.lr_schedule == "constant":
        return {"lr_scheduler_type": "constant_with_warmup"}
    if not least:
        return {"lr_scheduler_type": section.lr_schedule}
    if section.lr_schedule == "cosine":
        return {"lr_scheduler_type": "cosine_with_min_lr", "lr_scheduler_kwargs": {"min_lr": least}}
    return {"lr_scheduler_type": "polynomial", "lr_scheduler_kwargs": {"lr_end": least, "power": 1.0}}


def _interruption(run: RunDirectory, stage: str) -> Interrupted:
    run.update_manifest({"status": "interrupted"})
    checkpoint = run.latest_checkpoint()
    kept = f"Kept: {checkpoint}." if checkpoint else "No step was finished, so nothing had to be kept."
    return Interrupted(f"Interrupted. {kept} Continue with the same command and --resume.")
