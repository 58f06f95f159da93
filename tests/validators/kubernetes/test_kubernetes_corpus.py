import kubernetes_corpus as corpus
import pytest
import yaml

from iacrl.validators.kubernetes import validate_text

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


def test_the_whole_corpus_is_valid_as_one_text():
    assert not validate_text((corpus.FIXTURES / "corpus.yaml").read_text()).errors
