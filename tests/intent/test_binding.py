"""Clauses about one element of a list are about the same element."""

import pytest

from iacrl.domains import validate
from iacrl.tasks import Intent, check_intent

POD = """
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: NAME
    image: nginx:1.27
    ports:
    - containerPort: 80
      protocol: UDP
    - containerPort: 81
      protocol: TCP
  - name: OTHER
    image: busybox:1.36
"""
BOX = "spec.containers[*]"


def met(text, tests):
    wanted = {"as": "pod", "is": "object Pod", "with": tests}
    result = check_intent(
        Intent.from_json({"must_exist": [wanted]}, "kubernetes"), validate(text, "kubernetes").document
    )
    return [item.met for item in result.clauses[1:]]


@pytest.mark.parametrize(
    ("names", "found"),
    [(("app", "side"), [True, True]), (("side", "app"), [False, True])],
)
def test_a_name_and_an_image_of_one_container(names, found):
    text = POD.replace("NAME", names[0]).replace("OTHER", names[1])
    assert sorted(met(text, {f"{BOX}.name": "app", f"{BOX}.image": "nginx:1.27"})) == sorted(found)


def test_lists_within_elements_bind_too():
    ports = f"{BOX}.ports[*]"
    asked = {f"{BOX}.name": "NAME", f"{ports}.containerPort": 80, f"{ports}.protocol": "UDP"}
    assert met(POD, asked) == [True, True, True]
    assert sum(met(POD, asked | {f"{ports}.protocol": "TCP"})) == 2
    assert sum(met(POD, {f"{BOX}.name": "OTHER", f"{ports}.containerPort": 80})) == 1


def test_the_element_that_meets_most_is_meant_wherever_it_is():
    asked = {f"{BOX}.name": "OTHER", f"{BOX}.image": "busybox:1.36"}
    assert met(POD, asked) == [True, True]


def test_alternatives_are_about_several_elements():
    sources = "\n    envFrom:\n    - configMapRef:\n        name: settings\n    - secretRef:\n        name: keys\n"
    text = POD.replace("\n    ports:", f"{sources}    ports:")
    asked = {
        f"{BOX}.envFrom[*].configMapRef.name": "settings",
        f"{BOX}.envFrom[*].secretRef.name": "keys",
        f"{BOX}.name": "NAME",
    }
    assert met(text, asked) == [True, True, True]


STATEMENTS = """
resource "aws_iam_role" "r" {
  assume_role_policy = jsonencode({
    Statement = [
      { Effect = "Allow", FIRST },
      { Effect = "Allow", SECOND },
    ]
  })
}
"""
ACTION, PRINCIPAL = 'Action = "sts:AssumeRole"', 'Principal = { Service = "ec2.amazonaws.com" }'


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [(f"{ACTION}, {PRINCIPAL}", 'Sid = "x"', 2), (ACTION, PRINCIPAL, 1)],
)
def test_what_a_statement_allows_and_whom_are_of_one_statement(first, second, count):
    statement = "assume_role_policy.Statement[*]"
    tests = {f"{statement}.Action": "sts:AssumeRole", f"{statement}.Principal.Service": "ec2.amazonaws.com"}
    wanted = {"as": "role", "is": "resource aws_iam_role", "with": tests}
    document = validate(STATEMENTS.replace("FIRST", first).replace("SECOND", second), "terraform").document
    result = check_intent(Intent.from_json({"must_exist": [wanted]}, "terraform"), document)
    assert sum(item.met for item in result.clauses[1:]) == count
