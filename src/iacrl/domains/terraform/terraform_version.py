"""The Terraform version that verdicts follow. Verdicts were compared with this version of the program only."""

VERSION = "1.11.4"
TERRAFORM_VERSION = tuple(map(int, VERSION.split(".")))
