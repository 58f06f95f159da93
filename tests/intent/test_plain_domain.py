"""A domain that declares its categories alone: its documents are checked by the defaults."""

import pytest

from iacrl.domains import Category, Domain, Verdict, registry, validate
from iacrl.domains.plain_document import PlainDocument, PlainEntity
from iacrl.domains.ranges import Position, Range
from iacrl.domains.verdict import LAYERS
from iacrl.errors import UserError
from iacrl.scoring.judgement import Judgement
from iacrl.scoring.substance import declares
from iacrl.tasks import Intent, Task, check_intent
from iacrl.testing import assert_meets

PLACE = Range(Position(1, 1), Position(1, 2))


def read(text, options):
    """Read one entry a line: `account.asset cash owner=jo tags=a,b`."""
    entries = []
    for head, name, *pairs in map(str.split, text.splitlines()):
        category, _, kind = head.partition(".")
        values = {
            key: value.split(",") if "," in value else value for key, _, value in (p.partition("=") for p in pairs)
        }
        entries.append(PlainEntity(category, name, PLACE, values, kind))
    return Verdict("ledger", layers=LAYERS, document=PlainDocument("ledger", entries))


LEDGER = Domain(
    name="ledger",
    languages=("ledger",),
    validate=read,
    categories=(Category("account", kind=r"\w+"), Category("note", is_thing=False, is_answer=False)),
)
BARE = Domain(name="bare", languages=("bare",), validate=lambda text, options: Verdict("bare", layers=LAYERS))
TWIN = LEDGER._replace(name="twin")


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    """Install the domains of this file as packages would."""
    caches = (registry.domain_names, registry._find)
    points = {domain.name: f"{__name__}:{domain.name.upper()}" for domain in (LEDGER, BARE)}
    monkeypatch.setattr(registry, "_entry_points", lambda: points)
    for cache in caches:
        cache.cache_clear()
    yield points
    for cache in caches:
        cache.cache_clear()


def unmet(text, *wanted, **more):
    intent = Intent.from_json({"must_exist": list(wanted), **more}, "ledger")
    return [item.clause for item in check_intent(intent, validate(text, "ledger").document).clauses if not item.met]


CASH = {"as": "cash", "is": "account asset", "named": "cash"}


@pytest.mark.parametrize(
    ("pairs", "tests", "met"),
    [
        ("owner=jo", {"owner": "jo"}, True),
        ("limit=80", {"limit": 80}, False),
        ("limit=80", {"limit": {"at_least": 80}}, True),
        ("tags=a,b", {"tags": {"items": ["b", "a"]}}, True),
        ("twin=cash", {"twin": {"refers_to": "cash"}}, True),
        ("twin=other", {"twin": {"refers_to": "cash"}}, False),
    ],
)
def test_values_are_plain_and_a_reference_is_a_name(pairs, tests, met):
    (path,) = tests
    clauses = unmet(f"account.asset cash {pairs}", CASH | {"with": tests})
    assert [clause.split()[1] for clause in clauses] == ([] if met else [path])


def test_nothing_else_counts_things_and_elements():
    wanted = CASH | {"with": {"tags[*]": "a"}}
    assert unmet("account.asset cash tags=a,a\nnote n", wanted, nothing_else=True) == []
    assert unmet("account.asset cash tags=a,a color=red", wanted, nothing_else=True) == ["nothing else"]
    assert unmet("account.asset cash tags=a,b", wanted, nothing_else=True) == ["nothing else"]
    assert unmet("account.asset cash tags=a,a\naccount.debt d", wanted, nothing_else=True) == ["nothing else"]


def test_an_intent_names_what_the_domain_has():
    with pytest.raises(
        UserError, match=r"unknown category 'acount'\. Did you mean 'account'\? Categories: account, note"
    ):
        Intent.from_json({"must_exist": [{"is": "acount asset"}]}, "ledger")
    with pytest.raises(UserError, match=r'expected "account KIND", the kind like \\w\+'):
        Intent.from_json({"must_exist": [{"is": "account a-b"}]}, "ledger")
    row = {"instruction": "Write it.", "output": "x", "domain": "bare", "intent": {"must_exist": [{"is": "note"}]}}
    with pytest.raises(UserError, match=r"unknown category 'note'\. The domain declares none"):
        Task.from_json(row)


def test_what_is_asked_for_tells_the_domain_where_one_alone_has_it(installed):
    asked = {"must_exist": [CASH]}
    assert_meets("account.asset cash", asked)
    installed["twin"] = f"{__name__}:TWIN"
    registry.domain_names.cache_clear()
    with pytest.raises(UserError, match="account asset, which ledger and twin have: give the domain"):
        assert_meets("account.asset cash", asked)
    assert_meets("account.asset cash", asked, "ledger")


@pytest.mark.parametrize(
    ("text", "domain", "answer"),
    [
        ("account.asset cash", "ledger", True),
        ("note n", "ledger", False),
        ("", "ledger", False),
        ("anything", "bare", True),
    ],
)
def test_an_answer_declares_more_than_what_speaks_of_others(text, domain, answer):
    verdict = validate(text, domain)
    assert declares(Judgement(verdict, verdict.layers, text, text)) is answer
