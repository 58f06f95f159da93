"""One change at a time: what the API server takes, and what it refuses, beside each other.

The verdicts were written down from Kubernetes' validation functions and defaults, nearly all before this validator was
asked; a dozen were put right when the functions were read again.
"""

import copy
import json
from itertools import pairwise

import kubernetes_corpus as corpus
import pytest
import yaml

from iacrl.domains.kubernetes import validate_text

BASES = yaml.load((corpus.FIXTURES / "probes_bases.yaml").read_text(), yaml.CSafeLoader)
PROBES = yaml.load((corpus.FIXTURES / "probes.yaml").read_text(), yaml.CSafeLoader)
POD_KINDS = {name: corpus.POD_SPECS[base["kind"]] for name, base in BASES.items() if base["kind"] in corpus.POD_SPECS}


def steps_of(path):
    return tuple(int(part) if part.isdigit() else part for part in path.split("."))


def change(manifest, steps, value):
    """As `corpus.put`, but makes lists where a step is an index."""
    for step, following in pairwise(steps):
        empty = [] if isinstance(following, int) else {}
        if isinstance(manifest, list):
            manifest += [copy.deepcopy(empty) for _ in range(step + 1 - len(manifest))]
        elif manifest.get(step) is None:
            manifest[step] = empty
        manifest = manifest[step]
    corpus.put(manifest, steps[-1:], value)


def manifests_of(probe):
    names = POD_KINDS if probe["base"] == "pods" else probe["base"]
    for name in [names] if isinstance(names, str) else names:
        manifest = copy.deepcopy(BASES[name])
        prefix = POD_KINDS[name] if probe["base"] == "pods" or probe.get("in") == "pod" else ()
        for path, value in probe.get("set", {}).items():
            change(manifest, (*prefix, *steps_of(path)), copy.deepcopy(value))
        for path in probe.get("drop", ()):
            change(manifest, (*prefix, *steps_of(path)), corpus.DELETE)
        yield manifest


def test_the_bases_are_valid():
    for name, manifest in BASES.items():
        assert not validate_text(json.dumps(manifest)).errors, name


@pytest.mark.parametrize("half", [True, False])
def test_a_probe_is_taken_or_refused(half):
    """In one test per half: two thousand small ones would take longer to collect than to run."""
    wrong = [
        (probe, [error.message for error in verdict.errors])
        for probe in PROBES
        if probe["valid"] is half
        for manifest in manifests_of(probe)
        for verdict in (validate_text(json.dumps(manifest)),)
        if verdict.valid is not half
    ]
    assert not wrong, wrong[:5]


def test_both_sides_are_probed():
    assert sum(probe["valid"] for probe in PROBES) >= 150
    assert sum(not probe["valid"] for probe in PROBES) >= 500
