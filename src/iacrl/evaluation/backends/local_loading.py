"""Loading a local model and its adapters, after checking that they belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iacrl.config.recipes import Config
from iacrl.errors import UserError
from iacrl.evaluation.backends import Backend
from iacrl.evaluation.backends.local import LocalBackend
from iacrl.evaluation.backends.vllm import VllmBackend
from iacrl.evaluation.figures import Policy
from iacrl.runs.directory import RunDirectory
from iacrl.runs.set_up import set_up
from iacrl.runs.splits import read_split
from iacrl.tasks import Task
from iacrl.training.lineage import check_lineage, check_saved_adapter, describe_lineage
from iacrl.training.model import check_device, load_base, load_tokenizer
from iacrl.training.policies import Policies


def open_local(
    config: Config, tasks: Sequence[Task], stages: Mapping[str, RunDirectory], *, base_label: str
) -> Backend:
    """Return the back end of a base model and of the adapters that these runs have trained.

    Args:
        stages: Label to the run whose adapter it is.
        base_label: What the model without any adapter is called.

    Raises:
        UserError: The model cannot be loaded; a run is not finished, its adapter is not the one that it trained, or it
            stands on another base, quantization, tokenizer, prompt, extractor or task split.
    """
    for run in stages.values():
        if run.read_manifest().get("status") != "complete" or not run.adapter.is_dir():
            raise UserError(f"{run.path} holds no trained adapter: that run is not finished.")
        check_saved_adapter(run, run.read_manifest())
    check_device(config.model)
    set_up(config)
    tokenizer = load_tokenizer(config.model)
    # vLLM loads the weights itself and needs the GPU's memory; here they only tell which base this is.
    on_cpu = config.eval.backend == "vllm"
    base = load_base(config.model.model_copy(update={"device": "cpu"}) if on_cpu else config.model)
    lineage = describe_lineage(config, base, tokenizer, read_split(config, "train"))
    identity = {
        "kind": config.eval.backend,
        "base": lineage.base_digest,
        "quantization": config.model.quantization,
        "compute_dtype": config.model.compute_dtype,
        "prompt": lineage.prompt,
    }
    policies = [Policy(base_label, identity)]
    for label, run in stages.items():
        manifest = run.read_manifest()
        check_lineage(lineage, manifest.get("lineage", {}), str(run.path))
        policies.append(Policy(label, {**identity, "adapter": str(manifest.get("adapter_digest"))}))
    if config.eval.backend == "vllm":
        return VllmBackend(config, tuple(policies), {label: run.adapter for label, run in stages.items()})
    return LocalBackend(Policies(base, stages), tokenizer, tuple(policies), tasks, config.eval, seed=config.run.seed)
