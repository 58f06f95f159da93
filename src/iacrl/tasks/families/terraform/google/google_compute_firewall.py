"""A firewall rule on Google Cloud: what it allows, from where, to which targets."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={1: "one port", 2: "a source range", 3: "priority and targets", 4: "two protocols"})
def google_compute_firewall(draw: Draw, level: int) -> Item:
    """Draw one rule."""
    sheet = TerraformSheet(draw)
    rule = sheet.resource("google_compute_firewall", "rule")
    rule.put("name", draw.name(), "rule name")
    rule.put("network", draw.choice(("default", f"{draw.choice(words.SERVICES)}-{draw.stage()}")), "network")
    if level >= 3:
        rule.put("priority", draw.number(100, 65000), "priority")
    ranges = [draw.cidr(draw.choice((16, 20, 24)))] if level >= 2 else ["0.0.0.0/0"]
    sheet.say("source range", ranges[0])
    rule.put("source_ranges", ranges, test=ranges)
    if level >= 3:
        targets = draw.sample(words.COMPONENTS, 2)
        sheet.say("target tags", " and ".join(targets))
        rule.put("target_tags", targets, test={"items": targets})
    allowed = []
    for protocol in draw.sample(("tcp", "udp"), 2 if level >= 4 else 1):
        ports = [str(draw.port())]
        sheet.say(f"allowed {protocol} port", ports[0])
        allowed.append({"protocol": protocol, "ports": ports})
    rule.each("allow", allowed)
    return sheet.item("a firewall rule on Google Cloud", "a GCP firewall rule", "a VPC firewall rule for Google Cloud")
