import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import iacrl
from iacrl.scoring.registry import find_reward
from iacrl.scoring.security import all_checks, examine

FIXTURES = Path(__file__).parent.parent / "fixtures" / "security"
ENDINGS = {".tf": "terraform", ".yaml": "kubernetes"}


def examined(text, domain):
    verdict = iacrl.validate(text, domain)
    assert verdict.valid, verdict.errors
    return list(examine(verdict.document))


def findings(kind, code):
    (path,) = (FIXTURES / kind).glob(f"{code}.*")
    found = examined(path.read_text(), ENDINGS[path.suffix])
    return [finding for finding in found if finding.check.id == code]


@pytest.mark.parametrize("code", [check.id for check in all_checks()])
def test_each_check_holds_on_its_good_fixture_and_fails_on_its_bad_one(code):
    good, bad = findings("good", code), findings("bad", code)
    assert good and all(finding.holds for finding in good)
    assert not all(finding.holds for finding in bad)


def test_every_fixture_has_its_check_and_ids_are_unique():
    codes = [check.id for check in all_checks()]
    assert len(codes) == len(set(codes)) >= 25
    for kind in ("good", "bad"):
        assert sorted(path.stem for path in (FIXTURES / kind).iterdir()) == sorted(codes)


@pytest.mark.parametrize(
    ("code", "literal"),
    [
        ("SEC101", '"public-read"'),
        ("SEC106", "true"),
        ("SEC121", '"*"'),
        ("SEC141", '["0.0.0.0/0"]'),
        ("SEC141", "20"),
        ("SEC143", '"optional"'),
        ("SEC204", '["0.0.0.0/0"]'),
        ("SEC304", '"22"'),
    ],
)
def test_a_value_that_is_not_known_is_not_judged(code, literal):
    text = (FIXTURES / "bad" / f"{code}.tf").read_text()
    assert literal in text
    unknown = 'data "aws_ssm_parameter" "unknown" {\n  name = "x"\n}\n'
    found = examined(unknown + text.replace(literal, "data.aws_ssm_parameter.unknown.value"), "terraform")
    assert code not in {finding.check.id for finding in found}


@pytest.mark.parametrize(
    ("code", "literal"),
    [
        ("SEC101", '"public-read"'),
        ("SEC106", "true"),
        ("SEC121", '"*"'),
        ("SEC141", '["0.0.0.0/0"]'),
        ("SEC141", "20"),
        ("SEC143", '"optional"'),
        ("SEC204", '["0.0.0.0/0"]'),
        ("SEC304", '"22"'),
    ],
)
@pytest.mark.parametrize("through", ["var.open", "local.open"])
def test_what_a_variable_without_a_default_decides_does_not_hold(code, literal, through):
    text = (FIXTURES / "bad" / f"{code}.tf").read_text().replace(literal, through)
    found = examined('variable "open" {}\nlocals {\n  open = var.open\n}\n' + text, "terraform")
    assert {finding.holds for finding in found if finding.check.id == code} == {False}
    assert all(finding.entity.range_of(finding.steps) for finding in found)


POLICY = """\
resource "aws_iam_policy" "p" {{
  name   = "p"
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", {} }}] }})
}}
"""
GROUP = """\
resource "aws_security_group" "g" {{
  name = "g"
  ingress {{
    from_port        = 22
    to_port          = 22
    protocol         = "tcp"
    cidr_blocks      = {}
    ipv6_cidr_blocks = {}
  }}
}}
"""
ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: r}}
rules:
- apiGroups: {}
  resources: {}
  verbs: [get]
"""
BINDING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: {}
metadata: {{name: b}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {}}}
subjects:
- {{apiGroup: rbac.authorization.k8s.io, kind: {}, name: "{}"}}
"""
NETWORK = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: net}}
spec:
  podSelector: {{}}
  ingress:
  - from: [{{ipBlock: {{cidr: {}}}}}]
  - from: [{{ipBlock: {{cidr: {}}}}}]
"""


@pytest.mark.parametrize(
    ("code", "text", "holds"),
    [
        ("SEC121", POLICY.format('Action = "**", Resource = "*"'), False),
        ("SEC121", POLICY.format('Action = "*:*", Resource = "arn:*"'), False),
        ("SEC121", POLICY.format('Action = ["s3:GetObject", "*"], Resource = ["arn:aws:*:*"]'), False),
        ("SEC121", POLICY.format('NotAction = "iam:*", Resource = "*"'), False),
        ("SEC121", POLICY.format('Action = "*", NotResource = "arn:aws:s3:::x"'), False),
        ("SEC121", POLICY.format('Action = "s3:*", Resource = "*"'), True),
        ("SEC121", POLICY.format('Action = "*", Resource = "arn:aws:s3:::logs/*"'), True),
        ("SEC141", GROUP.format('["0.0.0.0/1", "128.0.0.0/1"]', "[]"), False),
        ("SEC141", GROUP.format('["128.0.0.0/1"]', "[]"), False),
        ("SEC141", GROUP.format("[]", '["::0/0"]'), False),
        ("SEC141", GROUP.format("[]", '["2000::/3"]'), False),
        ("SEC141", GROUP.format('["10.0.0.0/8", "172.16.0.0/12"]', '["fd00::/8"]'), True),
        ("SEC432", ROLE.format('["*"]', "[secrets]"), False),
        ("SEC437", ROLE.format('[""]', "[pods, pods/exec]"), False),
        ("SEC437", ROLE.format('[""]', '["*/exec"]'), False),
        ("SEC434", BINDING.format("ClusterRoleBinding", "edit", "User", "jo"), False),
        ("SEC434", BINDING.format("RoleBinding", "edit", "User", "jo").replace("b}", "b, namespace: shop}"), True),
        ("SEC435", BINDING.format("RoleBinding", "view", "Group", "system:authenticated"), False),
        ("SEC435", BINDING.format("RoleBinding", "view", "Group", "system:serviceaccounts:shop"), False),
        ("SEC435", BINDING.format("RoleBinding", "view", "Group", "team"), True),
        ("SEC436", BINDING.format("RoleBinding", "view", "User", "system:serviceaccount:shop:default"), False),
        ("SEC443", NETWORK.format("0.0.0.0/1", "128.0.0.0/1"), False),
        ("SEC443", NETWORK.format("10.0.0.0/8", "192.168.0.0/16"), True),
    ],
)
def test_other_ways_to_say_the_same_are_seen(code, text, holds):
    domain = "terraform" if "resource" in text.split()[0] else "kubernetes"
    found = [finding.holds for finding in examined(text, domain) if finding.check.id == code]
    assert found and all(found) is holds


def test_what_has_nothing_to_judge_abstains():
    task = iacrl.load_tasks("kubernetes", split="test")[0]
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\n"
    assert find_reward("security")(task, iacrl.validate(text, "kubernetes")) is None
    assert find_reward("security")(task, iacrl.validate("a: b: c", "kubernetes")) is None


def test_the_reward_is_the_share_of_checks_that_hold_everywhere():
    task = iacrl.load_tasks("terraform", split="test")[0]
    bad = (FIXTURES / "bad" / "SEC106.tf").read_text()
    good = (FIXTURES / "good" / "SEC106.tf").read_text()
    give = find_reward("security")
    # neither says that the storage is encrypted, which SEC105 asks for
    assert give(task, iacrl.validate(good, "terraform")) == 0.5
    assert give(task, iacrl.validate(bad, "terraform")) == 0.0
    assert give(task, iacrl.validate(good + bad.replace('"main"', '"more"'), "terraform")) == 0.0


def test_the_page_of_checks_is_up_to_date():
    script = FIXTURES.parents[2] / "scripts" / "security_table.py"
    spec = importlib.util.spec_from_file_location("security_table", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.TARGET.read_text(encoding="utf-8") == module.table(), f"run `python {script}`"


def test_a_finding_says_where():
    text = (FIXTURES / "bad" / "SEC141.tf").read_text()
    (found,) = [finding for finding in examined(text, "terraform") if finding.check.id == "SEC141"]
    assert found.entity.range_of(found.steps).start.line == text.splitlines().index("  ingress {") + 1


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "*", "-1", "latest"]),
    lambda inner: (
        st.lists(inner, max_size=2).map(tuple)
        | st.dictionaries(st.sampled_from(["type", "name", "ports"]), inner, max_size=2)
    ),
    max_leaves=4,
)
TREES = [
    (entity, path.name)
    for path in sorted((FIXTURES / "bad").iterdir())
    for entity in iacrl.validate(path.read_text(), ENDINGS[path.suffix]).document.entities
]


class Changed:
    """An entity with other values."""

    def __init__(self, entity, values):
        self.category, self.kind, self.name, self.values = entity.category, entity.kind, entity.name, values


def replaced(value, data):
    """Return the value with one thing in it changed into something odd."""
    if isinstance(value, Mapping) and value and data.draw(st.integers(0, 3)):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: replaced(value[key], data)}
    if isinstance(value, tuple) and value and data.draw(st.integers(0, 3)):
        return (replaced(value[0], data), *value[1:])
    return data.draw(ODD)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_no_check_breaks_on_values_of_another_type(data):
    entity, _ = data.draw(st.sampled_from(TREES))
    values = replaced(entity.values, data)
    if isinstance(values, Mapping):
        domain = "kubernetes" if entity.category == "object" else "terraform"
        document = SimpleNamespace(entities=[Changed(entity, values)], domain=domain)
        assert all(isinstance(finding.holds, bool) for finding in examine(document))


@pytest.mark.parametrize("form", ["jsonencode({})", "<<EOT\n{}\nEOT"])
@pytest.mark.parametrize(
    "statement",
    [
        '{"Effect": "Allow", "Action": "s3:*"}',
        '[[{"Effect": "Allow"}], null, 1]',
        '[{"Effect": ["Allow"], "Action": [1, null, "*"], "Resource": {"a": null}, "Principal": {"AWS": [1, null]}}]',
        '[{"Effect": 1, "Action": null, "NotAction": {}, "Principal": [], "Condition": null, "Sid": [1]}]',
        "null",
        '"*"',
    ],
)
def test_a_policy_of_odd_types_is_valid_and_breaks_no_check(form, statement):
    policy = form.replace("{}", f'{{"Version": 1, "Statement": {statement}}}')
    text = "".join(
        f'resource "{kind}" "a" {{\n  {more}\n  {name} = {policy}\n}}\n'
        for kind, more, name in (
            ("aws_iam_policy", 'name = "a"', "policy"),
            ("aws_sqs_queue_policy", 'queue_url = "https://sqs.us-east-1.amazonaws.com/1/a"', "policy"),
            ("aws_s3_bucket_policy", 'bucket = "a"', "policy"),
        )
    )
    found = iacrl.validate(text, "terraform")
    assert found.valid, found.diagnostics
    assert all(isinstance(one.holds, bool) for one in examine(found.document))
