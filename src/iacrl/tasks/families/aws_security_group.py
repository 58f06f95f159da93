"""A security group with inline rules."""

from __future__ import annotations

from iacrl.tasks.family import Item, family
from iacrl.tasks.hcl import Block, module, resource
from iacrl.tasks.intent import exists, under, wants
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import Facts, ask

_PORTS = (22, 80, 443, 3306, 5432, 6379, 8080, 8443, 9090, 9200, 27017)


@family(
    "terraform",
    levels={2: "one way in", 3: "two ways in", 4: "a way out and tags", 5: "three ways in, in one VPC"},
)
def aws_security_group(draw: Draw, level: int) -> Item:
    """Draw one security group."""
    name = draw.name()
    description = f"{draw.choice(('Access to', 'Traffic for', 'Rules of', 'Firewall for'))} {name}"
    facts: Facts = [("group name", name), ("description", description)]
    body: dict[str, object] = {"name": name, "description": description}
    if level >= 5:
        body["vpc_id"] = f"vpc-{draw.rng.getrandbits(32):08x}"
        facts.append(("VPC ID", body["vpc_id"]))
    tests = dict(body)
    rules = []
    for port in draw.sample((*_PORTS, draw.number(10000, 32767)), {2: 1, 3: 2, 4: 2, 5: 3}[level]):
        protocol, cidr = draw.choice(("tcp", "tcp", "udp")), draw.cidr(draw.choice((16, 24, 28)))
        facts.append((f"allow incoming {protocol} port {port} from", cidr))
        rules.append({"from_port": port, "to_port": port, "protocol": protocol, "cidr_blocks": [cidr]})
    body["ingress"] = [Block(rule) for rule in rules]
    tests |= under("ingress[0]", rules[0]) if level == 2 else {"ingress": {"some": rules, "length": len(rules)}}
    if level >= 4:
        facts.append("all outgoing traffic is allowed")
        body["egress"] = Block({"from_port": 0, "to_port": 0, "protocol": "-1", "cidr_blocks": ["0.0.0.0/0"]})
        tests |= {"egress[0].protocol": {"one_of": ["-1", "all"]}, "egress[0].cidr_blocks": ["0.0.0.0/0"]}
        body["tags"] = tags = draw.tags(2)
        tests |= under("tags", tags)
        facts += [(f"tag {key}", value) for key, value in tags.items()]
    subject = draw.choice(("a security group", "an AWS security group", "an EC2 security group"))
    return Item(
        ask(subject, *facts),
        module(resource("aws_security_group", "main", body)),
        wants(exists("group", "resource aws_security_group", tests)),
    )
