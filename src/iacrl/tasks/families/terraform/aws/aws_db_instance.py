"""An RDS instance: engine and size, then backups, networking and a parameter group."""

from __future__ import annotations

from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family

_ENGINES = {
    "postgres": ("14.12", "15.7", "16.3"),
    "mysql": ("8.0.36", "8.0.39", "8.4.2"),
    "mariadb": ("10.6.18", "10.11.8"),
}
_CLASSES = ("db.t3.micro", "db.t3.medium", "db.t4g.small", "db.m5.large", "db.r5.large", "db.m6g.xlarge")


@family(
    "terraform",
    levels={2: "engine and size", 3: "a user and backups", 4: "a subnet group", 5: "a parameter group"},
)
def aws_db_instance(draw: Draw, level: int) -> Item:
    """Draw one instance."""
    sheet = TerraformSheet(draw)
    database = sheet.resource("aws_db_instance", "database")
    name = database.put("identifier", draw.name(), "identifier")
    engine = "postgres" if level >= 5 else draw.choice(list(_ENGINES))
    database.put("engine", engine, "engine")
    version = database.put("engine_version", draw.choice(_ENGINES[engine]), "engine version")
    database.put("instance_class", draw.choice(_CLASSES), "instance class")
    database.put("allocated_storage", draw.number(20, 1000, 10), "storage", show="{} GiB")
    if level >= 3:
        database.put("username", draw.choice(("admin", "root", "dbadmin", "app", "master")), "master user")
        database.put("manage_master_user_password", True, test=True)
        sheet.say("the master password is managed by RDS (manage_master_user_password)")
        database.put("backup_retention_period", draw.number(1, 35), "backup retention", show="{} days")
        multi = database.put("multi_az", draw.chance())
        database.expect("multi_az", multi)
        sheet.say("in several availability zones (Multi-AZ)" if multi else "not Multi-AZ")
    if level >= 4:
        group = sheet.resource("aws_db_subnet_group", "subnets")
        group.put("name", f"{name}-subnets", "subnet group name")
        subnets = [f"subnet-{draw.hex(8)}" for _ in range(2)]
        sheet.say("subnets of the group", " and ".join(subnets))
        group.put("subnet_ids", subnets, test={"items": subnets})
        database.refer("db_subnet_group_name", group, ["name", "id"])
    if level >= 5:
        parameters = sheet.resource("aws_db_parameter_group", "parameters")
        parameters.put("name", f"{name}-params", "parameter group name")
        parameters.put("family", f"postgres{version.split('.')[0]}", "parameter group family")
        key, value = draw.choice(
            (("log_min_duration_statement", draw.number(100, 5000)), ("work_mem", draw.number(4096, 65536)))
        )
        parameters.put("parameter[0].name", key, test=key)
        parameters.put("parameter[0].value", str(value), f"parameter {key}")
        database.refer("parameter_group_name", parameters, ["name", "id"])
    database.put("skip_final_snapshot", True, test=True)
    sheet.say("no final snapshot when it is deleted")
    return sheet.item("an RDS database instance", "an RDS instance", "an AWS RDS database")
