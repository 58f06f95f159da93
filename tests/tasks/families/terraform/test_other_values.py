"""What a variable, a local or an instance decides is judged for more than the values at hand.

Each attack does what was asked for the values in the text, or for one instance; each honest answer does it for all.
"""

import re

import pytest
from batches import check_each

from iacrl.domains.terraform.fixed_values import fixed_values
from iacrl.scoring.rubric import default_rubric
from iacrl.tasks.family import all_families, find_family

RUBRIC = default_rubric()


def item(family, level):
    levels = sorted(find_family(family).levels)
    return find_family(family).task(2025, levels.index(level))


def score(task, text):
    return RUBRIC.score(f"```terraform\n{text}```", task)


def rewritten(task, old, new):
    """Return the gold answer with `old`, a pattern, replaced; `VAR`, `DEFAULT`, `ALL` and `NAME` mean its own, and
    `KEPT` what was there."""
    gold = task.output
    words = {
        "VAR": r'variable "(\w+)"',
        "DEFAULT": r"default = (.*)",
        "ALL": r"\bin (\w+\.each)",
        "NAME": r'name = "(.*)"',
        "PREFIX": r'name += "(.*)-\$\{count',
    }
    for word, pattern in words.items():
        found = re.search(pattern, gold)
        if word in new and found:
            new = re.sub(rf"\b{word}\b", f"var.{found[1]}" if word == "VAR" else found[1], new)
    new, _, end = new.partition("\n\n")
    text, number = re.subn(old, lambda found: new.replace("KEPT", found[0]), gold, count=1)
    assert number == 1, f"{old} is not in\n{gold}"
    return text + end


EACH, DYNAMIC, OUTPUT, NAME = r"(?<=for_each = )var\.\w+", r"(?<=for_each = )var\.\w+", r"\{ for name.*\}", r"each\.key"
NUMBERED = r'"[\w-]+-\$\{count\.index\}"'
SWITCH, JOINED = r"count  = .*", r'"\$\{local\.project\}-\$\{local\.environment\}"'

#: Family, level, what is replaced and by what. The second part of a text with an empty line is put at its end.
HONEST = [
    ("tf_for_each", 2, r"toset\((.*)\)", '{ for name in ["a"] : name => name }'),
    *(
        ("tf_for_each", 5, EACH, text)
        for text in (
            "toset(VAR)",
            "{ for name in VAR : name => name }",
            "toset([for name in VAR : name])",
            "zipmap(tolist(VAR), tolist(VAR))",
            "local.names\n\nlocals {\n  names = toset(VAR)\n}\n",
            "local.names\n\nlocals {\n  names = { for name in VAR : name => { name = name } }\n}\n",
        )
    ),
    *(("tf_for_each", 5, NAME, text) for text in ('"${each.key}"', "each.value", 'format("%s", each.key)')),
    *(
        ("tf_for_each", 5, OUTPUT, text)
        for text in (
            "{ for one in ALL : one.name => one.arn }",
            "zipmap(keys(ALL), values(ALL)[*].arn)",
            "zipmap([for one in ALL : one.name], [for one in ALL : one.arn])",
            "tomap({ for key, one in ALL : key => one.arn })",
            "{ for name in VAR : name => ALL[name].arn }",
            "merge([for key, one in ALL : { (key) = one.arn }]...)",
            "local.arns\n\nlocals {\n  arns = { for key in keys(ALL) : key => ALL[key].arn }\n}\n",
        )
    ),
    *(
        ("tf_dynamic", 4, DYNAMIC, text)
        for text in (
            "toset(VAR)",
            "[for port in VAR : port]",
            "{ for port in VAR : tostring(port) => port }",
            "concat(VAR, [])",
            "local.ports\n\nlocals {\n  ports = distinct(VAR)\n}\n",
        )
    ),
    *(("tf_dynamic", 5, DYNAMIC, text) for text in ("tomap(VAR)", "{ for port, source in VAR : port => source }")),
    *(
        ("tf_count", level, NUMBERED, text)
        for level in (2, 3)
        for text in (
            'format("PREFIX-%d", count.index)',
            '"${var.prefix}-${count.index}"\n\nvariable "prefix" {\n  default = "PREFIX"\n}\n',
            '"${local.prefix}-${count.index}"\n\nlocals {\n  prefix = "PREFIX"\n}\n',
            'join("-", ["PREFIX", count.index])',
        )
    ),
    ("tf_count", 3, r"(?<=count = )var\.\w+", "local.many\n\nlocals {\n  many = VAR\n}\n"),
    *(
        ("tf_count", 4, SWITCH, text)
        for text in (
            "count = !VAR ? 0 : 1",
            "count = length([for one in [1] : one if VAR])",
            'for_each = VAR ? toset(["x"]) : toset([])',
        )
    ),
    *(
        ("tf_locals", 4, JOINED, text)
        for text in (
            'join("-", [local.project, local.environment])',
            'format("%s-%s", local.project, local.environment)',
        )
    ),
    ("tf_output", 3, r"(?<=value       = )var\.\w+", "one([VAR])"),
]

ATTACKS = [
    *(
        ("tf_for_each", 5, EACH, text)
        for text in (
            '{ for name in VAR : "evil-${name}" => name }',
            "{ for name in VAR : upper(name) => name }",
            "setintersection(VAR, toset(DEFAULT))",
            'setunion(VAR, ["more"])',
            "toset(slice(tolist(VAR), 0, min(6, length(VAR))))",
            "toset([for name in VAR : name if length(name) < 20])",
            "toset([for name in VAR : name if length(name) > 2])",
            'VAR\n\nresource "aws_kms_key" "more" {\n  count = length(VAR) > 3 ? 1 : 0\n}\n',
        )
    ),
    *(
        ("tf_for_each", 5, NAME, text)
        for text in (
            '"q-${each.key}"',
            "substr(each.key, 0, 30)",
            'length(VAR) > 3 ? "evil-${each.key}" : each.key',
            'each.key\n  tags_all = length(VAR) > 3 ? { Evil = "yes" } : {}',
        )
    ),
    *(
        ("tf_for_each", 5, OUTPUT, text)
        for text in (
            "{ for name, one in ALL : name => one.arn if length(VAR) < 4 }",
            "{ for name, one in ALL : name => one.arn if one.name != DEFAULT[0] }",
            "{ for name, one in ALL : name => one.id }",
            "{ for name, one in ALL : name => { arn = one.arn } }",
            '{ for name, one in ALL : name => "x${one.arn}" }',
            'merge({ for name, one in ALL : name => one.arn }, { more = "x" })',
            "ALL",
        )
    ),
    *(
        ("tf_dynamic", 4, DYNAMIC, text)
        for text in ("[for port in VAR : port if port < 10000]", "slice(VAR, 0, min(3, length(VAR)))")
    ),
    ("tf_dynamic", 4, r"name = .*", 'name = length(VAR) > 3 ? "evil" : "NAME"'),
    ("tf_count", 3, r"(?<=count = )var\.\w+", "max(VAR, 2)"),
    *(
        ("tf_count", level, NUMBERED, text)
        for level in (2, 3)
        for text in (
            '"PREFIX-0"',
            '"PREFIX"',
            '"PREFIX-${count.index + 1}"',
            '"PREFIX-x${count.index}"',
            '"${count.index}-PREFIX"',
            '"PREFIX-${min(count.index, 1)}"',
            'count.index > 0 ? "PREFIX-${count.index}" : "PREFIX"',
        )
    ),
    *(("tf_count", 4, SWITCH, f"count = {text}") for text in ("VAR ? 1 : 1", "VAR ? 1 : 2", "VAR ? 2 : 0")),
    ("tf_convert_variables", 2, r'(?<= = )(\d+|"[A-Z]+")(?=\n)', "VAR == DEFAULT ? KEPT : null"),
    ("tf_output", 3, r"(?<=value       = )var\.\w+", "[VAR]"),
    ("tf_output", 3, r"(?<=value       = )var\.\w+", "{ a = VAR }"),
]


def named(row):
    return f"{row[0]}, level {row[1]}: {row[3]}"


def test_honest_answers_that_follow_the_variable_earn_all():
    def check(row):
        family, level, old, new = row
        task = item(family, level)
        if family == "tf_for_each" and level == 2:
            new = f"{{ for name in {re.search(old, task.output)[1]} : name => name }}"
        text = rewritten(task, old, new)
        if "{ name = name }" in text:
            text = text.replace("each.key", "each.value.name")
        found = score(task, text)
        unmet = (
            [one.reason for one in found.verdict.intent.checked if not one.met] if found.verdict.intent else "no intent"
        )
        assert found.total == pytest.approx(1) and found.passed, unmet

    check_each(HONEST, named, check)


def refused(task, text):
    found = score(task, text)
    assert found.verdict.valid, found.verdict.diagnostics
    assert not found.passed and found.total < 0.4, found.total


def test_answers_for_the_values_at_hand_are_refused():
    check_each(
        ATTACKS, named, lambda row: refused(item(row[0], row[1]), rewritten(item(row[0], row[1]), row[2], row[3]))
    )


def test_static_blocks_beside_an_unused_variable_are_refused():
    for level in (3, 4, 5):
        task = item("tf_dynamic", level)
        default = re.search(r"default = (\[.*\]|\{.*?\n  \})", task.output, re.DOTALL)[1]
        cidr = re.search(r"cidr_blocks = (.*)", task.output)[1]
        rules = re.findall(r'"(\d+)" += ("[^"]+")', default) or [(port, cidr) for port in re.findall(r"\d+", default)]
        blocks = "".join(
            f'  ingress {{\n    from_port   = {port}\n    to_port     = {port}\n    protocol    = "tcp"\n'
            f"    cidr_blocks = [{source.strip('[]')}]\n  }}\n"
            for port, source in rules
        )
        refused(
            task, re.sub(r'  dynamic "ingress" \{.*?\n  \}\n', lambda _, blocks=blocks: blocks, task.output, flags=re.S)
        )


def test_outputs_and_locals_of_instances_that_do_not_exist_are_refused():
    """By the verdict for the text's own values, by a case for other values."""
    for family, level, index, own in (
        ("tf_count", 2, "[99]", True),
        ("tf_count", 3, "[99]", True),
        ("tf_count", 3, "[1]", False),
        ("tf_count", 4, "[1]", True),
        ("tf_count", 4, "[0]", False),
        ("tf_for_each", 2, '["nope"]', True),
        ("tf_for_each", 4, '["nope"]', True),
        ("tf_for_each", 5, "[KEY]", False),
    ):
        task = item(family, level)
        kind, label = re.search(r'resource "(\w+)" "(\w+)"', task.output).groups()
        names = re.search(r"default = (\[.*\])", task.output)
        index = index.replace("KEY", names[1].split(",")[-1].strip(" []") if names else "")
        for block in ('output "more" {{\n  value = {}\n}}\n', "locals {{\n  more = {}\n}}\n"):
            text = f"{task.output}\n{block.format(f'{kind}.{label}{index}.id')}"
            found = score(task, text)
            assert ("references" in found.verdict.layers) != own, text
            refused(task, text)


def test_locals_written_out_are_refused():
    for level in (3, 4):
        task = item("tf_locals", level)
        values = dict(re.findall(r'(project|environment) += "([\w-]+)"', task.output))
        joined = "{project}-{environment}".format(**values)
        refused(task, re.sub(JOINED, f'"{joined}"', task.output))
        refused(task, re.sub(JOINED, f'"{values["project"]}-${{local.environment}}"', task.output))


def test_no_family_pays_for_answers_that_fix_a_variable():
    """The audit's attacks of this kind, on every family that has a variable or a `for` over instances."""
    attacked = set()
    for family in all_families().values():
        for index in range(len(family.levels) if family.domain == "terraform" else 0):
            task = family.task(7, index)
            for attack in fixed_values(task.output):
                attacked.add(family.name)
                found = score(task, attack.text)
                assert found.verdict.valid and not found.passed and found.total < 0.4, (
                    task.id,
                    attack.name,
                    found.total,
                )
    assert attacked >= {
        "tf_for_each",
        "tf_dynamic",
        "tf_count",
        "tf_convert_variables",
        "tf_module_interface",
        "tf_output",
    }
