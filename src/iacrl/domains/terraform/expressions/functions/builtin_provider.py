"""The functions of the built-in provider `terraform.io/builtin/terraform`.

Source: developer.hashicorp.com/terraform/language/functions/terraform-encode_tfvars and its neighbouring pages.
"""

from __future__ import annotations

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import STRING
from iacrl.domains.terraform.cty.values import ANY, Value
from iacrl.domains.terraform.expressions.functions.arguments import CallError
from iacrl.domains.terraform.expressions.functions.builtin import Parameter, Signature

#: Each of them takes one value.
SIGNATURE = Signature((Parameter("value", types.DYNAMIC, True),), None, types.DYNAMIC)


def call_builtin(name: str, value: Value) -> Value:
    """Compute a call of `encode_tfvars`, `decode_tfvars` or `encode_expr`.

    Raises:
        CallError: Terraform refuses this argument.
    """
    marks = values.unmark_deep(value)[1]
    if name == "decode_tfvars":
        return _decode(value).marked(marks)
    if value.null:
        raise CallError("argument must not be null", 0)
    if name == "encode_tfvars":
        _check_variables(value)
    return values.unknown(STRING, not_null=True).marked(marks)


def _check_variables(value: Value) -> None:
    from iacrl.domains.terraform.structure.names import is_identifier

    kind = value.type.kind
    if kind not in ("object", "map", "dynamic"):
        raise CallError("invalid value to encode: must be an object whose attribute names will become variable names")
    names = value.data if isinstance(value.data, dict) else value.type.attributes if kind == "object" else {}
    for name in names:
        if not is_identifier(name):
            raise CallError(f'invalid variable name "{name}": must be a valid identifier')


def _decode(value: Value) -> Value:
    from iacrl.domains.terraform.expressions.evaluator import evaluate_constant
    from iacrl.domains.terraform.findings import Finding
    from iacrl.domains.terraform.syntax.parser import parse

    try:
        text = convert(value, STRING)
    except ConversionError as error:
        raise CallError(error.message, 0) from None
    if text.null:
        raise CallError("cannot decode tfvars from a null value", 0)
    if not text.known:
        return ANY
    read = parse(text.data)
    if read.diagnostics:
        raise CallError(f"invalid tfvars syntax: {read.diagnostics[0].message}")
    if read.body.blocks:
        raise CallError("invalid tfvars syntax: blocks are not allowed here")
    report: list[Finding] = []
    found = {name: evaluate_constant(one.value, report) for name, one in read.body.attributes.items()}
    if report:
        raise CallError(f"invalid expression for variable: {report[0].message}")
    return values.object_value(found)
