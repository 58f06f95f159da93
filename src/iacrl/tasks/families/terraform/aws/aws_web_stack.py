"""A web tier: security group and balancer, then the group of servers behind it, then scaling and an alarm."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_TYPES = ("t3.micro", "t3.small", "t3.large", "m5.large", "c5.xlarge", "m6i.large")


@family("terraform", levels={3: "a balancer", 4: "servers behind it", 5: "scaling and an alarm"})
def aws_web_stack(draw: Draw, level: int) -> Item:
    """Draw one web tier in a given VPC; at level 5 it has eight linked resources."""
    sheet = TerraformSheet(draw)
    name, port, vpc = draw.name()[:24], draw.number(3000, 9999), f"vpc-{draw.hex()}"
    subnets = [f"subnet-{draw.hex()}" for _ in range(2)]
    sheet.say("VPC", vpc)
    sheet.say("subnets", " and ".join(subnets))
    firewall = sheet.resource("aws_security_group", "firewall")
    firewall.put("name", f"{name}-sg", "security group")
    firewall.put("vpc_id", vpc, test=vpc)
    source = draw.cidr(16)
    firewall.each("ingress", [{"from_port": 80, "to_port": 80, "protocol": "tcp", "cidr_blocks": [source]}])
    sheet.say("the security group lets in tcp port 80 from", source)
    balancer = sheet.resource("aws_lb", "balancer")
    balancer.put("name", name, "application load balancer")
    balancer.put("security_groups", [firewall.ref("id")])
    balancer.expect("security_groups[*]", {"refers_to": "firewall", "by": ["id"]})
    sheet.say("the balancer is in that security group")
    balancer.put("subnets", subnets, test={"items": subnets})
    target = sheet.resource("aws_lb_target_group", "target")
    target.put("name", f"{name}-tg", "target group")
    target.put("port", port, "port of the target group")
    target.put("protocol", "HTTP", test="HTTP")
    target.put("vpc_id", vpc, test=vpc)
    listener = sheet.resource("aws_lb_listener", "listener")
    listener.refer("load_balancer_arn", balancer, ["arn", "id"], said="the balancer listens on HTTP port 80")
    listener.put("port", 80, test=80)
    listener.put("protocol", "HTTP", test="HTTP")
    listener.put("default_action[0].type", "forward", test="forward")
    listener.refer(
        "default_action[0].target_group_arn", target, ["arn", "id"], said="the listener forwards to the target group"
    )
    if level >= 4:
        template = sheet.resource("aws_launch_template", "template")
        template.put("name", f"{name}-lt", "launch template")
        template.put("image_id", f"ami-{draw.hex(17)}", "AMI")
        template.put("instance_type", draw.choice(_TYPES), "instance type")
        servers = sheet.resource("aws_autoscaling_group", "servers")
        servers.put("name", f"{name}-asg", "Auto Scaling group")
        low = draw.number(1, 5)
        servers.put("min_size", low, "minimum size")
        servers.put("max_size", low + draw.number(1, 12), "maximum size")
        servers.put("vpc_zone_identifier", subnets, test={"items": subnets})
        servers.put("target_group_arns", [target.ref("arn")])
        servers.expect("target_group_arns[*]", {"refers_to": "target", "by": ["arn", "id"]})
        sheet.say("the group starts servers from the launch template and registers them with the target group")
        servers.refer("launch_template[0].id", template)
        servers.put("launch_template[0].version", "$Latest")
        # A new template has one version: the default one is the same, and so is the attribute `latest_version`.
        servers.leave_free("launch_template[0].version")
    if level >= 5:
        policy = sheet.resource("aws_autoscaling_policy", "policy")
        policy.put("name", f"{name}-out", "scaling policy")
        policy.refer("autoscaling_group_name", servers, ["name", "id"])
        policy.put("adjustment_type", "ChangeInCapacity", test="ChangeInCapacity")
        policy.put("scaling_adjustment", draw.number(1, 4), "servers that the policy adds")
        alarm = sheet.resource("aws_cloudwatch_metric_alarm", "alarm")
        alarm.put("alarm_name", f"{name}-cpu", "alarm that runs the policy")
        alarm.put("namespace", "AWS/EC2", test="AWS/EC2")
        alarm.put("metric_name", "CPUUtilization", "metric of the alarm")
        alarm.put("statistic", "Average", test="Average")
        alarm.put("comparison_operator", "GreaterThanThreshold", test="GreaterThanThreshold")
        alarm.put("threshold", draw.number(50, 95), "average above which it alarms")
        alarm.put("period", draw.number(60, 900, 60), "period in seconds")
        alarm.put("evaluation_periods", draw.number(1, 9), "evaluation periods")
        alarm.refer("dimensions.AutoScalingGroupName", servers, "name", said="the alarm watches the group")
        alarm.put("alarm_actions", [policy.ref("arn")])
        alarm.expect("alarm_actions[*]", {"refers_to": "policy", "by": ["arn"]})
    return sheet.item("a load-balanced web tier", "a web tier behind an application load balancer")
