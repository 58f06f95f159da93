"""The version of Terraform whose verdicts are given: those of no other were compared with the program's."""

VERSION = "1.11.4"
TERRAFORM_VERSION = tuple(map(int, VERSION.split(".")))
