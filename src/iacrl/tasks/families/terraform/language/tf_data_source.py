"""A data source that finds something, and a resource that uses what it found."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_TYPES = ("t3.micro", "t3.small", "m5.large", "c6i.large", "t4g.medium")
_IMAGES = (
    ("amazon", "al2023-ami-*-x86_64"),
    ("099720109477", "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*"),
    ("136693071363", "debian-12-amd64-*"),
    ("amazon", "amzn2-ami-hvm-*-x86_64-gp2"),
)


@family("terraform", levels={2: "a VPC by tag", 3: "an image", 4: "a server from it", 5: "in a subnet found by tag"})
def tf_data_source(draw: Draw, level: int) -> Item:
    """Draw one or two data sources."""
    sheet = TerraformSheet(draw)
    if level == 2:
        vpc = sheet.data("aws_vpc", "vpc")
        vpc.put("tags.Name", draw.name(), "Name tag of the existing VPC")
        group = sheet.resource("aws_security_group", "group")
        group.put("name", draw.name(), "security group in that VPC")
        group.refer("vpc_id", vpc)
        return sheet.item("a lookup of a VPC and a security group in it", "a data source for a VPC and a group in it")
    owner, pattern = draw.choice(_IMAGES)
    image = sheet.data("aws_ami", "image")
    image.put("most_recent", True, test=True)
    sheet.say("the most recent image")
    sheet.say("owner of the image", owner)
    image.put("owners", [owner], test=[owner])
    image.put("filter[0].name", "name", test="name")
    image.put("filter[0].values", [pattern], test=[pattern])
    sheet.say("image name like", pattern)
    server = sheet.resource("aws_instance", "server")
    server.refer("ami", image, ["id", "image_id"])
    server.put("instance_type", draw.choice(_TYPES), "instance type")
    if level >= 5:
        subnet = sheet.data("aws_subnet", "subnet")
        subnet.put("tags.Name", draw.name(), "Name tag of the existing subnet")
        server.refer("subnet_id", subnet)
    if level >= 4:
        server.put("tags.Name", draw.name(), "Name tag of the server")
    return sheet.item("an EC2 instance from the newest image", "a server whose AMI is looked up")
