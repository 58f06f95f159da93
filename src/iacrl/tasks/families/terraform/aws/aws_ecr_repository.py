"""An ECR repository: tag mutability and scanning, then a lifecycle policy."""

from __future__ import annotations

from iacrl.tasks.families.terraform.hcl import Call
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family(
    "terraform",
    levels={1: "name and mutability", 2: "scan on push", 3: "encryption and a tag", 4: "a lifecycle policy"},
)
def aws_ecr_repository(draw: Draw, level: int) -> Item:
    """Draw one repository."""
    sheet = TerraformSheet(draw)
    repository = sheet.resource("aws_ecr_repository", "repository")
    repository.put("name", f"{draw.team()}/{draw.name()}", "repository name")
    repository.put("image_tag_mutability", draw.choice(("MUTABLE", "IMMUTABLE")), "tag mutability")
    if level >= 2:
        scan = repository.put("image_scanning_configuration[0].scan_on_push", draw.chance(0.7))
        repository.expect("image_scanning_configuration[0].scan_on_push", scan)
        sheet.say(f"scan on push {'enabled' if scan else 'disabled'}")
    if level >= 3:
        repository.put("encryption_configuration[0].encryption_type", draw.choice(("KMS", "AES256")), "encryption")
        repository.put_all("tags", draw.tags(1), "tag")
    if level >= 4:
        policy = sheet.resource("aws_ecr_lifecycle_policy", "cleanup")
        policy.refer("repository", repository, ["name", "id"])
        kept = draw.number(5, 200)
        selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": kept}
        rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
        policy.put("policy", Call("jsonencode", {"rules": [rule]}))
        sheet.say("a lifecycle policy keeps only this many images", kept)
        policy.expect("policy.rules[*].selection.countNumber", kept)
        policy.expect("policy.rules[*].selection.countType", "imageCountMoreThan")
        policy.expect("policy.rules[*].action.type", "expire")
        policy.imply("policy.rules[*].selection.tagStatus", "any")
        policy.imply("policy.rules[*].rulePriority", {"at_least": 1})
    return sheet.item("an ECR repository", "an AWS ECR repository", "a container registry repository in ECR")
