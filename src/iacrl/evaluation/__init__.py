"""Sampling and judging completions, and the figures with their intervals.

The directory of an evaluation, `<run.dir>/<run.name>/eval/`, contains

config.yaml         the resolved configuration
manifest.json       the protocol and the policies, written before the first sample; status, versions, commit
completions.jsonl   every completion as it was sampled, one row each, appended and flushed to the disk as it arrives;
                    nothing that was sampled is ever rewritten, and `--resume` samples only what is missing here
samples.jsonl       the same completions judged: one `ScoredSample` each; `iacrl rescore` makes it again
trivial.jsonl       the answers of the trivial policies judged, in the same form
eval.json           the figures: one `Evaluation`

`iacrl.scoring.samples` and `iacrl.evaluation.figures` define the form of the last three files as dataclasses. A field
is a key, a mapping or a tuple is a JSON object or array, and None is null.

All rates are shares of 1. An `Estimate` is a mean over tasks with its 95 % interval. "Passed" means valid, with
everything that was asked. "Valid" means valid, with something declared (an empty text is valid Terraform, but not an
answer).
"""
