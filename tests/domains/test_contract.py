"""The contract of a domain, and finding one by its name."""

import sys
from importlib.machinery import PathFinder

import pytest

from iacrl.domains import Category, Domain, Option, all_domains, domain_names, find_domain, registry
from iacrl.errors import UserError


@pytest.mark.parametrize("domain", all_domains(), ids=domain_names())
def test_everything_that_a_shipped_domain_refers_to_is_there(domain):
    assert [rule.code for rule in domain.rules()] or domain.name == "cloudformation"
    assert all(len(name) > 1 for name in domain.value_tests())
    assert len({check.id for check in domain.security_checks()}) == len(domain.security_checks())
    assert domain.hack_texts().irrelevant and domain.mutations().values
    assert domain.schemas is None or domain.schemas().listed().rows is not None
    for call in (domain.flows, domain.extras, domain.normal_form, domain.formatted, domain.plan, domain.task_row):
        assert call is None or callable(call)


def test_three_fields_are_enough():
    plain = Domain(name="plain", languages=("txt",), validate=lambda text, options: None)
    assert plain.prompt() == "Reply with one txt code block."
    assert (plain.label, plain.fence, plain.rules(), plain.resolved({})) == ("Plain", "txt", (), {})


def test_an_unknown_domain_is_answered_with_the_nearest():
    with pytest.raises(UserError, match=r"Unknown domain 'kubernets'\. Did you mean 'kubernetes'\?"):
        find_domain("kubernets")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"vresion": "1"}, r"no option 'vresion'\. Did you mean 'version'\? Options: version\."),
        ({"version": "3"}, r"option version does not take '3'\. Choices: 1, 2\."),
        ({"version": 1}, r"option version does not take 1\."),
    ],
)
def test_options_are_checked(given, told):
    domain = Domain("d", ("d",), lambda text, options: None, options=(Option("version", "Which.", "1", ("1", "2")),))
    assert domain.resolved({}) == {"version": "1"} and domain.resolved({"version": "2"}) == {"version": "2"}
    with pytest.raises(UserError, match=told):
        domain.resolved(given)


def test_an_installed_domain_is_found(install_domain):
    install_domain(Domain("mine", ("mine",), lambda text, options: None, categories=(Category("thing"),)))
    assert domain_names() == (*registry._SHIPPED, "mine")
    assert find_domain("mine").categories[0].name == "thing"


@pytest.mark.parametrize("suffix", [".dist-info", ".egg-info"])
def test_a_package_declares_a_domain_by_an_entry_point(tmp_path, monkeypatch, suffix):
    package = tmp_path / f"acme-1.0{suffix}"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (package / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[iacrl.domains]\nacme = acme:DOMAIN\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "none"), str(tmp_path)])
    monkeypatch.setattr(sys, "meta_path", [PathFinder])
    declared = registry._entry_points.__wrapped__
    assert declared() == {"acme": "acme:DOMAIN"}
    (package / "entry_points.txt").write_text("[console_scripts]\nacme = acme:main\n")
    assert declared() == {}


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("no_such_module:DOMAIN", "fails to load: ModuleNotFoundError"),
        ("iacrl.domains:no_such_name", "fails to load: AttributeError"),
        ("iacrl.domains:domain_names", "expected an iacrl.domains.Domain"),
        ("iacrl.domains.terraform.domain:DOMAIN", "calls itself 'terraform'"),
    ],
)
def test_a_broken_package_is_told(monkeypatch, target, told):
    monkeypatch.setattr(registry, "_entry_points", lambda: {"broken": target})
    registry._find.cache_clear()
    with pytest.raises(UserError, match=told):
        find_domain("broken")
