"""What is left out or not checked in the repositories of other people, and said in few lines."""

import click
import pytest

from iacrl.domains.registry import all_domains
from iacrl.domains.verdict import Verdict
from iacrl.sources.discover import LeftOut, claimed
from iacrl.sources.judged import Judged
from iacrl.sources.plain_text import details

PATCH = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  replicas: 2\n"


@pytest.mark.parametrize(
    ("kustomization", "is_patch"),
    [
        ("patches:\n- overlays/a.yaml\n", True),
        ("patches:\n- path: ./overlays/a.yaml\n", True),
        ("patchesStrategicMerge: [overlays/a.yaml]\n", True),
        ("patches:\n- patch: |-\n    - op: remove\n", False),
        ("resources:\n- overlays/a.yaml\n", False),
        ("patches: [\n", False),
        ("- no mapping\n", False),
        ("patches: 5\n", False),
        ("patches: [!!bool x]\n", False),
        ('patches: [!!int "", overlays/a.yaml]\n', False),
        ("a: &a [1, 2]\nb: &b {<<: *a}\n", False),
    ],
)
def test_a_patch_of_a_kustomization_is_no_manifest(tmp_path, kustomization, is_patch):
    (tmp_path / "kustomization.yaml").write_text(kustomization)
    (tmp_path / "overlays").mkdir()
    file = tmp_path / "overlays" / "a.yaml"
    file.write_text(PATCH)
    found = claimed(file, all_domains())
    assert (found == LeftOut(file, "a patch of a kustomization")) is is_patch


def test_a_reason_is_said_once_for_all_sources():
    found = [Judged(name, {}, Verdict("terraform", unchecked=("provider x: no schema",))) for name in "abcde"]
    found.append(Judged("f", {}, Verdict("terraform", unchecked=("module y",))))
    assert click.unstyle(details(found)) == (
        "a, b, c and 2 more: not checked: provider x: no schema\nf: not checked: module y\n"
    )
