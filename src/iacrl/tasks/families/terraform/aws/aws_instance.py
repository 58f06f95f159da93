"""An EC2 instance: image and type, then its disk, a key, an address and an extra volume."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_TYPES = (
    "t3.micro",
    "t3.small",
    "t3.medium",
    "m5.large",
    "m6i.xlarge",
    "c5.large",
    "c6g.xlarge",
    "r5.large",
    "t4g.small",
)


@family(
    "terraform",
    levels={1: "image and type", 2: "a subnet and a name", 3: "a root disk", 4: "an address", 5: "an extra volume"},
)
def aws_instance(draw: Draw, level: int) -> Item:
    """Draw one instance."""
    sheet = TerraformSheet(draw)
    server = sheet.resource("aws_instance", "server")
    server.put("ami", f"ami-{draw.hex(17)}", "AMI")
    server.put("instance_type", draw.choice(_TYPES), "instance type")
    zone = f"{draw.region()}{draw.choice('abc')}"
    if level >= 5:
        server.put("availability_zone", zone, "availability zone")
    elif level >= 2:
        server.put("subnet_id", f"subnet-{draw.hex(8)}", "subnet")
    if level >= 4:
        server.put("key_name", f"{draw.team()}-key", "key pair")
    if level >= 3:
        server.put("root_block_device[0].volume_size", draw.number(10, 500), "root disk", show="{} GiB")
        server.put("root_block_device[0].volume_type", draw.choice(("gp3", "gp2", "io1")), "root disk type")
    if level >= 2:
        server.put("tags.Name", draw.name(), "Name tag")
    if level >= 4:
        address = sheet.resource("aws_eip", "address")
        address.refer("instance", server, "id", said="an elastic IP address belongs to it")
        address.put("domain", "vpc")
        address.leave_free("domain")  # the only value that AWS still has
    if level >= 5:
        volume = sheet.resource("aws_ebs_volume", "data")
        volume.put("availability_zone", zone, test=zone)
        volume.put("size", draw.number(20, 2000), "extra EBS volume in the same zone", show="{} GiB")
        attachment = sheet.resource("aws_volume_attachment", "attachment", "data")
        attachment.put("device_name", f"/dev/sd{draw.choice('fghij')}", "device name of the extra volume")
        attachment.refer("volume_id", volume)
        attachment.refer("instance_id", server)
    return sheet.item("an EC2 instance", "an AWS EC2 instance", "a virtual machine on EC2")
