"""References to instances that do not exist: what a plan refuses is reported, what it takes is not.

Terraform 1.11.4's plan judged every row, with `var.free` true.
"""

import iacrl
from iacrl.domains.terraform.document.symbols import Symbols

HEAD = """
variable "create" {
  default = false
}
variable "names" {
  type    = set(string)
  default = ["a", "b"]
}
variable "free" {
  type = bool
}
resource "terraform_data" "b" {
  count = var.create ? 1 : 0
}
resource "terraform_data" "e" {
  for_each = var.names
}
resource "terraform_data" "u" {
  count = var.free ? 1 : 0
}
resource "terraform_data" "s" {
  count = 3
}
locals {
  all = terraform_data.e
}
"""
PLANNED = (
    "var.create ? terraform_data.b[0].id : null",
    'length(terraform_data.b) > 0 ? terraform_data.b[0].id : ""',
    "try(terraform_data.b[0].id, null)",
    "can(terraform_data.b[0].id)",
    "one(terraform_data.b[*].id)",
    'element(concat(terraform_data.b[*].id, [""]), 0)',
    "[for i in range(length(terraform_data.b)) : terraform_data.b[i].id]",
    "[for one in terraform_data.b : terraform_data.s[5].id]",
    '"%{ if var.create }${terraform_data.b[0].id}%{ endif }"',
    "terraform_data.u[0].id",
    'terraform_data.e["a"].id',
    'terraform_data.e[var.create ? "z" : "a"].id',
    'lookup(terraform_data.e, "z", null)',
    'contains(keys(terraform_data.e), "z") ? terraform_data.e["z"].id : ""',
    "values(terraform_data.e)[1].id",
    'merge(terraform_data.e, { z = { id = "q" } })["z"].id',
    "{ for name in var.names : name => local.all[name].id }",
    "element(terraform_data.s[*].id, 9)",
    "terraform_data.s[length(terraform_data.s) - 1].id",
    "flatten([terraform_data.b[*].id, terraform_data.s[*].id])[2]",
)
REFUSED = (
    "terraform_data.s[99].id",
    "terraform_data.s[-1].id",
    "[for one in terraform_data.s : one.id][3]",
    "one(terraform_data.s[*].id)",
    "concat(terraform_data.b[*].id, terraform_data.s[*].id)[3]",
    "terraform_data.b[0].id",
    "try(terraform_data.b[0].id)",
    "tolist(terraform_data.b[*].id)[0]",
    "element(terraform_data.b[*].id, 0)",
    'terraform_data.s[0].id == "x" || terraform_data.b[0].id == "y"',
    'terraform_data.e["nope"].id',
    'local.all["nope"].id',
    "values(terraform_data.e)[7].id",
    'lookup(terraform_data.e, "z").id',
    '{ for name in ["a", "z"] : name => terraform_data.e[name].id }',
)


def lines_refused(text):
    verdict = iacrl.validate(text, domain="terraform")
    assert verdict.valid, verdict.diagnostics
    refused = [one.range.start.line for one in verdict.diagnostics if one.code == "TF463"]
    assert bool(refused) == ("references" not in verdict.layers)
    return refused


def test_outputs_and_locals_of_missing_instances_are_refused_and_guarded_ones_are_not():
    first = HEAD.count("\n") + 1
    for start, block in (('output "o{}" {{ value = ', " }}\n"), ("locals {{ l{} = ", " }}\n")):
        written = [start.format(n) + row + block.format() for n, row in enumerate((*PLANNED, *REFUSED))]
        found = lines_refused(HEAD + "".join(written))
        assert found == [first + n for n in range(len(PLANNED), len(written))]


def test_arguments_are_looked_up_for_each_instance_that_there_is():
    def user(body):
        return lines_refused(HEAD + f'resource "terraform_data" "user" {{\n{body}\n}}\n')

    for body in (
        "count = 3\ninput = terraform_data.s[count.index].id",
        "for_each = var.names\ninput = terraform_data.e[each.key].id",
        "count = var.create ? 1 : 0\ninput = terraform_data.b[0].id",
        "count = var.free ? 1 : 0\ninput = terraform_data.b[0].id",
    ):
        assert not user(body), body
    for body in (
        "count = 4\ninput = terraform_data.s[count.index].id",
        'for_each = toset(["a", "z"])\ninput = terraform_data.e[each.key].id',
        "input = terraform_data.b[0].id",
        "count = terraform_data.b[0].id == null ? 1 : 0",
    ):
        assert len(user(body)) == 1, body


def test_many_large_counts_end_the_search_and_find_nothing_false(monkeypatch):
    made = []
    symbol = Symbols.symbol
    monkeypatch.setattr(Symbols, "symbol", lambda *given: made.append(None) or symbol(*given))
    many = "".join(
        f'resource "terraform_data" "m{n}" {{\n  count = 10000\n  input = terraform_data.s[count.index % 3].id\n}}\n'
        f'output "m{n}" {{\n  value = terraform_data.m{n}[9999].id\n}}\n'
        for n in range(300)
    )
    assert not lines_refused(HEAD + many)
    assert len(made) < 500_000  # 3 million instances
