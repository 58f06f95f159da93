"""An application load balancer with a target group, then its listeners and a health check."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family(
    "terraform",
    levels={2: "the balancer alone", 3: "a target group", 4: "a listener that forwards", 5: "a health check and HTTPS"},
)
def aws_lb(draw: Draw, level: int) -> Item:
    """Draw one balancer."""
    sheet = TerraformSheet(draw)
    balancer = sheet.resource("aws_lb", "balancer")
    name = balancer.put("name", draw.name()[:28], "load balancer name")
    internal = balancer.put("internal", draw.chance())
    balancer.expect("internal", internal)
    sheet.say("internal" if internal else "reachable from the internet (internal = false)")
    balancer.put("load_balancer_type", "application", "load balancer type")
    subnets = [f"subnet-{draw.hex(8)}" for _ in range(2)]
    sheet.say("subnets", " and ".join(subnets))
    balancer.put("subnets", subnets, test={"items": subnets})
    if level >= 3:
        target = sheet.resource("aws_lb_target_group", "target")
        target.put("name", f"{name}-tg", "target group name")
        target.put("port", draw.port(), "target port")
        target.put("protocol", "HTTP", "target protocol")
        target.put("vpc_id", f"vpc-{draw.hex(8)}", "VPC")
    if level >= 5:
        target.put("health_check[0].path", draw.choice(("/health", "/status", "/ready", "/ping")), "health check path")
        target.put("health_check[0].interval", draw.number(10, 120, 5), "health check interval", show="{} seconds")
    if level >= 4:
        listener = sheet.resource("aws_lb_listener", "listener")
        listener.refer("load_balancer_arn", balancer, ["arn", "id"])
        listener.put("port", 443 if level >= 5 else draw.choice((80, 8080, 8000, 8888)), "listener port")
        listener.put("protocol", "HTTPS" if level >= 5 else "HTTP", "listener protocol")
        if level >= 5:
            zone = f"arn:aws:acm:{draw.region()}:{draw.account()}"
            listener.put("certificate_arn", f"{zone}:certificate/{draw.hex(8)}", "certificate")
        listener.put("default_action[0].type", "forward", test="forward")
        listener.refer("default_action[0].target_group_arn", target, ["arn", "id"])
        sheet.say("the listener forwards to the target group")
    return sheet.item("an application load balancer", "an AWS application load balancer", "an ALB")
