"""The truth engine: the real `terraform` or `tofu`, offline, with providers that only know their schemas."""

from importlib.util import find_spec

from iacrl.errors import UserError

if not all(map(find_spec, ("grpc", "msgpack", "google"))):
    raise UserError("The Terraform engine needs grpcio, protobuf and msgpack: pip install 'iacrl[terraform]'.")

from iacrl.domains.terraform.engine.engine import Plan, TerraformEngine
from iacrl.domains.terraform.engine.sandbox import RunLimits

__all__ = ["Plan", "RunLimits", "TerraformEngine"]
