"""The engine: the real `terraform` or `tofu`, offline, with providers that only know their schemas."""

from iacrl.extras import require

require("The Terraform engine", "terraform", ("grpc", "google.protobuf", "msgpack"))

from iacrl.domains.terraform.engine.engine import Plan, TerraformEngine  # noqa: E402 - they import these packages
from iacrl.domains.terraform.engine.sandbox import RunLimits  # noqa: E402

__all__ = ["Plan", "RunLimits", "TerraformEngine"]
