"""A Route 53 zone, then records in it."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={1: "a zone with a comment", 2: "an A record", 3: "a CNAME record", 4: "mail records"})
def aws_route53_zone(draw: Draw, level: int) -> Item:
    """Draw one zone and up to three records."""
    sheet = TerraformSheet(draw)
    zone = sheet.resource("aws_route53_zone", "zone")
    domain = zone.put("name", draw.domain(), "zone")
    zone.put("comment", f"{draw.choice(('Owned by', 'Managed by', 'Zone of'))} {draw.team()}", "comment")
    if level >= 2:
        host = draw.choice(("www", "api", "app", "portal", "login"))
        address = f"{draw.number(11, 223)}.{draw.number(0, 255)}.{draw.number(0, 255)}.{draw.number(1, 254)}"
        record = sheet.resource("aws_route53_record", "host", host)
        record.refer("zone_id", zone, ["zone_id", "id"])
        record.put("name", f"{host}.{domain}", "A record", test={"one_of": [f"{host}.{domain}", host]})
        record.put("type", "A", test="A")
        record.put("ttl", draw.choice((60, 120, 300, 600, 900, 1800, 3600)), "TTL of the A record", show="{} seconds")
        sheet.say(f"the host {host} points to", address)
        record.put("records", [address], test=[address])
    if level >= 3:
        alias = draw.choice(("blog", "shop", "docs", "status", "help"))
        record = sheet.resource("aws_route53_record", "alias", alias)
        record.refer("zone_id", zone, ["zone_id", "id"])
        record.put("name", f"{alias}.{domain}", "CNAME record", test={"one_of": [f"{alias}.{domain}", alias]})
        record.put("type", "CNAME", test="CNAME")
        record.put("ttl", draw.number(60, 7200, 60), "TTL of the CNAME record", show="{} seconds")
        sheet.say(f"the host {alias} is an alias of", target := draw.domain())
        record.put("records", [target], test=[target])
    if level >= 4:
        mail = sheet.resource("aws_route53_record", "mail")
        mail.refer("zone_id", zone, ["zone_id", "id"])
        mail.put("name", domain)
        mail.imply("name", {"one_of": [domain, ""]})
        mail.put("type", "MX", test="MX")
        mail.put("ttl", draw.number(300, 86400, 300), "TTL of the MX record", show="{} seconds")
        servers = [f"{draw.number(1, 20)} mx1.{draw.domain()}", f"{draw.number(21, 50)} mx2.{draw.domain()}"]
        sheet.say("MX record of the zone itself", " and ".join(servers))
        mail.put("records", servers, test={"items": servers})
    return sheet.item("a Route 53 hosted zone", "a public DNS zone in Route 53")
