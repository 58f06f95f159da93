"""A Lambda function: runtime and handler, then memory, environment and its role."""

from __future__ import annotations

from iacrl.tasks.families.terraform.aws.iam_policies import put_trust
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_RUNTIMES = {
    "python3.12": "app.handler",
    "python3.11": "main.lambda_handler",
    "nodejs20.x": "index.handler",
    "nodejs22.x": "dist/index.handler",
    "ruby3.3": "function.handler",
    "java21": "com.example.Handler::handleRequest",
}


@family(
    "terraform",
    levels={2: "runtime and handler", 3: "memory and timeout", 4: "environment variables", 5: "its role and logs"},
)
def aws_lambda_function(draw: Draw, level: int) -> Item:
    """Draw one function; below level 5 its role is given by ARN."""
    sheet = TerraformSheet(draw)
    function = sheet.resource("aws_lambda_function", "function")
    name = function.put("function_name", draw.name(), "function name")
    if level < 5:
        function.put("role", f"arn:aws:iam::{draw.account()}:role/{draw.name()}", "role")
    else:
        role = sheet.resource("aws_iam_role", "role")
        role.put("name", f"{name}-role", "name of its new role")
        put_trust(role, "lambda.amazonaws.com")
        function.refer("role", role, "arn")
    runtime = draw.choice(list(_RUNTIMES))
    function.put("runtime", runtime, "runtime")
    function.put("handler", _RUNTIMES[runtime], "handler")
    function.put("filename", f"{draw.name('_')}.zip", "deployment package")
    if level >= 3:
        function.put("memory_size", draw.number(128, 3008, 64), "memory", show="{} MB")
        function.put("timeout", draw.number(3, 900), "timeout", show="{} seconds")
    if level >= 4:
        for key, value in draw.settings(2).items():
            function.put(f"environment[0].variables.{key}", value, f"environment variable {key}")
    if level >= 5:
        logs = sheet.resource("aws_cloudwatch_log_group", "logs")
        logs.put("name", f"/aws/lambda/{name}", "log group")
        logs.put("retention_in_days", draw.choice((7, 14, 30, 60, 90)), "log retention", show="{} days")
    return sheet.item("a Lambda function", "an AWS Lambda function")
