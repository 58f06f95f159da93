"""The model card in the form of the Hugging Face hub: metadata with the results, and text with the same numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from huggingface_hub import EvalResult, ModelCard, ModelCardData
from jinja2 import Environment, PackageLoader, StrictUndefined

from iacrl.domains.registry import domain_names, find_domain
from iacrl.errors import UserError
from iacrl.evaluation.answers_table import percent
from iacrl.evaluation.figures import Evaluation, PolicyResult
from iacrl.evaluation.report.reading import warned
from iacrl.evaluation.report.summary import RunSummary, Summary, entry, is_local, model_name
from iacrl.evaluation.report.tables import rates_table
from iacrl.evaluation.text_tables import signed
from iacrl.terminal import printable

#: Characters with a meaning in Markdown.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")
#: The folders of an absolute path, or of one in the user's home.
_FOLDERS = re.compile(r"(?<![\w.])~?(?:/[^\s/]+)+/")
#: What GitHub's Markdown makes a link of, without any brackets.
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)


def render_card(summary: Summary) -> str:
    """Return the card of the first run's newest policy.

    Raises:
        UserError: The run has no evaluation and so no numbers, or it trained nothing.
    """
    run = summary.runs[0]
    evaluation = run.evaluation
    trained = [stage for stage in run.stages if stage != "eval"]
    if not trained:
        raise UserError(f"{run.name} holds no stage of training, and a model card says how a model was trained.")
    if evaluation is None or not evaluation.policies:
        raise UserError(f"{run.name} has no figures of an evaluation for a model card. Run `iacrl eval`.")
    policy = evaluation.models[-1] if evaluation.models else ""
    if not _results_of(evaluation, policy):
        raise UserError(f"{run.name} was evaluated, but its eval.json has no figures of a trained policy.")
    base = str(entry(run, trained[0], "lineage", "base_model") or "")
    digest = entry(run, trained[0], "lineage", "base_digest")
    data = ModelCardData(
        model_name=run.name,
        base_model=base if base and not is_local(base, digest) else None,
        library_name="peft",
        pipeline_tag="text-generation",
        language="en",
        tags=["iacrl", *trained, "lora", "infrastructure-as-code", *evaluation.domains],
        eval_results=list(_eval_results(run, evaluation, policy)),
    )
    text = (
        _templates()
        .get_template("card.md.j2")
        .render(
            run=run,
            policy=policy,
            base=model_name(base, digest),
            rates=rates_table(run),
            stages={stage: dict(_settings(run, stage)) for stage in trained},
            at_k=[
                (result.decoding, k, found)
                for result in _results_of(evaluation, policy)
                for k, found in result.rates().passed.items()
                if k > 1
            ],
            codes=_results_of(evaluation, policy)[0].diagnostics[:5],
            options=list(_options(evaluation)),
            notes=list(_notes(run)),
            iacrl=summary.iacrl,
        )
    )
    card = ModelCard(f"---\n{data.to_yaml()}\n---\n\n{text}\n")
    return str(card)


def _results_of(evaluation: Evaluation, policy: str) -> list[PolicyResult]:
    return [result for result in evaluation.results if result.policy == policy and not result.trivial]


def _eval_results(run: RunSummary, evaluation: Evaluation, policy: str) -> Iterator[EvalResult]:
    """Yield pass@k and the validity of the policy, over all tasks and for each domain."""
    for result in _results_of(evaluation, policy):
        for one in result.slices:
            if one.by not in ("all", "domain"):
                continue
            metrics = [("pass@", k, found) for k, found in one.rates.passed.items()]
            metrics += [("valid@", k, found) for k, found in one.rates.valid.items()]
            for name, k, found in metrics:
                yield EvalResult(
                    task_type="text-generation",
                    dataset_type="iacrl",
                    dataset_name=f"iacrl tasks, {one.name}",
                    dataset_config=f"{one.name}, {result.decoding}",  # results of one configuration are merged
                    dataset_split="test",
                    dataset_revision=evaluation.protocol.tasks,
                    dataset_args={"decoding": result.decoding, "domain": one.name, "tasks": found.tasks},
                    metric_type=f"{name}{k}",
                    metric_name=f"{name}{k}, {result.decoding} ({one.name})",
                    metric_value=round(found.value, 4),
                    metric_args={"interval": [round(found.low, 4), round(found.high, 4)]},
                )


def _options(evaluation: Evaluation) -> Iterator[tuple[str, str, Any]]:
    """Yield domain, name and value of what verdicts depend on. An engine's programs and clusters are the user's own."""
    for domain, options in evaluation.protocol.options.items():
        known = find_domain(domain).options if domain in domain_names() else ()
        for option in known:
            if not option.of_engine and options.get(option.name):
                yield domain, option.name, options[option.name]


def _notes(run: RunSummary) -> Iterator[str]:
    """Yield what the model's users should know. Why a stage failed, and what its folder lacks, concern this machine."""
    files = run.evaluation.protocol.rubric if run.evaluation else ()
    for stage, manifest in run.stages.items():
        if (status := manifest.get("status")) != "complete":
            yield f"{stage}: the stage is not finished (its status is {status})."
        for words in warned(stage, manifest):
            for file in sorted(files, key=len, reverse=True):  # with a space in a folder no pattern finds its end
                words = words.replace(file, _without_place(file))
            yield words


#: The settings that decide a stage.
_SETTINGS = (
    "steps",
    "epochs",
    "learning_rate",
    "batch_size",
    "prompts_per_step",
    "group_size",
    "temperature",
    "beta",
    "loss_type",
)


def _settings(run: RunSummary, stage: str) -> Iterator[tuple[str, Any]]:
    for name in _SETTINGS:
        value = entry(run, stage, stage, name, source="configs")
        if value is not None:
            yield name.replace("_", " "), value


def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("iacrl.evaluation.report"),
        autoescape=False,  # it is Markdown: `finalize` escapes it
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )
    environment.filters["percent"] = percent
    environment.filters["signed"] = signed
    environment.filters["without_place"] = _without_place
    return environment


def _without_place(value: object) -> str:
    """Return a value without the folders before it: a card is published, and a reward's file lies on this machine."""
    return PurePath(str(value)).name


def _plain(value: object) -> str:
    """Return any value as Markdown that shows its text on one line; an address in it is not a link.

    A card is published, so a path of this machine loses its folders.
    """
    words = _SPECIAL.sub(r"\\\1", printable(_FOLDERS.sub("", " ".join(str(value).split()))))
    return _ADDRESS.sub("&#8203;", words)  # a space without a width
