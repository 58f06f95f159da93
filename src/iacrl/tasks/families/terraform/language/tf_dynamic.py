"""Dynamic blocks: one nested block for each element of a variable."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.hcl import HclBlock, Ref
from iacrl.tasks.families.terraform.sheet import TerraformSheet, beside
from iacrl.tasks.family import Draw, Item, family

_PORTS = (22, 80, 443, 3306, 5432, 6379, 8080, 8443, 9090, 9200)


@family("terraform", levels={3: "ports of a variable", 4: "three ports and a tag", 5: "sources by port"})
def tf_dynamic(draw: Draw, level: int) -> Item:
    """Draw one security group whose rules come from a variable."""
    sheet = TerraformSheet(draw)
    variable = sheet.block("variable", f"{draw.choice(words.SERVICES)}_{'sources' if level >= 5 else 'ports'}")
    sheet.say("variable", variable.named)
    ports, cidr = draw.sample(_PORTS, 2 if level == 3 else 3), draw.cidr(16)
    sources = {str(port): draw.cidr(24) for port in ports}
    if level >= 5:
        variable.put("type", Ref("map(string)"), "type of the variable", test={"code": "map(string)"})
        variable.put("default", sources, test={"equals": sources})
        sheet.say(
            "default of the variable, CIDR by port",
            " and ".join(f"{port} from {source}" for port, source in sources.items()),
        )
        port_code, cidr_code = "ingress.key", "[ingress.value]"
    else:
        variable.put("type", Ref("list(number)"), "type of the variable", test={"code": "list(number)"})
        variable.put("default", ports, "default of the variable", test=ports)
        sheet.say("every port is open from", cidr)
        port_code, cidr_code = "ingress.value", f'["{cidr}"]'
    group = sheet.resource("aws_security_group", "group")
    group.put("name", draw.name(), "security group name")
    content = {
        "from_port": Ref(port_code),
        "to_port": Ref(port_code),
        "protocol": "tcp",
        "cidr_blocks": Ref(cidr_code),
    }
    loop = {"for_each": variable.ref(""), "content": HclBlock(content)}
    group.put("dynamic", HclBlock(loop, ("ingress",)))
    # One value of the variable does not show whether the blocks come from it: two others, fewer and more, do.
    group.leave_free("dynamic")
    group.expect("ingress", _ingress(sources if level >= 5 else dict.fromkeys(map(str, ports), cidr)))
    others = beside(_PORTS, ports, 4)
    for given in ([ports[0], *others[:3], 65535], others[3:]):
        rules = {str(port): f"172.16.{n}.0/24" if level >= 5 else cidr for n, port in enumerate(given)}
        sheet.case({variable.ref("").text: rules if level >= 5 else given}, {group: {"ingress": _ingress(rules)}})
    sheet.say("one tcp ingress block for each element of the variable")
    if level >= 4:
        group.put_all("tags", draw.tags(1), "tag")
    return sheet.item(
        "a security group whose rules come from a variable", "a security group with dynamic ingress blocks"
    )


def _ingress(sources: dict[str, str]) -> dict[str, object]:
    """Return the test for one block for each port, with its source."""
    rules = [
        {"from_port": int(port), "to_port": int(port), "protocol": "tcp", "cidr_blocks": [source]}
        for port, source in sources.items()
    ]
    return {"some": rules, "length": len(rules)}
