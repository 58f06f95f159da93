"""Manifests of one directory, or named together, count for each other; templates are rendered, or left out."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from itertools import count
from pathlib import Path

import pytest

from iacrl.domains.verdict import Verdict
from iacrl.sources.formats import FORMS
from iacrl.sources.judged import Judged, fast_judges, find_sources, judge
from iacrl.sources.judging import EngineJudge, Judging
from iacrl.sources.settings import Given

CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}
"""
WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec:\n  size: big\n"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers: [{name: a, image: b, envFrom: [{configMapRef: {name: settings}}]}]
"""
#: Stands in for a program that renders: prints a file of the directory that is its last argument.
PROGRAM = """\
#!/bin/sh
for last; do :; done
{command}
"""


def judged(*arguments: Path, discover: bool = False) -> dict[str, Judged]:
    things = find_sources(tuple(map(str, arguments)), None, discover=discover).things
    return {Path(each.name).name: each for each in judge(things, fast_judges({}))}


def left_out(directory: Path) -> dict[str, str]:
    return {each.path.name: each.reason for each in find_sources((str(directory),), None).left_out}


def codes(source: Judged) -> list[tuple[str, int]]:
    return [(each.code, each.range.start.line) for each in source.verdict.diagnostics]


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


@pytest.fixture(autouse=True)
def no_definitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IACRL_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the path is."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def install(program: Path, command: str) -> None:
    program.write_text(PROGRAM.format(command=command))
    program.chmod(0o755)


def test_a_definition_in_one_file_serves_custom_resources_in_another(tmp_path: Path) -> None:
    found = judged(write(tmp_path / "k", a=WIDGET, b=CRD))
    assert codes(found["a.yaml"]) == [("KB302", 5)]
    assert found["a.yaml"].verdict.unchecked == ()
    assert codes(found["b.yaml"]) == []


def test_an_engine_that_joins_texts_gets_those_of_a_directory_at_once(tmp_path: Path) -> None:
    class Program(nullcontext):
        def validate(self, source):
            return Verdict("kubernetes", unchecked=("alone",))

    class Joining(Program):
        def validate_together(self, texts):
            return [Verdict("kubernetes", unchecked=(f"one of {len(texts)}",)) for _ in texts]

    things = find_sources((str(write(tmp_path / "k", pod=POD, settings=CONFIG)),), None).things
    judges = fast_judges({})
    for program, said in ((Program(), "alone"), (Joining(), "one of 2")):
        found = judge(things, {**judges, "kubernetes": EngineJudge(program, judges["kubernetes"])})
        assert [each.verdict.unchecked for each in found] == [(said,), (said,)]


def test_references_between_files_are_followed(tmp_path: Path) -> None:
    folder = write(tmp_path / "k", pod=POD)
    assert codes(judged(folder)["pod.yaml"]) == [("KB492", 5)]
    write(folder, settings=CONFIG)
    assert [codes(each) for each in judged(folder).values()] == [[], []]
    assert [codes(each) for each in judged(folder / "pod.yaml", folder / "settings.yaml").values()] == [[], []]
    assert codes(judged(folder / "pod.yaml")["pod.yaml"]) == [("KB492", 5)]
    assert [codes(each) for each in judged(*folder.iterdir(), discover=True).values()] == [[], []]


def test_a_name_twice_is_found_in_the_later_file(tmp_path: Path) -> None:
    found = judged(write(tmp_path / "k", a=CONFIG, b=f"# again\n{CONFIG}"))
    assert codes(found["a.yaml"]) == []
    assert codes(found["b.yaml"]) == [("KB216", 4)]
    assert found["b.yaml"].verdict.errors[0].message == "ConfigMap 'settings' is in another file, too."


def test_directories_and_unreadable_files_do_not_disturb_each_other(tmp_path: Path) -> None:
    write(tmp_path / "k" / "one", a=CONFIG, broken=f"{CONFIG}b: [\n")
    write(tmp_path / "k" / "two", c=CONFIG)
    found = judged(tmp_path / "k")
    assert [each.verdict.valid for each in found.values()] == [True, False, True]
    assert codes(found["c.yaml"]) == []


@pytest.mark.parametrize(
    ("mark", "name", "what"),
    [("Chart.yaml", "helm", "a Helm chart"), ("kustomization.yaml", "kubectl", "a kustomization")],
)
def test_templates_are_rendered_where_the_program_is(
    tmp_path: Path, program: Path, mark: str, name: str, what: str
) -> None:
    folder = write(tmp_path / "web", patch="apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {replicas: 2}\n")
    (folder / mark).write_text("apiVersion: v2\nname: web\n")
    write(tmp_path / "beside", b=CONFIG)
    assert left_out(tmp_path) == {"web": f"{what}; {name}, which renders it, is not on the path"}
    assert list(judged(tmp_path)) == ["b.yaml"]
    (folder / "rendered.txt").write_text(POD.replace("image", "imag"))
    install(program / name, 'while IFS= read -r line; do echo "$line"; done < "$last/rendered.txt"')
    assert left_out(tmp_path) == {}
    found = judged(tmp_path)
    assert list(found) == ["b.yaml", "web"]
    assert codes(found["web"]) == [("KB300", 5)]
    assert list(judged(folder / "patch.yaml", folder / mark, discover=True)) == ["web"]


@pytest.mark.parametrize("kind", ["kind: Component", '"kind": "Component" # of two'])
def test_a_component_is_not_judged_alone(tmp_path: Path, program: Path, kind: str) -> None:
    write(tmp_path / "beside", b=CONFIG)
    folder = write(tmp_path / "part", pod=POD)
    (folder / "kustomization.yaml").write_text(f"apiVersion: kustomize.config.k8s.io/v1alpha1\n{kind}\n")
    install(program / "kubectl", "echo never")
    assert left_out(tmp_path) == {"part": "a component, judged where a kustomization includes it"}


def test_templates_of_a_chart_are_no_manifests(tmp_path: Path, program: Path) -> None:
    folder = write(tmp_path / "web", Chart="apiVersion: v2\nname: web\n")
    write(folder / "templates", a="apiVersion: v1\nkind: Pod\nmetadata: {{ toYaml .Values.x }}\n")
    write(folder / "examples", b=CONFIG)
    assert list(judged(folder)) == ["b.yaml"]
    install(program / "helm", "echo 'apiVersion: v1'")
    assert list(judged(folder)) == ["web", "b.yaml"]


def test_what_cannot_be_rendered_is_not_checked_and_says_why(tmp_path: Path, program: Path) -> None:
    folder = write(tmp_path / "web", Chart="apiVersion: v2\nname: web\n")
    install(program / "helm", "echo 'Error: no such value' >&2; exit 1")
    verdict = judged(folder)["web"].verdict
    assert verdict.unchecked == ("a Helm chart: `helm template` fails: Error: no such value",)
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (folder / "link.txt").symlink_to(secret)
    verdict = judged(folder)["web"].verdict
    assert verdict.unchecked == ("a Helm chart: link.txt is a link out of the directory",)


def test_all_that_is_rendered_shares_one_time(tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c", "d"):
        write(tmp_path / name, Chart="apiVersion: v2\nname: web\n")
    (tmp_path / "d" / ".iacrl.toml").write_text('[kubernetes]\nversion = "1.33"\n')  # judged by another validator
    install(program / "helm", "echo 'apiVersion: v1'")
    passed = count(0, 700)  # seconds
    monkeypatch.setattr("iacrl.sources.render_budget.monotonic", lambda: next(passed))
    with Judging(Given()) as judging:
        found = list(judging.judge(judging.find((str(tmp_path),), None).things))
    used_up = "a Helm chart: rendering others took 20 minutes in all; judge this directory by itself"
    assert [each.verdict.unchecked for each in found] == [(), (), (used_up,), (used_up,)]
    assert FORMS["text"](found, []).count("20 minutes") == 1


def test_the_program_gets_no_secrets_of_the_user(
    tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    folder = write(tmp_path / "web", Chart="apiVersion: v2\nname: web\n")
    install(program / "helm", 'echo "# ${AWS_SECRET_ACCESS_KEY-none} $KUBECONFIG"')
    assert judged(folder)["web"].texts[None] == "# none /dev/null\n"


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on the path")
def test_a_kustomization_is_built_by_kubectl(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "k",
        pod=POD.replace("envFrom", "envfrom"),
        settings=CONFIG,
        kustomization="resources: [pod.yaml, settings.yaml]\nnamePrefix: dev-\n",
    )
    found = judged(folder)
    assert list(found) == ["k"]
    assert "dev-settings" in (found["k"].texts[None] or "")
    assert [code for code, _ in codes(found["k"])] == ["KB300"]
