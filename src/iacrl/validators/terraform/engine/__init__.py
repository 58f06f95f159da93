"""The truth engine: the real `terraform` or `tofu`, offline, with providers that only know their schemas."""

from iacrl.validators.terraform.engine.engine import Plan, TerraformEngine
from iacrl.validators.terraform.engine.sandbox import Limits

__all__ = ["Limits", "Plan", "TerraformEngine"]
