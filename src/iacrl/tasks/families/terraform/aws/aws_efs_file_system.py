"""An EFS file system: modes, then lifecycle, mount targets and an access point."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={2: "token and mode", 3: "a lifecycle policy", 4: "a mount target", 5: "an access point"})
def aws_efs_file_system(draw: Draw, level: int) -> Item:
    """Draw one file system."""
    sheet = TerraformSheet(draw)
    files = sheet.resource("aws_efs_file_system", "files")
    files.put("creation_token", draw.name(), "creation token")
    files.put("performance_mode", draw.choice(("generalPurpose", "maxIO")), "performance mode")
    encrypted = files.put("encrypted", draw.chance(0.7))
    files.expect("encrypted", encrypted)
    sheet.say("encrypted at rest" if encrypted else "not encrypted")
    if level >= 3:
        days = draw.choice((7, 14, 30, 60, 90))
        sheet.say("files move to infrequent access after", f"{days} days")
        files.put("lifecycle_policy[0].transition_to_ia", f"AFTER_{days}_DAYS", test=f"AFTER_{days}_DAYS")
    files.put("tags.Name", draw.name(), "Name tag")
    if level >= 4:
        target = sheet.resource("aws_efs_mount_target", "target")
        target.refer("file_system_id", files)
        target.put("subnet_id", f"subnet-{draw.hex()}", "mount target in subnet")
        group = f"sg-{draw.hex()}"
        sheet.say("security group of the mount target", group)
        target.put("security_groups", [group], test=[group])
    if level >= 5:
        point = sheet.resource("aws_efs_access_point", "point")
        point.refer("file_system_id", files)
        point.put("posix_user[0].uid", draw.number(1000, 60000), "user ID of the access point")
        point.put("posix_user[0].gid", draw.number(1000, 60000), "group ID of the access point")
        point.put("root_directory[0].path", f"/{draw.identifier()}", "root directory of the access point")
    return sheet.item("an EFS file system", "an AWS EFS file system", "an elastic file system (EFS)")
