"""The name that a message gives, in place of the wrong one."""

import pytest

from iacrl.domains import find_domain, validate
from iacrl.servers.quick_fixes import ignoring_line, meant_instead


@pytest.mark.parametrize(
    ("message", "text", "fixed"),
    [
        ('An argument named "bukcet" is not expected here. Did you mean "bucket"?', "bukcet", "bucket"),
        ('There is no function named "lowr". Did you mean "lower"?', 'lowr("A")', 'lower("A")'),
        ("spec has no field 'replcas'. Did you mean 'replicas'?", "replcas", "replicas"),
        ("kind is wrong. Did you mean 'Pod'?", "pod", "Pod"),
        ('No "a" here. Did you mean "b"?', "a a", None),
        ("Did you mean the data resource data.a.b?", "a.b", None),
        ("Nothing is near.", "a", None),
    ],
)
def test_the_wrong_name_is_replaced(message, text, fixed):
    found = meant_instead(message, text)
    assert (found and found[1]) == fixed


MISSPELT = [
    ("terraform", 'resource "aws_s3_bucket" "a" {\n  bukcet = "a"\n}\n'),
    ("terraform", 'resource "aws_s3_buckt" "a" {\n  bucket = "a"\n}\n'),
    ("terraform", 'output "a" {\n  value = lowr("A")\n}\n'),
    ("terraform", 'output "a" {\n  value = var.nam\n}\nvariable "name" {}\n'),
    ("kubernetes", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  nme: a\n  name: a\n"),
    ("kubernetes", "apiVersion: apps/v1\nkind: Deploymnt\nmetadata:\n  name: a\n"),
    (
        "kubernetes",
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {type: NodPort, ports: [{port: 80}]}\n",
    ),
]


@pytest.mark.parametrize(("domain", "text"), MISSPELT)
def test_what_is_written_instead_ends_the_finding(domain, text):
    assert find_domain(domain)
    finding = next(each for each in validate(text, domain).diagnostics if "Did you mean" in each.message)
    start, end = finding.range.start, finding.range.end
    assert start.line == end.line
    lines = text.split("\n")
    line = lines[start.line - 1]
    fixed = meant_instead(finding.message, line[start.column - 1 : end.column - 1])
    assert fixed is not None, finding
    lines[start.line - 1] = line[: start.column - 1] + fixed[1] + line[end.column - 1 :]
    assert finding.message not in [each.message for each in validate("\n".join(lines), domain).diagnostics]


@pytest.mark.parametrize(
    ("domain", "text", "comment"),
    [
        ("terraform", 'resource "aws_s3_bucket" "a" {\n  bukcet = "a"\n}\n', "  # iacrl: ignore TF304"),
        ("terraform", 'output "a" {\n  value = <<-E\n  ${lowr("a")}\n  E\n}\n', None),
        ("terraform", 'output "a" {\n  value = \n}\n', None),
        ("kubernetes", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  nme: a\n", "  # iacrl: ignore KB300"),
        ("kubernetes", '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"nme": "a"}}', None),
    ],
)
def test_a_comment_is_offered_only_where_it_is_heeded(domain, text, comment):
    finding = validate(text, domain).diagnostics[0]
    assert ignoring_line(finding, text, find_domain(domain).marks) == comment
