import copy
import json
import random

import kubernetes_corpus as corpus
import pytest
import yaml

from iacrl.domains.kubernetes import validate_text

MANIFESTS = corpus.manifests()
VARIANTS = [(index, variant) for index, each in enumerate(MANIFESTS) for variant in corpus.variants(each, index)]


def dump(manifest):
    return yaml.dump(manifest, Dumper=yaml.CSafeDumper, sort_keys=False)


def test_the_corpus_is_large_and_broad():
    assert len(VARIANTS) >= 300
    assert len({each["kind"] for each in MANIFESTS}) >= 40


@pytest.mark.parametrize("index", range(len(MANIFESTS)), ids=lambda index: f"{index}-{MANIFESTS[index]['kind']}")
def test_variants_are_valid(index):
    for variant in corpus.variants(MANIFESTS[index], index):
        errors = validate_text(dump(variant)).errors
        assert not errors, (variant, errors)


@pytest.mark.parametrize("index", range(len(MANIFESTS)), ids=lambda index: f"{index}-{MANIFESTS[index]['kind']}")
def test_mutations_are_refused_with_their_code(index):
    for code, mutant in corpus.mutations(MANIFESTS[index]):
        codes = {error.code for error in validate_text(dump(mutant)).errors}
        assert code in codes, (code, codes, mutant)


ODD = [None, "", 0, -1, 1.5, True, [], {}, "x", [None], {"a": None}, [{}], 2**31, [""], {"": ""}]


def places(value, steps=()):
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*steps, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*steps, key))


@pytest.mark.parametrize("index", range(len(MANIFESTS)), ids=lambda index: f"{index}-{MANIFESTS[index]['kind']}")
def test_no_value_at_any_place_raises(index):
    chance = random.Random(index)
    for steps in list(places(MANIFESTS[index])):
        changed = copy.deepcopy(MANIFESTS[index])
        corpus.put(changed, steps, copy.deepcopy(chance.choice(ODD)))
        verdict = validate_text(json.dumps(changed))
        assert verdict.document is not None


def test_the_whole_corpus_is_valid_as_one_text():
    assert not validate_text((corpus.FIXTURES / "corpus.yaml").read_text()).errors
