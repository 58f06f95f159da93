"""One instruction, one answer: what `iacrl generate` does."""

from __future__ import annotations

from iacrl.config.recipes import Config
from iacrl.decoding.sampling import Decoding
from iacrl.evaluation.backends.local import Policies
from iacrl.runs.directory import finished_stages
from iacrl.runs.set_up import set_up
from iacrl.scoring.judge import judge
from iacrl.scoring.judgement import Judgement
from iacrl.tasks import Task
from iacrl.tasks.prompt import build_prompt
from iacrl.training.generation import generate
from iacrl.training.lineage import check_saved_adapter
from iacrl.training.model import check_device, load_base
from iacrl.training.tokenizer import load_tokenizer


def answer(config: Config, instruction: str, domain: str, *, temperature: float) -> tuple[str, Judgement]:
    """Return the code that the newest finished stage (else the base) writes for an instruction, and its verdict."""
    check_device(config.model)
    set_up(config)
    tokenizer = load_tokenizer(config.model)
    stages = finished_stages(config)
    for run in stages.values():
        check_saved_adapter(run, run.read_manifest())
    policies = Policies(load_base(config.model), stages)
    task = Task(instruction=instruction, input="", output="", domain=domain)
    with policies.use(policies.names[-1]) as model:
        (completion,) = generate(
            model,
            tokenizer,
            [build_prompt(task)],
            Decoding(temperature),
            decoder=config.model.decoder,
            max_tokens=config.eval.max_completion_tokens,
            batch_size=1,
            seed=config.run.seed,
        )
    verdict = judge(completion.text, task)
    return verdict.text, verdict
