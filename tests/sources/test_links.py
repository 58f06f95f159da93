"""Links in a directory that lead out of it: what they point to is neither judged nor read."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from iacrl.domains.programs import Rendering
from iacrl.domains.registry import all_domains
from iacrl.sources.discover import Found, LeftOut, walk
from iacrl.sources.formats import FORMS
from iacrl.sources.judged import fast_judges, find_sources, judge
from iacrl.sources.judging import Judging
from iacrl.sources.rendered import RenderError, render
from iacrl.sources.repository import repository_of
from iacrl.sources.settings import Given

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"


@pytest.mark.parametrize("name", ["e.yaml", "e.tf"])
def test_a_link_out_of_the_directory_is_left_out_and_said(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text(CONFIG_MAP)
    root = tmp_path / "root"
    root.mkdir()
    link = root / name
    link.symlink_to(secret)
    assert list(walk(root, all_domains())) == [LeftOut(link, "a link out of the directory")]


@pytest.mark.parametrize("name", ["e.yaml", "e.tf"])
def test_a_link_to_itself_is_left_out_and_said(tmp_path: Path, name: str) -> None:
    link = tmp_path / name
    link.symlink_to(name)
    listed = [LeftOut(link, "a link out of the directory")] if name == "e.tf" else []
    assert list(walk(tmp_path, all_domains())) == listed


def test_a_link_to_itself_in_what_is_rendered_is_named(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RenderError, match="loop is a link out of the directory"):
        render(tmp_path, Rendering("a kustomization", "kubectl", ("kustomize",)))


@pytest.mark.skipif(sys.platform != "linux", reason="the limits are those of Linux")
@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import sys\nwhile True: sys.stdout.write('a' * 1_000_000)", "prints more than 50 MB"),
        ("bytearray(5 << 30)", "fails: MemoryError"),
        ("import sys\nwhile True: sys.stderr.write('a' * 1_000_000)", "fails"),
    ],
    ids=["disk", "memory", "complaints"],
)
def test_a_program_that_renders_has_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, told: str
) -> None:
    endless = tmp_path / "helm"
    (tmp_path / "endless.py").write_text(program)
    call = shlex.join([sys.executable, "-IS", str(tmp_path / "endless.py")])
    endless.write_text(f"#!/bin/sh\nexec {call}\n")  # a path after #! has no blanks
    endless.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RenderError, match=told):
        render(tmp_path, Rendering("a Helm chart", "helm", ("template",)))


def test_a_link_within_the_directory_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(CONFIG_MAP)
    link = tmp_path / "b.yaml"
    link.symlink_to("a.yaml")
    assert Found(link, "kubernetes") in list(walk(tmp_path, all_domains()))


@pytest.mark.parametrize(
    "text",
    [
        "resources: [../../outside]",
        "Resources: [../../outside]",
        "resources: [../sibling]",
        "resources: []\nresources: [../../outside]",
        "resources: [12:30:45]",
        "resources: [!!binary Li4vLi4vb3V0c2lkZQ==]",
        "resources: [../../outside",
    ],
    ids=["plain", "capital", "through another", "twice", "a link", "binary", "not YAML"],
)
def test_a_kustomization_reaches_the_given_directory_or_its_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """kustomize itself takes each of these texts but the last one."""
    given, program = tmp_path / "given", tmp_path / "bin" / "kubectl"
    for folder in (given / "over", given / "sibling", tmp_path / "outside", program.parent):
        folder.mkdir(parents=True)
    (tmp_path / "outside" / "kustomization.yaml").write_text("resources: [a.yaml]\n")
    (given / "sibling" / "kustomization.yaml").write_text("resources: [../../outside]\n")
    (given / "sibling" / "12:30:45").symlink_to("../../outside")
    (given / "over" / "kustomization.yaml").write_text(text)
    if "12" in text:
        (given / "over" / "kustomization.yaml").write_text("resources: [../sibling/]\n")
        (given / "sibling" / "kustomization.yaml").write_text(text)
    program.write_text("#!/bin/sh\necho '# rendered'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))

    def unchecked() -> tuple[str, ...]:
        found = judge(find_sources((str(given),), None).things, fast_judges({}))
        return next(each.verdict.unchecked for each in found if each.name == str(given / "over"))

    refused = unchecked()
    assert len(refused) == 1 and refused[0].startswith("a kustomization: "), refused
    if "binary" in text or text.count("[") > text.count("]"):
        return
    assert f"is a folder outside of {given}; give a directory that holds both" in refused[0]
    (tmp_path / ".git").mkdir()
    repository_of.cache_clear()
    assert unchecked() == ()


@pytest.mark.parametrize(
    ("complaints", "told"),
    [
        (
            '"command failed" err=<\n\tconfig: `\n\tname: a\n\t`: must specify --enable-helm\n >\n',
            "must specify --enable",
        ),
        ("Error: no such chart\n\nUse --debug flag to render out invalid YAML\n", "Error: no such chart"),
    ],
)
def test_the_line_that_says_why_a_program_failed_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complaints: str, told: str
) -> None:
    program = tmp_path / "helm"
    program.write_text(f"#!/bin/sh\nprintf '%s' '{complaints}' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RenderError, match=f"`helm template` fails: {told}"):
        render(tmp_path, Rendering("a Helm chart", "helm", ("template",)))


@pytest.mark.parametrize("where", ["called", ".hidden", "tested", "mocks"])
def test_a_called_module_with_a_link_out_of_the_directory_is_not_read(tmp_path: Path, where: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text('key = "private words" and more\n')
    root = tmp_path / "root"
    (root / where).mkdir(parents=True)
    (root / where / ("a.tfmock.hcl" if where == "mocks" else "a.tf")).symlink_to(secret)
    test = 'run "a" {\n  module {\n    source = "./tested"\n  }\n}\n' if where == "tested" else ""
    test += 'mock_provider "aws" {\n  source = "./mocks"\n}\n' if where == "mocks" else ""
    if test:
        (root / "a.tftest.hcl").write_text(test)
    call = f'module "a" {{\n  source = "./{where}"\n}}\n'
    (root / "main.tf").write_text(call if not test else "")
    with Judging(Given()) as judging:
        sources = judging.find((str(root),), None)
        found = list(judging.judge(sources.things))
    assert [one.verdict.diagnostics for one in found] == [()]
    assert any("a link out of the directory" in reason for reason in found[0].verdict.unchecked)
    assert "private" not in "".join(form(found, sources.left_out) for form in FORMS.values())


def test_a_called_module_may_share_files_of_its_kind(tmp_path: Path) -> None:
    (tmp_path / "shared.tf").write_text('variable "size" {\n}\n')
    (tmp_path / "root" / "called").mkdir(parents=True)
    (tmp_path / "root" / "called" / "a.tf").symlink_to(tmp_path / "shared.tf")
    (tmp_path / "root" / "main.tf").write_text('module "a" {\n  source = "./called"\n}\n')
    (found,) = judge([Found(tmp_path / "root", "terraform")], fast_judges({}))
    assert [each.code for each in found.verdict.diagnostics] == ["TF459"]  # `size` is missing


@pytest.mark.parametrize(("named", "link"), [("e.yaml", "e.yaml"), ("e.tf", "e.tf"), ("main.tf", "e.tf")])
def test_discovering_a_list_of_names_follows_no_link_out(tmp_path: Path, monkeypatch, named: str, link: str) -> None:
    (tmp_path / "secret").write_text(CONFIG_MAP)
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.tf").touch()
    (root / link).symlink_to(tmp_path / "secret")
    left_out = [LeftOut(root / link, "a link out of the directory")]
    assert find_sources((str(root / named),), None, discover=True).left_out == left_out
    monkeypatch.chdir(tmp_path)  # a link within the working directory is followed
    assert find_sources((str(root / named),), None, discover=True).left_out == []
