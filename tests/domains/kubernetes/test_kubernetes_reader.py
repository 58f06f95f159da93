"""How scalars, keys and streams are read. The expected types were taken down from `kubectl patch --local -o json`."""

import string

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from iacrl.domains.kubernetes import validate_text
from iacrl.domains.kubernetes.yaml.plain_blocks import read_plain_blocks
from iacrl.domains.kubernetes.yaml.plain_places import locate_plain_blocks
from iacrl.domains.kubernetes.yaml.reader import locate, read
from iacrl.domains.kubernetes.yaml.text_limits import Unreadable
from iacrl.domains.kubernetes.yaml.yaml_places import locate_yaml
from iacrl.domains.kubernetes.yaml.yaml_reader import read_yaml

#: What kubectl 1.32 makes of a plain scalar.
SCALARS = {
    True: ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"],
    False: ["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"],
    None: ["~", "null", "Null", "NULL"],
    511: ["0o777", "0777"],
    31: ["0x1F", "0X1F", "+0x1F", "0x_1F"],
    5: ["0b101", "5", "+5", "5.0"],
    -5: ["-0b101", "-5"],
    1000: ["1e3", "1E3", "1_000", "1000.0"],
    8: ["08", "8."],
    0.5: [".5", "+.5", "0.5"],
    1000.5: ["1_000.5"],
    9223372036854775807: ["9223372036854775807"],
    9223372036854775808.0: ["9223372036854775808"],
}
STRINGS = [
    "tRue",
    "nUll",
    "12:30:45",
    "190:20:30",
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "1.2.3",
    ".",
    "..",
    "0b",
    "0x",
    "0xg",
    "0o8",
    "1e",
    "1e+",
    "_1",
    "1d",
    "100m",
    "1Gi",
    "=",
    "+=",
    "inf",
    "nan",
    "1e400",
    "~x",
    "null1",
    "yes please",
]


@pytest.mark.parametrize(("value", "text"), [(value, text) for value, texts in SCALARS.items() for text in texts])
def test_plain_scalars_have_kubectls_types(value, text):
    for document in (f"key: {text}\n", f"key: [{text}]\n"):
        read_value = read(document)[0]["key"]
        got = read_value[0] if isinstance(read_value, list) else read_value
        assert (got, type(got)) == (value, type(value))


@pytest.mark.parametrize("text", STRINGS)
def test_other_plain_scalars_are_strings(text):
    assert read(f"key: {text}\n") == [{"key": text}]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: !!str 123", {"a": "123"}),
        ('a: !!int "3"', {"a": 3}),
        ("a: !!binary aGVsbG8=", {"a": "hello"}),
        ("a: !foo 3", {"a": "3"}),
        ("a: !foo {b: 1}", {"a": {"b": 1}}),
        ("a: ! 5", {"a": "5"}),
        ('a: !!bool "yes"', {"a": True}),
        ('a: !!null ""', {"a": None}),
        ("a: &x {b: 1}\nc:\n  <<: *x\n  d: 2", {"a": {"b": 1}, "c": {"b": 1, "d": 2}}),
        ("a: &x {b: 1}\nc:\n  <<: [*x, {e: 3}]", {"a": {"b": 1}, "c": {"b": 1, "e": 3}}),
        ("a: &x {b: 1}\nc:\n  !!merge <<: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ('a: {1: a, "1": b, 1.0: c}', {"a": {"1": "c"}}),
        ("a: {.nan: b, .inf: c}", {"a": {".nan": "b", ".inf": "c"}}),
        ("a: 1\n...\n]not read", {"a": 1}),
        ("# none\n---\n\ufeffa: 1\n---#\n", {"a": 1}),
        ('a: &x {b: 1}\nc:\n  "<<": *x', {"a": {"b": 1}, "c": {"<<": {"b": 1}}}),
        ("5: a\n3.14: b\ntrue: c\n1e3: d\n0x10: e", {"5": "a", "3.14": "b", "true": "c", "1000": "d", "16": "e"}),
        ("a: |\n  x\n  y\nb: >-\n  p\n  q", {"a": "x\ny\n", "b": "p q"}),
    ],
)
def test_tags_aliases_merges_and_keys(text, value):
    assert read(text) == [value]


def test_json_is_read_as_json_and_may_hold_several_objects():
    assert read('{"a": "\\ud83d\\ude00"}\n{"b": [1.0, 1e40]}') == [{"a": "😀"}, {"b": [1, 1e40]}]
    with pytest.raises(Unreadable, match="too large"):
        read('{"a": 1e400}')
    assert read('{"a": 1,\n b: 2,}') == [{"a": 1, "b": 2}]
    assert read('{"a": 1}\nb: 2\n---\nc: 3') == [{"a": 1}, {"b": 2}, {"c": 3}]
    with pytest.raises(Unreadable) as caught:
        read('{"a": 1,\n "b": 2 "c": 3}')
    assert caught.value.range.start.line == 2
    with pytest.raises(Unreadable, match="repeated"):
        read('{"a": 1, "a": 2}')


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "KB101", 3, 1),
        ("a:\n\t- b\n", "KB100", 2, 1),
        ("a: [b\n", "KB100", 2, 1),
        ("a: *b\n", "KB104", 1, 4),
        ("a: &b [*b]\n", "KB104", 1, 8),
        ("? [a]\n: b\n", "KB105", 1, 3),
        ("a: 1\nnull: 2\n", "KB105", 2, 1),
        ("a: b\0c\n", "KB106", 1, 5),
        ("a: 1\nb: \ud800\n", "KB106", 2, 4),
        ("a: .nan\n", "KB100", 1, 4),
        ("a: !!int x\n", "KB100", 1, 4),
        ("a: {<<: 3}\n", "KB100", 1, 9),
        ("a: 1\n--- b\n", "KB100", 2, 4),
        ('a: 1\n---\n\nb: "\\/"\n', "KB100", 4, 4),
        ("a: &x {b: 1}\nc:\n  <<: *x\n  b: 2", "KB101", 4, 3),
        ("a: &x {b: 1}\nc: {b: 1, <<: *x}\n", "KB101", 2, 15),
        ("%YAML 1.1\n---\na: 1\n", "KB100", 2, 1),
        ("---#c\na: 1\n", "KB100", 2, 2),
    ],
)
def test_what_cannot_be_read_is_placed(text, code, line, column):
    found = validate_text(text).diagnostics
    assert [(each.code, each.range.start.line, each.range.start.column) for each in found] == [(code, line, column)]


def test_places_of_values_and_keys():
    text = "a:\n  - x: 1\n    w: {z: two}\n\n# end\nb: |\n  block\n"
    root = locate(text)[0]
    assert (root.find(("a", 0, "w", "z")).range.start.line, root.find(("a", 0, "w", "z")).range.start.column) == (3, 12)
    assert root.find(("a", 0)).headline().start.column == 5
    assert root.find(("a", 0, "w")).headline().start.column == 5
    assert root.find(("a",)).range.end.line == 3
    assert root.find(("a", 7, "q")) is root.find(("a",))


# The quick reader of the plain style gives up or agrees with libyaml.

word = st.text(string.ascii_letters + "_./-0123456789", min_size=1, max_size=6)
value = st.one_of(
    word,
    word.map(lambda each: f'"{each}"'),
    st.sampled_from(
        [
            "{}",
            "[]",
            "''",
            '"a: b # c"',
            "a b",
            "a:b",
            "x: y",
            "-1",
            "- a",
            "--x",
            "0x1F",
            "yes",
            "~",
            "|",
            "#",
            "a #b",
            "*x",
            "!y z",
            "$(A)",
            "a, b",
            "[a",
            "%a",
            "@a",
            "?",
            "1:2",
            "...",
            "---",
            "",
        ]
    ),
)
line = st.builds(
    lambda indent, dash, key, val, tail: " " * indent + dash + key + val + tail,
    st.sampled_from([0, 0, 2, 2, 4, 4, 6, 1, 3]),
    st.sampled_from(["", "", "", "- ", "- ", "-   ", "- - "]),
    st.one_of(st.just(""), word.map(lambda each: f"{each}:"), word.map(lambda each: f"{each}: ")),
    value,
    st.sampled_from(["", "", "", " ", " # c", "#c", "\t"]),
)
block = st.lists(st.one_of(line, st.sampled_from(["---", "", "# c", "  # c", "--- ", "..."])), max_size=12)


@settings(max_examples=300, deadline=None)
@given(block)
def test_plain_blocks_agree_with_libyaml_or_give_up(lines):
    text = "\n".join(lines)
    quick = read_plain_blocks(text)
    if quick is not None:
        assert repr(quick) == repr(read_yaml(text))


def outline(place):
    """All that can be asked of a place and of those in it."""
    inner = None if place.parts is None else [(name, outline(part)) for name, part in place.parts.items()]
    return place.key, place.range, place.headline(), inner


@settings(max_examples=300, deadline=None)
@given(block)
@example(["- a:", "  b:", "  - c: {}", "    d: 'e'  # f", "", "  h: i j", "- k", "---", 'l: "m"', "p:", " - q"])
def test_places_in_plain_blocks_are_those_of_libyaml(lines):
    text = "\n".join(lines)
    quick = read_plain_blocks(text)
    if quick is not None and None not in quick:
        assert list(map(outline, locate_plain_blocks(text))) == list(map(outline, locate_yaml(text)))


@settings(max_examples=50, deadline=None)
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.text(max_size=8), word),
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(word, inner, max_size=4)),
        max_leaves=20,
    )
)
def test_what_a_dumper_writes_is_read_back(tree):
    text = yaml.dump({"root": tree}, Dumper=yaml.CSafeDumper)
    quick = read_plain_blocks(text)
    if quick is not None:
        assert repr(quick) == repr(read_yaml(text))


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), block.map("\n".join)))
def test_validation_never_raises(text):
    verdict = validate_text(text)
    assert verdict.valid == (not verdict.errors)


def test_a_scalar_that_no_go_program_could_write_breaks_nothing():
    assert read("a: " + "1" * 400) == [{"a": "1" * 400}]
    with pytest.raises(Unreadable, match="needs base64"):
        read("a: !!binary é")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('k: "it\\\'s"\n', {"k": "it's"}),
        (
            "k: \"a\\\\\\'b\"\np: plain \\' x\ns: 'x\\'\nb: |\n  blo\\'ck\n",
            {"k": "a\\'b", "p": "plain \\' x", "s": "x\\", "b": "blo\\'ck\n"},
        ),
        ('k: "a\\\'b\\Pc"\n', {"k": "a'b\u2029c"}),
    ],
    ids=["in double quotes", "nowhere else", "next to a rare escape"],
)
def test_an_escaped_quote_is_read_as_kubectl_reads_it(text, value):
    assert read(text) == [value]


def test_other_escapes_stay_refused_at_their_place():
    with pytest.raises(Unreadable, match="unknown escape character") as caught:
        read('a: "it\\\'s"\nb: "\\q"\n')
    assert caught.value.range.start.line == 2


def test_half_a_surrogate_pair_in_json_is_replaced_as_by_go():
    text = '{"a\\ud800": ["\\uDC00x", {"b": "\\ud83d\\ude00"}], "c": "\ud800", "d\udcff": 1}'
    assert read(text) == [{"a\ufffd": ["\ufffdx", {"b": "\U0001f600"}], "c": "\ufffd", "d\ufffd": 1}]
    manifest = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "\\ud800": 1}'
    (found,) = validate_text(manifest).diagnostics
    assert (found.code, found.severity) == ("KB300", "error")
