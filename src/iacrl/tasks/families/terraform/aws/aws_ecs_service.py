"""An ECS cluster, a Fargate task and the service that runs it."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.hcl import Call
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={1: "a cluster", 3: "a task", 4: "a service", 5: "its network and logs"})
def aws_ecs_service(draw: Draw, level: int) -> Item:
    """Draw one cluster and what runs on it."""
    sheet = TerraformSheet(draw)
    cluster = sheet.resource("aws_ecs_cluster", "cluster")
    name = cluster.put("name", draw.name(), "cluster name")
    insights = draw.choice(("enabled", "disabled"))
    cluster.put("setting[0].name", "containerInsights", test="containerInsights")
    cluster.put("setting[0].value", insights, test=insights)
    sheet.say(f"container insights {insights}")
    if level >= 3:
        task = sheet.resource("aws_ecs_task_definition", "task")
        family_name = task.put("family", draw.name(), "task family")
        task.put("requires_compatibilities", ["FARGATE"], test=["FARGATE"])
        task.put("network_mode", "awsvpc", test="awsvpc")
        sheet.say("it runs on Fargate, with network mode awsvpc")
        cpu, memory = draw.choice(((256, 512), (512, 1024), (1024, 2048), (1024, 4096), (2048, 8192)))
        task.put("cpu", cpu, "task CPU")
        task.put("memory", memory, "task memory")
        image, container, port = draw.image(), draw.choice(words.COMPONENTS), draw.port()
        sheet.say("container name", container)
        sheet.say("image", image)
        sheet.say("container port", port)
        mapping = {"containerPort": port, "protocol": "tcp"}
        definition = {"name": container, "image": image, "essential": True, "portMappings": [mapping]}
        task.put("container_definitions", Call("jsonencode", [definition]))
        # These are the defaults, written out.
        task.leave_free("container_definitions[0].essential", "container_definitions[0].portMappings[0].protocol")
        task.expect("container_definitions[*].name", container)
        task.expect("container_definitions[*].image", image)
        task.expect("container_definitions[*].portMappings[*].containerPort", port)
    if level >= 4:
        service = sheet.resource("aws_ecs_service", "service")
        service.put("name", f"{family_name}-svc", "service name")
        service.refer("cluster", cluster, ["id", "arn", "name"])
        service.refer("task_definition", task, ["arn", "id", "family"])
        service.put("desired_count", draw.number(1, 20), "desired count")
        service.put("launch_type", "FARGATE", test="FARGATE")
    if level >= 5:
        subnets = [f"subnet-{draw.hex()}" for _ in range(2)]
        sheet.say("subnets of the service", " and ".join(subnets))
        service.put("network_configuration[0].subnets", subnets, test={"items": subnets})
        public = service.put("network_configuration[0].assign_public_ip", draw.chance(0.3))
        service.expect("network_configuration[0].assign_public_ip", public)
        sheet.say(f"{'with' if public else 'without'} a public IP address")
        logs = sheet.resource("aws_cloudwatch_log_group", "logs")
        logs.put("name", f"/ecs/{name}", "log group")
        logs.put("retention_in_days", draw.choice((7, 14, 30, 90)), "log retention", show="{} days")
    if level == 1:
        return sheet.item("an ECS cluster", "an AWS ECS cluster")
    return sheet.item("an ECS cluster with a Fargate task", "a Fargate task on a new ECS cluster")
