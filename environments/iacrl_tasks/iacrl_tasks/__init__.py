"""The taskset of iacrl under a name that verifiers and its Hub find."""

from iacrl.adapters.verifiers_taskset import IacrlTaskset

__all__ = ["IacrlTaskset"]
