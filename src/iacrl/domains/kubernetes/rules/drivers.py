"""What storage drivers declare: CSIDriver and CSINode.

Source: `pkg/apis/storage/validation/validation.go`.
"""

from __future__ import annotations

from typing import Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, MALFORMED, Step, entries, placed
from iacrl.domains.kubernetes.rules.names_labels import check_selector

_POLICIES: Final = ("File", "None", "ReadWriteOnceWithFSType")
_SHORTEST_TOKEN: Final = 600  # seconds
_LONGEST_TOKEN: Final = 2**32
_SHORTEST_PERIOD: Final = 10  # seconds
_PERIOD_SINCE: Final = 35  # the feature gate MutableCSINodeAllocatableCount
_LONGEST_NODE: Final = 256


def check_csi_driver(manifest: Manifest) -> None:
    """Check a CSIDriver."""
    spec = manifest.values.get("spec") or {}
    manifest.one_of(spec.get("fsGroupPolicy"), _POLICIES, "spec", "fsGroupPolicy")
    for index, mode in entries(spec.get("volumeLifecycleModes")):
        manifest.one_of(mode, ("Ephemeral", "Persistent"), "spec", "volumeLifecycleModes", index)
    tokens = placed(spec.get("tokenRequests"), "spec", "tokenRequests")
    for at, token in tokens:
        manifest.within(token.get("expirationSeconds"), _SHORTEST_TOKEN, _LONGEST_TOKEN, *at, "expirationSeconds")
    manifest.unique(CONFLICT, "the audience", tokens, "audience")
    if manifest.minor >= _PERIOD_SINCE:
        period = spec.get("nodeAllocatableUpdatePeriodSeconds")
        manifest.within(period, _SHORTEST_PERIOD, None, "spec", "nodeAllocatableUpdatePeriodSeconds")
    if spec.get("serviceAccountTokenInSecrets") is not None and not spec.get("tokenRequests"):
        message = "serviceAccountTokenInSecrets needs tokenRequests."
        manifest.report_key(CONFLICT, message, "spec", "serviceAccountTokenInSecrets")


def check_csi_node(manifest: Manifest) -> None:
    """Check a CSINode."""
    drivers = placed((manifest.values.get("spec") or {}).get("drivers"), "spec", "drivers")
    for at, driver in drivers:
        check_driver_name(manifest, driver["name"], *at, "name")
        if manifest.needs(driver, "nodeID", *at) and len(driver["nodeID"]) > _LONGEST_NODE:
            manifest.report(MALFORMED, f"A nodeID has at most {_LONGEST_NODE} characters.", *at, "nodeID")
        for place, key in entries(driver.get("topologyKeys")):
            manifest.follows(key, grammar.qualified_name, *at, "topologyKeys", place)
        keys = [(key, (*at, "topologyKeys", place)) for place, key in entries(driver.get("topologyKeys"))]
        manifest.report_duplicates(CONFLICT, keys, "the topology key")
        manifest.within((driver.get("allocatable") or {}).get("count"), 0, None, *at, "allocatable", "count")
    manifest.unique(CONFLICT, "the driver", drivers, "name")


def check_attachment(manifest: Manifest) -> None:
    """Check a VolumeAttachment."""
    spec = manifest.values.get("spec") or {}
    check_driver_name(manifest, spec.get("attacher") or "", "spec", "attacher")
    manifest.must_follow(spec, "nodeName", grammar.dns_subdomain, "spec")
    source = spec.get("source") or {}
    given = [field for field in ("inlineVolumeSpec", "persistentVolumeName") if source.get(field) is not None]
    if len(given) != 1:
        manifest.report(
            CONFLICT, "A source is inlineVolumeSpec or persistentVolumeName, one of them.", "spec", "source"
        )
    elif given == ["inlineVolumeSpec"]:
        manifest.needs(source["inlineVolumeSpec"], "csi", "spec", "source", "inlineVolumeSpec")
    else:
        manifest.must_follow(source, "persistentVolumeName", grammar.dns_subdomain, "spec", "source")


def check_capacity(manifest: Manifest) -> None:
    """Check a CSIStorageCapacity."""
    check_selector(manifest, manifest.values.get("nodeTopology"), "nodeTopology")
    manifest.must_follow(manifest.values, "storageClassName", grammar.dns_subdomain)
    for field in ("capacity", "maximumVolumeSize"):
        manifest.quantity(manifest.values.get(field), field)


def check_driver_name(manifest: Manifest, name: str, *at: Step) -> None:
    """Check the name of a CSI driver, which may contain upper-case letters (`ValidateCSIDriverName`)."""
    if not name:
        manifest.needs({}, str(at[-1]), *at[:-1])
    elif len(name) > 63:
        manifest.report(MALFORMED, f"The driver's name {name[:40]!r}… has at most 63 characters.", *at)
    else:
        manifest.follows(name.lower(), grammar.dns_subdomain, *at)
