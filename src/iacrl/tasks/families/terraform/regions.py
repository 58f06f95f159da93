"""Regions of the clouds whose region names are not in `iacrl.tasks.words`."""

# ruff: noqa: SIM905 - a text of words is easier to read than a tuple of quoted ones

from __future__ import annotations

GOOGLE = tuple(
    """us-central1 us-east1 us-east4 us-west1 us-west2 europe-west1 europe-west2 europe-west3 europe-west4
    europe-north1 asia-east1 asia-south1 asia-northeast1 asia-southeast1 australia-southeast1
    southamerica-east1""".split()
)
AZURE = tuple(
    """eastus eastus2 westus2 westus3 centralus northeurope westeurope uksouth francecentral germanywestcentral
    swedencentral norwayeast southeastasia eastasia japaneast australiaeast brazilsouth canadacentral""".split()
)
