"""The sections of a recipe for the model, the data, the two stages, the rewards and the evaluation.

The sections for watching a stage are in `monitoring`. Defaults are iacrl's own, never those of the training libraries,
which change between versions. The resolved config contains everything that decides a result.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from iacrl.config.base import Count, NotNegative, Positive, Section, Share
from iacrl.domains.registry import find_domain
from iacrl.errors import UserError
from iacrl.scoring.gates import parse_gate
from iacrl.scoring.rubric import DEFAULT_WEIGHTS
from iacrl.tasks.task_files import domains_with_tasks


def _as_written(given: object) -> object:
    """Return a version as it was written: without quotes YAML reads a number, so 1.30 becomes 1.3."""
    if isinstance(given, float):
        return f"{given:.2f}"
    return str(given) if isinstance(given, int) and not isinstance(given, bool) else given


def _domain(name: str) -> str:
    try:
        return find_domain(name).name
    except UserError as error:
        raise ValueError(str(error).rstrip(".")) from None


DomainName = Annotated[str, AfterValidator(_domain)]
#: The options of each domain, by its name.
DomainOptions = dict[DomainName, dict[str, Annotated[str, BeforeValidator(_as_written)]]]


LearningRate = Annotated[float, Field(gt=0, description="The optimizer's rate after the warm-up.")]
CompletionTokens = Annotated[int, Field(ge=1, description="Longest completion; longer ones are cut off.")]


class ModelSection(Section):
    """The base model and how its weights are loaded."""

    id: str = Field(
        description="Hub id, directory or GGUF file of the base model; a path is relative to the recipe. "
        "A GGUF file is dequantized once, into the cache."
    )
    revision: str | None = Field(None, description="Branch, tag or commit on the hub.")
    device: Literal["cpu", "cuda"] = Field("cuda", description="Where to train. `cuda` needs a GPU and says so.")
    quantization: Literal["nf4", "none"] = Field("nf4", description="4-bit NormalFloat weights, or the weights as is.")
    double_quantization: bool = Field(True, description="Quantize the quantization constants too (saves 0.4 bit).")
    compute_dtype: Literal["bfloat16", "float16", "float32"] = Field("bfloat16", description="Type of the arithmetic.")
    attention: Literal["sdpa", "eager", "flash_attention_2"] = Field("sdpa", description="Attention implementation.")
    pad_token: str | None = Field(
        None, description="Token to pad with; null: the tokenizer's own, or a special token without a meaning."
    )
    decoder: Literal["iacrl", "transformers"] = Field(
        "iacrl",
        description="What writes completions and reads them for the loss: iacrl's decoder, for models shaped as Qwen2, "
        "Llama or Mistral, or transformers. Greedy tokens are the same; sampled ones have the same distribution.",
    )
    trust_remote_code: bool = Field(False, description="Run the model repository's own Python code.")


class LoraSection(Section):
    """The adapter that both stages train. With `lora: null` they train all weights of the model instead."""

    rank: Count = Field(32, description="Rank of the two matrices that make an adapter.")
    alpha: Count = Field(64, description="The adapter's output is scaled by alpha / rank.")
    dropout: Share = Field(0.0, description="Share of the adapter's inputs that training drops.")
    target_modules: Literal["all-linear"] | Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
        description="Names of the linear modules that get an adapter; `all-linear`: all but the head.",
    )
    modules_to_save: tuple[str, ...] = Field(
        (), description="Names of modules that are trained whole and saved with the adapter, such as `embed_tokens`."
    )
    rslora: bool = Field(False, description="Scale by alpha / sqrt(rank), which keeps large ranks stable (rsLoRA).")
    dora: bool = Field(False, description="Train the size of each weight's rows apart from their direction (DoRA).")
    init: Literal["uniform", "gaussian", "loftq"] = Field(
        "uniform",
        description="What the first matrix begins with; the second is 0, so nothing changes at first. `loftq`: both "
        "begin with what NF4 lost of the weights.",
    )


_TASKS = "`shipped`, or a JSONL file of tasks: relative to the recipe, or `hf://datasets/OWNER/NAME/FILE` on the hub."


class DataSection(Section):
    """The tasks that each stage sees. `shipped` means the files in `datasets/`."""

    domains: tuple[DomainName, ...] = Field(
        default_factory=domains_with_tasks, min_length=1, description="Whose tasks; by default all with shipped tasks."
    )
    train: str = Field("shipped", description=_TASKS)
    validation: str = Field("shipped", description=_TASKS)
    test: str = Field("shipped", description=_TASKS)
    max_difficulty: int = Field(5, ge=1, le=5, description="Leave out harder tasks, in every split.")
    sft_rows: Count | None = Field(None, description="Training tasks whose gold SFT sees; null: all, none for GRPO.")
    grpo_rows: Count | None = Field(None, description="How many further training tasks GRPO sees, without gold.")
    weights: str | None = Field(
        None,
        description='JSONL file of rows {"task", "weight"}, as `iacrl data check --scores` writes it: training tasks '
        "are drawn in proportion, and those of weight 0 never.",
    )
    replay: str | None = Field(
        None,
        description='JSONL file of general chats, rows {"messages": [{"role", "content"}, ...]}, as for `train`: both '
        "stages learn their last answers too, so that they forget less.",
    )
    replay_share: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.1,
        description="Of SFT's rows, and of the rows of a GRPO step, from `replay`; in GRPO also the weight of their "
        "loss. 0 only measures.",
    )
    replay_held_out: int = Field(
        64, ge=0, description="Rows of `replay` that no stage learns, for `guards.general`: at most a fifth of them."
    )
    max_prompt_tokens: Count = Field(1024, description="Longer prompts are left out, and counted in the log.")


class PromptSection(Section):
    """What a prompt has in addition to the request; the same in every stage, or they refuse each other."""

    schemas: Count | None = Field(
        None,
        description="The most tokens for the arguments of the types that a request names, from the schemas that judge "
        "the answer; null: none. Each token is up to six letters.",
    )


class StageSection(Section):
    """The common settings of both stages: optimizer, schedule, batch, and how often to log and save."""

    learning_rate: LearningRate
    lr_schedule: Literal["linear", "cosine", "constant"] = Field(
        "linear", description="How the rate goes on after the warm-up."
    )
    min_learning_rate: NotNegative = Field(0.0, description="Where `linear` and `cosine` end.")
    warmup_steps: NotNegative = Field(
        0, description="Optimizer steps over which the rate rises; below 1, this share of all steps."
    )
    optimizer: Literal["adamw_torch", "adamw_torch_fused", "adamw_8bit", "paged_adamw_8bit"] = Field(
        "paged_adamw_8bit", description="AdamW of torch, or of bitsandbytes with its state in 8 bits."
    )
    adam_beta1: Share = Field(0.9, description="Decay of AdamW's mean of gradients.")
    adam_beta2: Share = Field(0.999, description="Decay of AdamW's mean of squared gradients.")
    weight_decay: NotNegative = Field(0.0, description="AdamW's decoupled weight decay.")
    max_grad_norm: Positive = Field(1.0, description="Larger gradients are scaled down to this norm.")
    batch_size: Count = Field(8, description="Sequences in one forward pass on one device.")
    gradient_checkpointing: bool = Field(True, description="Compute activations twice instead of keeping them.")
    torch_compile: bool = Field(False, description="Compile the model by `torch.compile`; the first steps are slow.")
    liger: bool = Field(False, description="Use Liger's fused kernels (pip install liger-kernel); on a GPU.")
    eval_every: Count | None = Field(
        None, description="Optimizer steps between two measurements on validation tasks; null measures nothing."
    )
    eval_rows: Count = Field(64, description="Validation tasks that are measured, in equal shares over families.")
    keep_best: bool = Field(False, description="Keep the adapter with the highest score measured, not the last one.")
    patience: Count | None = Field(None, description="Stop when so many measurements in a row bring no higher score.")
    log_every: Count = Field(5, description="Optimizer steps between two lines of metrics.")
    save_every: Count = Field(50, description="Optimizer steps between two checkpoints.")
    keep_checkpoints: Count = Field(2, description="The newest so many; up to two more stay for the guards.")

    @model_validator(mode="after")
    def _is_measured(self) -> Self:
        if self.eval_every is None and (self.keep_best or self.patience is not None):
            raise ValueError("keep_best and patience need measurements: set eval_every")
        return self

    @model_validator(mode="after")
    def _rate_can_fall(self) -> Self:
        if self.min_learning_rate and self.lr_schedule == "constant":
            raise ValueError(
                "min_learning_rate with lr_schedule = constant, which never falls: choose linear or cosine"
            )
        if self.min_learning_rate >= self.learning_rate:
            raise ValueError(
                f"min_learning_rate = {self.min_learning_rate} is not below learning_rate = {self.learning_rate}"
            )
        return self


class SftSection(StageSection):
    """Supervised warm start on gold answers; the loss is on the completion only."""

    learning_rate: LearningRate = 2e-4
    accumulation: Count = Field(
        1,
        description="Forward passes in one optimizer step; the loss is the mean over the tokens of all their answers.",
    )
    epochs: Positive = Field(1.0, description="Passes over the rows.")
    steps: Count | None = Field(None, description="Stop after this many optimizer steps; null: by `epochs`.")
    max_tokens: Count = Field(2048, description="Longest prompt with its answer; longer rows are left out and counted.")
    packing: bool = Field(False, description="Fill each sequence with several rows (best-fit decreasing).")
    neftune_alpha: Positive | None = Field(None, description="Size of the noise on embeddings (NEFTune), such as 5.")


class GrpoSection(StageSection):
    """Group-relative policy optimization from the SFT adapter."""

    learning_rate: LearningRate = 1e-5
    steps: Count = Field(200, description="Optimizer steps.")
    prompts_per_step: Count = Field(8, description="Tasks in one optimizer step, over all devices.")
    group_size: int = Field(8, ge=2, description="Completions sampled for each task; the advantage compares them.")
    max_completion_tokens: CompletionTokens = 512
    temperature: Positive = Field(1.0, description="Of sampling; 1 samples from the policy itself.")
    top_p: float = Field(1.0, gt=0, le=1, description="Sample from the likeliest tokens with this much probability.")
    top_k: int = Field(0, ge=0, description="0 considers every token.")
    min_p: Share = Field(0.0, description="Leave out tokens with less than this share of the likeliest one's chance.")
    repetition_penalty: Positive = Field(1.0, description="Above 1, tokens that were used already are less likely.")
    beta: NotNegative = Field(0.0, description="Weight of the KL penalty towards the SFT policy; 0 loads no reference.")
    epsilon: Positive = Field(0.2, description="Lower clip of the importance ratio.")
    epsilon_high: Positive = Field(
        0.28, description="Upper clip of the importance ratio (DAPO's clip-higher); with `cispo` its greatest value."
    )
    loss_type: Literal["grpo", "bnpo", "dr_grpo", "dapo", "cispo", "sapo", "luspo"] = Field(
        "dapo", description="How token losses are averaged, by the names of TRL; `dapo`: over all tokens of the batch."
    )
    importance_level: Literal["token", "sequence"] = Field(
        "token", description="Whose probability ratio weighs a token: its own, or that of its completion (GSPO)."
    )
    entropy_bonus: NotNegative = Field(0.0, description="Weight of the tokens' mean entropy in the objective.")
    scale_rewards: Literal["group", "batch", "none"] = Field(
        "group", description="Advantages are divided by the standard deviation of the group, the batch, or by nothing."
    )
    iterations: Count = Field(1, description="Optimizer passes over each batch of completions.")
    steps_per_generation: Count = Field(1, description="Optimizer steps that share one round of generation.")
    mask_truncated: bool = Field(False, description="Leave completions that never stopped out of the loss.")
    rollout: Literal["policy", "merged"] = Field(
        "policy",
        description="What generates: the policy itself, or a copy with the adapter merged into dequantized weights, "
        "renewed after each step. The copy is faster, above all for 4-bit weights, and takes memory for them.",
    )
    vllm: Literal["off", "colocate", "server"] = Field(
        "off", description="Generate by vLLM on the training GPUs, or on a server; 4-bit weights need a merged copy."
    )
    vllm_memory: Annotated[float, Field(gt=0, lt=1)] = Field(0.3, description="Of each GPU's memory, with `colocate`.")
    vllm_tensor_parallel: Count = Field(1, description="Training GPUs that share one vLLM, with `colocate`.")
    vllm_sleep: bool = Field(
        False, description="With `colocate`, vLLM gives its memory back while the weights are updated (sleep mode)."
    )
    vllm_server: str = Field("http://localhost:8000", description="Address of `vllm serve`, with `server`.")
    vllm_server_timeout_s: Positive = Field(240.0, description="Seconds to wait for the server to answer at the start.")
    vllm_group_port: int = Field(
        51216, ge=1, le=65535, description="Port by which the weights go to the server's processes, with `server`."
    )

    @model_validator(mode="after")
    def _steps_fit(self) -> GrpoSection:
        completions = self.prompts_per_step * self.group_size
        if completions % self.batch_size:
            raise ValueError(
                f"prompts_per_step * group_size = {completions} completions a step, which batch_size = "
                f"{self.batch_size} does not divide"
            )
        if self.loss_type == "cispo" and self.epsilon_high <= 1:
            raise ValueError(
                f"epsilon_high = {self.epsilon_high} with loss_type = cispo: there it is the greatest importance ratio "
                "itself, such as 5"
            )
        if self.loss_type == "luspo" and self.importance_level == "token":
            raise ValueError("loss_type = luspo weighs whole completions: set importance_level = sequence")
        if self.importance_level == "sequence" and self.loss_type in ("bnpo", "dr_grpo", "dapo", "cispo"):
            raise ValueError(
                f"importance_level = sequence with loss_type = {self.loss_type}: that loss weighs long completions "
                "more; GSPO is loss_type = grpo"
            )
        if self.vllm != "off" and (self.top_p, self.top_k, self.min_p) != (1.0, 0, 0.0):
            raise ValueError(
                "top_p, top_k and min_p must be neutral (1, 0, 0) with vLLM: the correction for its probabilities is "
                "wrong for a cut distribution"
            )
        round_length = self.iterations * self.steps_per_generation
        if self.save_every % round_length:
            # A checkpoint inside a round would lose the buffered completions, and a resumed run would differ.
            raise ValueError(
                f"save_every = {self.save_every} is not a multiple of "
                f"iterations * steps_per_generation = {round_length}"
            )
        return self


class RewardsSection(Section):
    """The rubric: the rewards that count, and their weights."""

    weights: dict[str, NotNegative] = Field(
        dict(DEFAULT_WEIGHTS),
        min_length=1,
        description="Reward to weight; a file is named by its path, relative to the recipe. 0: for gates and metrics.",
    )
    gates: dict[str, str | None] = Field(
        {},
        description="Reward to what must hold for it to count: `layer NAME`, `REWARD` (gives 1) or `REWARD >= 0.5`. "
        "Shipped rewards have gates of their own; null takes one away.",
    )
    workers: Count | None = Field(None, description="Processes that score; null: one for each core, shared by ranks.")
    deadline_s: Positive = Field(5.0, description="Seconds that scoring one completion may take.")
    memory_mb: int = Field(2048, ge=512, description="Memory of one scoring process, MiB (enforced on Linux).")
    max_characters: Count = Field(100_000, description="Longer completions are not judged and score 0.")
    max_failed: Share = Field(0.1, description="Stop when scoring itself fails on more than this share of a batch.")

    @model_validator(mode="after")
    def _gates_read(self) -> RewardsSection:
        for name, gate in self.gates.items():
            try:
                if gate is not None:
                    parse_gate(gate)
            except UserError as error:
                raise ValueError(f"gates.{name}: {str(error).rstrip('.')}") from None
        return self


class EvalSection(Section):
    """The measurements: on which tasks, with which decoding."""

    rows: Count | None = Field(None, description="Test tasks for each domain; null for all.")
    decodings: tuple[Literal["greedy", "sampled"], ...] = Field(
        ("greedy", "sampled"), min_length=1, description="How tokens are chosen; each is measured apart."
    )
    batch_size: Count = Field(32, description="Completions that are generated at once.")
    max_completion_tokens: CompletionTokens = 512
    temperature: Positive = Field(1.0, description="Of the sampled decoding; the greedy one has none.")
    samples: Count = Field(1, description="Sampled completions for each task; pass@k is measured up to this k.")
    best_of: Count = Field(
        1, description="Measure the best of 2, 4, ... up to so many sampled completions too, chosen by the verdict."
    )
    repair: int = Field(
        0, ge=0, description="Measure up to so many repairs too: the model gets the diagnostics and answers again."
    )
    backend: Literal["transformers", "vllm"] = Field("transformers", description="What runs a local model.")
    concurrency: Count = Field(8, description="Requests to an endpoint at the same time.")
    retries: int = Field(6, ge=0, description="Further tries of a request to an endpoint that failed.")
    timeout_s: Positive = Field(120.0, description="Seconds until a request to an endpoint counts as failed.")


class RunSection(Section):
    """The place of a run, and its seed."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="Names the folder of the run.")
    dir: Path = Field(Path("runs"), description="The folder that holds the runs, relative to the working directory.")
    seed: int = Field(0, ge=0, description="Of every random choice of the run.")
    threads: Count | None = Field(None, description="CPU threads; null leaves it to torch.")
    report_to: tuple[Literal["tensorboard", "wandb", "trackio"], ...] = Field((), description="Further loggers.")
