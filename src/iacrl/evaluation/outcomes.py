"""The judged samples that figures are made of, without their texts: samples are many, and their texts long."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace

from iacrl.scoring.samples import DecodingName, ScoredSample

#: The samples of one policy with one decoding: the id of each task to its samples, at least one.
Outcomes = Mapping[str, Sequence[ScoredSample]]


def cluster_of(sample: ScoredSample) -> Hashable:
    """Return what a sample's task is alike with: its family; a task without one stands alone."""
    return (sample.domain, sample.family) if sample.family else sample.task


def gather(samples: Iterable[ScoredSample]) -> dict[tuple[str, DecodingName], dict[str, list[ScoredSample]]]:
    """Return the samples by policy and decoding, then by task, each in the order of first appearance."""
    found: dict[tuple[str, DecodingName], dict[str, list[ScoredSample]]] = {}
    for one in samples:
        light = replace(one, prompt=(), completion="", text="", intent=None)
        found.setdefault((one.policy, one.decoding), {}).setdefault(one.task, []).append(light)
    return found
