"""Events from topic to function: topic and queue, then a function that reads it, then its table and an alarm."""

from __future__ import annotations

from iacrl.tasks.families.terraform.aws.iam_policies import put_trust
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={3: "topic, queue and subscription", 4: "a function", 5: "a table and an alarm"})
def aws_event_stack(draw: Draw, level: int) -> Item:
    """Draw one event path; at level 5 it has eight linked resources."""
    sheet = TerraformSheet(draw)
    name = draw.name()
    topic = sheet.resource("aws_sns_topic", "topic")
    topic.put("name", f"{name}-events", "SNS topic")
    queue = sheet.resource("aws_sqs_queue", "queue")
    queue.put("name", f"{name}-queue", "SQS queue")
    queue.put("visibility_timeout_seconds", draw.number(30, 900), "visibility timeout", show="{} seconds")
    link = sheet.resource("aws_sns_topic_subscription", "subscription")
    link.refer("topic_arn", topic, ["arn", "id"], said="the queue is subscribed to the topic")
    link.put("protocol", "sqs", test="sqs")
    link.refer("endpoint", queue, "arn")
    if level >= 4:
        role = sheet.resource("aws_iam_role", "role")
        role.put("name", f"{name}-role", "role of the function")
        put_trust(role, "lambda.amazonaws.com")
        function = sheet.resource("aws_lambda_function", "function")
        function.put("function_name", f"{name}-fn", "Lambda function")
        function.refer("role", role, "arn")
        function.put("runtime", draw.choice(("python3.12", "python3.13")), "runtime")
        function.put("handler", draw.choice(("app.handler", "main.run", "events.handle")), "handler")
        function.put("filename", f"{draw.name('_')}.zip", "deployment package")
        source = sheet.resource("aws_lambda_event_source_mapping", "source")
        source.refer("event_source_arn", queue, "arn", said="the function reads from the queue")
        source.refer("function_name", function, ["arn", "function_name", "id"])
        source.put("batch_size", draw.number(2, 10), "batch size")
    if level >= 5:
        table = sheet.resource("aws_dynamodb_table", "table")
        table.put("name", f"{name}-state", "DynamoDB table")
        table.put("billing_mode", "PAY_PER_REQUEST", "billing mode")
        key = table.put("hash_key", draw.choice(("event_id", "order_id", "device_id", "trace_id")), "string hash key")
        table.each("attribute", [{"name": key, "type": "S"}])
        function.refer("environment[0].variables.TABLE", table, ["name", "id"])
        sheet.say("the function finds the table's name in the environment variable TABLE")
        alarm = sheet.resource("aws_cloudwatch_metric_alarm", "alarm")
        alarm.put("alarm_name", f"{name}-backlog", "alarm on the queue")
        alarm.put("namespace", "AWS/SQS", test="AWS/SQS")
        alarm.put("metric_name", "ApproximateNumberOfMessagesVisible", "metric of the alarm")
        alarm.put("statistic", "Maximum", "statistic")
        alarm.put("comparison_operator", "GreaterThanThreshold", test="GreaterThanThreshold")
        alarm.put("threshold", draw.number(10, 9000), "messages above which it alarms")
        alarm.put("period", draw.number(60, 900, 60), "period in seconds")
        alarm.put("evaluation_periods", draw.number(1, 9), "evaluation periods")
        alarm.refer(
            "dimensions.QueueName", queue, "name", said="the dimension QueueName of the alarm refers to the queue"
        )
    return sheet.item("an event path", "events from an SNS topic by way of an SQS queue")
