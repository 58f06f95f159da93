"""Texts made to hurt. Each gets a verdict in bounded time and memory; the nastiest are judged in a process of their
own, so that a crash of the interpreter would be seen as one."""

import difflib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from yaml.cyaml import CParser

from iacrl import effort, patterns
from iacrl.domains.kubernetes import validate_text
from iacrl.domains.kubernetes.cel.evaluator import evaluate
from iacrl.domains.kubernetes.cel.nodes import CelError
from iacrl.domains.kubernetes.cel.parser import parse
from iacrl.domains.kubernetes.yaml import yaml_reader
from iacrl.domains.kubernetes.yaml.text_limits import MAX_CHARACTERS, MAX_DEPTH

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n"
MEGA = 1_000_000


def bomb(levels, width):
    names = "abcdefghijklmnopqrstuvwxyz"
    lines = [f"a: &a [{', '.join(['x'] * width)}]"]
    lines += [f"{names[at]}: &{names[at]} [{', '.join([f'*{names[at - 1]}'] * width)}]" for at in range(1, levels)]
    return "\n".join(lines) + "\n"


def merge_chain(length):
    return "m0: &m0 {k: v}\n" + "".join(
        f"m{at}: &m{at}\n  a: *m{at - 1}\n  <<: [*m{at - 1}, *m{at - 1}]\n  b: *m{at - 1}\n" for at in range(1, length)
    )


REFUSED = {
    "brackets": ("[" * MEGA, "KB103"),
    "braces": ("{" * MEGA, "KB105"),
    "braces after a separator": ("---\n" + "{" * MEGA, "KB105"),
    "flow in block": (HEAD + "data: " + "[{a: " * 50_000, "KB103"),
    "json objects": ('{"a":' * 200_000, "KB103"),
    "json lists": ('{"a":' + "[" * 200_000, "KB103"),
    "block mappings": ("".join(" " * at + "a:\n" for at in range(1400)), "KB103"),
    "block lists": ("- " * 100_000 + "x", "KB103"),
    "lists under a key": ("a:\n" + "- " * 100_000, "KB103"),
    "billion laughs": (bomb(9, 9), "KB102"),
    "bomb of 400 bytes": (bomb(12, 5)[:400], "KB102"),
    "merge chain": (merge_chain(60), "KB101"),
    "merge keys of merge keys": (
        "m0: &m0 {k: v}\n" + "".join(f"m{n}: &m{n}\n  <<: [*m{n - 1}, *m{n - 1}]\n" for n in range(1, 40_000)),
        "KB101",
    ),
    "anchor of itself": ("a: &a [*a]\n", "KB104"),
    "merge of itself": ("a: &a\n  <<: *a\n", "KB104"),
    "many items": ("- a\n" * 500_000, "KB102"),
    "many flow items": ("[" + "a," * 500_000 + "]", "KB102"),
    "many keys": ("".join(f"k{at}: v\n" for at in range(200_000)), "KB102"),
    "many documents": ("---\na: b\n" * 5_000, "KB102"),
    "many empty documents": ("---\n" * 100_000, "KB102"),
    "many objects": ((HEAD + "---\n") * 3_000, "KB102"),
    "too long": ("#" * (MAX_CHARACTERS + 1), "KB102"),
    "huge key": (HEAD + "data:\n  " + "k" * MEGA + ": x\n", "KB100"),
    "unclosed quote": ("'" * (MEGA + 1), "KB100"),
    "backslashes": ('"' + "\\" * (MEGA + 1), "KB100"),
    "colons": (":" * MEGA, "KB100"),
    "percent signs": ("%" * MEGA, "KB100"),
    "comment": ("#" * MEGA, "KB200"),
    "newlines": ("\n" * MEGA, "KB200"),
    "dashes": ("-" * MEGA, "KB100"),
    "nul": ("a: \0\n", "KB106"),
    "nul in quotes": (HEAD + 'data:\n  a: "\0"\n', "KB106"),
    "half a surrogate pair": (HEAD + 'data:\n  a: "\udfff"\n', "KB106"),
    "escape character": ("a: \x1b[31m\n", "KB106"),
    "tabs": ("a:\n\tb: c\n", "KB100"),
    "duplicate key": (HEAD + "  name: other\n", "KB101"),
    "path as kind": ("apiVersion: v1\nkind: ../../x\nmetadata: {name: a}\n", "KB204"),
    "path as apiVersion": ("apiVersion: ../../../etc/passwd\nkind: Pod\nmetadata: {name: a}\n", "KB206"),
    "huge kind": ("apiVersion: v1\nkind: " + "Pod" * 100_000 + "\n", "KB204"),
    "lists in lists": ('{"apiVersion":"v1","kind":"List","items":[' * 60 + "]}" * 60, "KB201"),
    "unknown fields": (HEAD + "".join(f"f{at}: 1\n" for at in range(3_000)), "KB300"),
    "bad labels": (HEAD + "  labels:\n" + "".join(f'    "k {at}": v\n' for at in range(10_000)), "KB213"),
    "json number without end": ('{"apiVersion":"v1","kind":"ConfigMap","data":{"k":' + "9" * MEGA + "}}", "KB100"),
    "many resources of a webhook": (
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: a}\n"
        "webhooks: [{name: a, admissionReviewVersions: [v1], sideEffects: None, clientConfig: {url: 'https://a'}, "
        "rules: [{operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: ["
        + ", ".join(f"a{at}" for at in range(40_000))
        + "]}]}]\n",
        "KB475",
    ),
    "pattern that grows": (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: as.example.com}\n"
        "spec: {group: example.com, scope: Cluster, names: {kind: A, plural: as}, versions: [{name: v1, served: true, "
        "storage: true, schema: {openAPIV3Schema: {type: object, properties: {a: {type: string, "
        "pattern: '(x{1000}){1000}'}}}}}]}\n---\napiVersion: example.com/v1\nkind: A\nmetadata: {name: a}\na: x\n",
        "KB403",
    ),
    "long schedule": (
        'apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec: {schedule: "'
        + "*," * 200_000
        + '", jobTemplate: '
        "{spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}}\n",
        "KB444",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_text_is_refused_with_its_code(name):
    text, code = REFUSED[name]
    verdict = validate_text(text)
    assert code in {found.code for found in verdict.diagnostics}
    assert len(verdict.diagnostics) <= 400
    assert all(len(found.message) < 600 for found in verdict.diagnostics)


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "data:\n  a: " + "x" * 900_000,
        HEAD + 'data:\n  a: "' + "x" * 900_000 + '"\n',
        HEAD + "data:\n  a: |\n" + "    some text\n" * 60_000,
        HEAD + "data:\n  a: x" + "9" * 500_000,
        "\ufeff" + HEAD,
        HEAD.replace("\n", "\r\n"),
    ],
)
def test_a_large_or_odd_text_may_be_valid(text):
    assert not validate_text(text).errors


def test_nesting_is_allowed_up_to_the_limit():
    def nested(levels):
        return HEAD + "a: " + "[" * levels + "]" * levels + "\n"

    assert "KB103" not in {found.code for found in validate_text(nested(MAX_DEPTH - 1)).diagnostics}
    assert "KB103" in {found.code for found in validate_text(nested(MAX_DEPTH)).diagnostics}


LEVEL = MAX_DEPTH + 1


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("[" * 5_000, "KB103", 1, LEVEL),
        ("[" * 1_010 + "@", "KB103", 1, LEVEL),
        ("[" * 300 + "@", "KB103", 1, LEVEL),
        ("[" * 100 + "@", "KB100", 1, 101),
        ("[" * 1_010 + '"', "KB103", 1, LEVEL),
        ("[" * 100 + '"a', "KB100", 1, 103),
        ("# ü😀\n" + "[ü, " * 5_000, "KB103", 2, 4 * MAX_DEPTH + 1),
        ("---\n" + "{" * 5_000, "KB105", 2, 2),
        ("---\n{a: " + "[" * 5_000, "KB103", 2, 3 + LEVEL),
        ("---\n{a: 1, a: " + "[" * 5_000, "KB101", 2, 8),
        ("[}" + "[" * 5_000, "KB100", 1, 2),
        ("[*a, " + "[" * 5_000, "KB104", 1, 2),
        ("- " * 5_000 + "x", "KB103", 1, 2 * MAX_DEPTH + 1),
        ("".join(" " * at + "a:\n" for at in range(1_100)), "KB103", LEVEL, LEVEL),
        ("? " * 500 + "[" * 5_000, "KB105", 1, 3),
        ("[" * 5_000 + "\0", "KB103", 1, LEVEL),
    ],
)
def test_what_comes_first_in_the_text_is_reported_whichever_libyaml_reads(text, code, line, column):
    """libyaml looks ahead, and since 0.2.6 it stops by itself at 1,000 levels: neither decides what is found."""
    found = validate_text(text).diagnostics
    assert [(each.code, each.range.start.line, each.range.start.column) for each in found] == [(code, line, column)]
    assert all("maximum nesting" not in each.message for each in found)


def test_the_recursive_part_of_the_c_loader_is_never_called(monkeypatch):
    """Only its event stream is used: `get_node` and what builds on it recurse in C, and overflow its stack."""

    class EventsOnly(CParser):
        def _forbidden(self, *arguments):
            raise AssertionError("recursion in C")

        check_node = get_node = get_single_node = get_data = get_single_data = _forbidden

    monkeypatch.setattr(yaml_reader, "CParser", EventsOnly)
    for entry in ("load", "load_all", "compose", "compose_all", "safe_load", "safe_load_all"):
        monkeypatch.setattr(yaml, entry, EventsOnly._forbidden)
    for text, code in REFUSED.values():
        assert code in {found.code for found in validate_text(text).diagnostics}


CHILD = """
import sys, threading
sys.path.insert(0, sys.argv[1])
import test_kubernetes_hostile as hostile
hostile.validate_text(hostile.HEAD)
for name in ("brackets", "braces after a separator", "json lists", "block mappings", "lists under a key",
             "flow in block", "billion laughs", "bomb of 400 bytes", "merge chain", "many items", "huge key"):
    text, code = hostile.REFUSED[name]
    hostile.validate_text("a: !!str x")
    worker = []
    # A thread has the smallest stack, so a recursion in C would overflow it first.
    threading.stack_size(256 * 1024)
    thread = threading.Thread(target=lambda: worker.append(hostile.validate_text(text)))
    thread.start(); thread.join()
    assert code in {error.code for error in worker[0].errors}, name
# Of this program alone: ru_maxrss would start from the size of the process that forked it.
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
assert peak < 300, peak
print("survived")
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_the_nastiest_crash_nothing_and_stay_small():
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "survived\n"), done.stderr[-2000:]


DEFINED = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: foos.x.io}
spec:
  group: x.io
  scope: Namespaced
  names: {plural: foos, singular: foo, kind: Foo}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {a: {type: string, maxLength: 9, %s}}}}
---
apiVersion: x.io/v1
kind: Foo
metadata: {name: a}
a: aa
"""


def test_only_the_first_of_thousands_of_misspelt_fields_are_compared_with_the_known_ones(monkeypatch):
    compared = []
    nearest = difflib.get_close_matches
    monkeypatch.setattr(
        difflib, "get_close_matches", lambda *args, **options: compared.append(args) or nearest(*args, **options)
    )
    fields = "".join(f"apiVersio{number}: v1\n" for number in range(4000))
    assert validate_text(HEAD + fields).errors[0].message.endswith("Did you mean 'apiVersion'?")
    assert 0 < len(compared) < 2000


def test_a_precision_of_a_billion_digits_is_not_written():
    rule = "x-kubernetes-validations: [{rule: '\"%.1000000000f\".format([1.0]) == self'}]"
    assert [found.code for found in validate_text(DEFINED % rule).errors] == ["KB218"]


@pytest.mark.parametrize("where", ["pattern", "rule"])
def test_thousands_of_groups_cost_nothing(where):
    groups = "(" * 30_000 + "a" + ")" * 30_000
    rule = f"x-kubernetes-validations: [{{rule: 'self.matches(\"{groups}\")'}}]"
    assert validate_text(DEFINED % (f"pattern: '{groups}'" if where == "pattern" else rule)).valid


@pytest.mark.parametrize(
    ("text", "valid"), [("(" * 999 + "a" + ")" * 999, True), ("(" * 1000 + "a" + ")" * 1000, False), (r"\C", False)]
)
def test_a_pattern_that_go_refuses_is_refused(text, valid):
    """As by the API server 1.37.2: in a definition, and where a rule of one makes it."""
    half = len(text) // 2
    made = " + ".join(json.dumps(part) for part in (text[:half], text[half:]))
    for schema in (f"pattern: '{text}'", _rule(f"self.matches({json.dumps(text)})"), _rule(f"self.matches({made})")):
        assert validate_text(DEFINED % schema).valid == valid, schema


LARGE = "(((a{0,10}){0,10}){0,10}b?)" * 200


def _rule(text):
    return f"x-kubernetes-validations: [{{rule: {json.dumps(text)}}}]"


@pytest.mark.parametrize(
    "schema",
    [
        f"pattern: '{LARGE}$'",
        f"not: {{pattern: '{LARGE}$'}}",
        f"pattern: '{LARGE * 2}'",
        f"not: {{pattern: '{LARGE * 2}'}}",
        _rule(f"self.matches('{LARGE}$')"),
        _rule(f"!self.matches('{LARGE}$')"),
        _rule(f"self.find('{LARGE}$') == 'b'"),
        _rule(f"size(self.findAll('{LARGE}$')) == 7"),
    ],
)
def test_an_object_whose_pattern_takes_too_long_is_not_judged(schema):
    text = DEFINED.replace("maxLength: 9", "maxLength: 200").replace("a: aa", f"a: {'a' * 200}") % schema
    verdict = validate_text(text)
    assert (verdict.valid, verdict.errors) == (True, ())
    assert "Foo x.io/v1: a regular expression or a rule that takes too long" in verdict.unchecked


@pytest.mark.parametrize(
    ("rule", "length", "valid"),  # as the API server 1.37.2 says
    [
        ("self.matches('{}')", 79_000, True),
        ("self.matches('{}')", 81_000, False),
        ("self.find('{}') == ''", 81_000, False),
        ("size(self.findAll('{}')) >= 0", 81_000, False),
        ("self.matches('{}') || true", 81_000, False),
        ("true || self.matches('{}')", 81_000, True),
    ],
)
def test_a_search_costs_what_the_server_allows(rule, length, valid):
    text = DEFINED.replace("maxLength: 9", "maxLength: 90000").replace("a: aa", f"a: {'a' * length}")
    verdict = validate_text(text % _rule(rule.format(f"[x{'y' * 496}]?")))
    assert (verdict.valid, verdict.unchecked) == (valid, ())


@pytest.mark.parametrize("schema", [f"pattern: '{LARGE}$'", _rule(f"self.matches('{LARGE}$')")])
def test_a_definition_whose_default_takes_too_long_is_not_judged(schema):
    text = DEFINED.replace("maxLength: 9", f"maxLength: 200, default: {'a' * 200}").partition("---")[0] % schema
    verdict = validate_text(text)
    assert verdict.unchecked == (
        "CustomResourceDefinition foos.x.io: a regular expression or a rule that takes too long",
    )
    assert not verdict.errors


def test_the_patterns_of_a_text_share_their_time(monkeypatch):
    clock = iter(range(100_000))
    monkeypatch.setattr(patterns, "thread_time", lambda: next(clock) / 10)
    definition, separator, one = DEFINED.replace("maxLength: 9", "maxLength: 9000").partition("---")
    text = definition % "pattern: 'a$'" + (separator + one.replace("a: aa", f"a: {'a' * 4000}")) * 9
    assert any("takes too long" in why for why in validate_text(text).unchecked)
    assert validate_text(definition % "pattern: 'a$'" + separator + one).unchecked == ()


def test_the_rules_of_a_text_share_their_steps(monkeypatch):
    monkeypatch.setattr(effort, "_STEPS", 10_000)
    numbers = list(range(9))
    rule = f"{numbers}.all(x, {numbers}.all(y, {numbers}.all(z, x + y + z >= 0)))"
    definition, separator, one = (DEFINED % _rule(rule)).partition("---")
    assert validate_text(definition + separator + one).unchecked == ()
    assert any("takes too long" in why for why in validate_text(definition + (separator + one) * 3).unchecked)


LONG = "9" * 5_000


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("int('-007')", -7),
        ("int('+5')", 5),
        (f"int('{'0' * 5_000}7')", 7),
        (f"int('{LONG}')", None),
        (f"int('-{LONG}')", None),
        ("int('+-5')", None),
        ("int('²')", None),
        ("int(double('nan'))", None),
        ("uint('-1')", None),
        (f"uint('{LONG}')", None),
        ("uint(double('nan'))", None),
        (f"isSemver('{LONG}.0.0')", False),
        (f"isSemver('1.0.0-{LONG}')", False),
        ("isSemver('²', true)", False),
        (f"isSemver('{'0' * 5_000}1', true)", True),
    ],
)
def test_long_or_odd_numbers_in_texts_are_values_or_errors_of_the_expression(expression, value):
    if value is None:
        with pytest.raises(CelError):
            evaluate(parse(expression), {})
    else:
        assert evaluate(parse(expression), {}) == value
