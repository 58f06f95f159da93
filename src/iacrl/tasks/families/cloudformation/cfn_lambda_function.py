"""A Lambda function: runtime and handler, then memory, environment and its role."""

from __future__ import annotations

from iacrl.tasks.draw import Draw
from iacrl.tasks.families.cloudformation.sheet import CloudFormationSheet
from iacrl.tasks.family import Item, family

_RUNTIMES = {
    "python3.13": "app.handler",
    "python3.12": "main.lambda_handler",
    "nodejs22.x": "index.handler",
    "nodejs24.x": "dist/index.handler",
    "ruby3.4": "function.handler",
    "java21": "com.example.Handler::handleRequest",
}


@family(
    "cloudformation",
    levels={2: "runtime and handler", 3: "memory and timeout", 4: "environment variables", 5: "its role and logs"},
)
def cfn_lambda_function(draw: Draw, level: int) -> Item:
    """Draw one function; below level 5 its role is given by ARN."""
    sheet = CloudFormationSheet(draw)
    function = sheet.resource("AWS::Lambda::Function", "function", draw.choice(("Function", "Handler", "Worker")))
    name = function.put("Properties.FunctionName", draw.name(), "function name")
    runtime = draw.choice(list(_RUNTIMES))
    function.put("Properties.Runtime", runtime, "runtime")
    function.put("Properties.Handler", _RUNTIMES[runtime], "handler")
    function.put("Properties.Code.S3Bucket", draw.bucket_name(), "bucket of the code")
    function.put("Properties.Code.S3Key", f"{draw.name('_')}.zip", "key of the code")
    if level < 5:
        function.put("Properties.Role", f"arn:aws:iam::{draw.account()}:role/{draw.name()}", "role")
    if level >= 3:
        function.put("Properties.MemorySize", draw.number(128, 3008, 64), "memory", show="{} MB")
        function.put("Properties.Timeout", draw.number(3, 900), "timeout", show="{} seconds")
    if level >= 4:
        for key, value in draw.settings(2).items():
            function.put(f"Properties.Environment.Variables.{key}", value, f"environment variable {key}")
    if level >= 5:
        role = sheet.resource("AWS::IAM::Role", "role", "ExecutionRole")
        role.put("Properties.RoleName", f"{name}-role", "name of its new role")
        statement = "Properties.AssumeRolePolicyDocument.Statement[0]"
        role.set("Properties.AssumeRolePolicyDocument.Version", "2012-10-17")
        role.put(f"{statement}.Effect", "Allow", test="Allow")
        role.strings(f"{statement}.Principal.Service", ["lambda.amazonaws.com"])
        role.strings(f"{statement}.Action", ["sts:AssumeRole"])
        function.refer("Properties.Role", role, "Arn")
        logs = sheet.resource("AWS::Logs::LogGroup", "logs", "Logs")
        logs.put("Properties.LogGroupName", f"/aws/lambda/{name}", "log group")
        days = draw.choice((7, 14, 30, 60, 90))
        logs.put("Properties.RetentionInDays", days, "log retention", show="{} days")
    return sheet.item("a Lambda function", "an AWS Lambda function")
