"""The volumes of a pod."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, Step, entries, placed
from iacrl.domains.kubernetes.rules.environment import check_field_path, check_resource_field
from iacrl.domains.kubernetes.rules.names_labels import check_selector
from iacrl.domains.kubernetes.rules.rule_sources import core
from iacrl.domains.kubernetes.rules.volume_claims import check_claim
from iacrl.domains.kubernetes.rules.volume_sources import check_source
from iacrl.domains.paths import path_text
from iacrl.domains.rules import coded_rule

VOLUME_NAME = coded_rule(
    "KB429",
    "Malformed volume name",
    "A volume's name is an RFC 1123 label, and no other volume of the pod has it.",
    core("ValidateVolumes"),
)
VOLUME_SOURCE = coded_rule(
    "KB430",
    "Several volume sources",
    "A volume comes from one source (with none it is an emptyDir); each part of a projected volume from exactly one.",
    core("validateVolumeSource"),
)
VOLUME_PATH = coded_rule(
    "KB431",
    "Bad path in a volume",
    "Paths inside a volume are relative, without '..', and each is used once in a projected volume; a hostPath does "
    "not contain '..'.",
    core("validateLocalNonReservedPath, validatePathNoBacksteps, validateProjectionSources"),
)
#: The first releases in which the server checks image volumes, and projected bundles and certificates.
_IMAGES_SINCE: Final = 35
_BUNDLES_SINCE: Final = 37
_BUNDLES: Final = frozenset({"clusterTrustBundle", "podCertificate"})
_HOUR: Final = 3600
_KEY_TYPES: Final = frozenset({"RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"})
_BUNDLE_PATHS: Final = ("path", "credentialBundlePath", "keyPath", "certificateChainPath")

_PROJECTED: Final = (
    "secret",
    "configMap",
    "downwardAPI",
    "serviceAccountToken",
    "clusterTrustBundle",
    "podCertificate",
)


def check_volumes(manifest: Manifest, volumes: Any, *steps: Step) -> dict[str, str]:
    """Check the volumes of a pod; return the source of each by its name, empty if it has none."""
    names: list[tuple[Any, tuple[Step, ...]]] = []
    found: dict[str, str] = {}
    for at, volume in placed(volumes, *steps):
        name = volume.get("name") or ""
        if manifest.minor < _IMAGES_SINCE and volume.get("image") is not None:
            found[name] = "image"
            continue  # the server drops the volume and its mounts
        if why := grammar.dns_label(name):
            manifest.report(VOLUME_NAME, f"The volume name {name!r}: {why}.", *at, *(["name"] if name else []))
        names.append((name, (*at, "name")))
        sources = [field for field, value in volume.items() if field != "name" and value is not None]
        found[name] = sources[0] if sources else "emptyDir"
        if len(sources) > 1:
            message = f"The volume {name!r} has {len(sources)} sources: {', '.join(sources)}."
            manifest.report(VOLUME_SOURCE, message, *at)
        for source in sources:
            check = _CHECKS.get(source)
            if check is not None:
                check(manifest, volume[source], (*at, source))
            else:
                check_source(manifest, source, volume[source], (*at, source))
        _check_own_claim(manifest, volume, volumes, *at)
    manifest.report_duplicates(VOLUME_NAME, names, "the volume name")
    return found


def _check_own_claim(manifest: Manifest, volume: dict[str, Any], volumes: Any, *at: Step) -> None:
    """Report a claim that the server will create for an ephemeral volume of the same pod."""
    name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
    if name and manifest.kind == "Pod":
        created = [f"{manifest.name}-{each.get('name')}" for _, each in entries(volumes) if each.get("ephemeral")]
        if name in created:
            message = f"The claim {name!r} is that of an ephemeral volume of this pod."
            manifest.report(VOLUME_SOURCE, message, *at, "persistentVolumeClaim", "claimName")


def _check_items(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    manifest.within(source.get("defaultMode"), 0, 0o777, *at, "defaultMode")
    for here, item in placed(source.get("items"), *at, "items"):
        manifest.needs(item, "key", *here)
        manifest.within(item.get("mode"), 0, 0o777, *here, "mode")
        if manifest.needs(item, "path", *here):
            _check_path(manifest, item["path"], *here, "path")


def _check_path(manifest: Manifest, path: str, *steps: Step) -> None:
    if why := grammar.reserved_path(path):
        manifest.report(VOLUME_PATH, f"{path_text(steps)} {path!r}: {why}.", *steps)


def _check_config_map(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    manifest.needs(source, "name", *at)
    _check_items(manifest, source, at)


def _check_secret(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    manifest.needs(source, "secretName", *at)
    _check_items(manifest, source, at)


def _check_empty_dir(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    manifest.quantity(source.get("sizeLimit"), *at, "sizeLimit")


def _check_downward(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    manifest.within(source.get("defaultMode"), 0, 0o777, *at, "defaultMode")
    for here, item in placed(source.get("items"), *at, "items"):
        manifest.within(item.get("mode"), 0, 0o777, *here, "mode")
        if manifest.needs(item, "path", *here):
            _check_path(manifest, item["path"], *here, "path")
        given = [field for field in ("fieldRef", "resourceFieldRef") if item.get(field) is not None]
        if len(given) != 1:
            manifest.report(VOLUME_SOURCE, f"{path_text(here)} needs one of fieldRef and resourceFieldRef.", *here)
        for field in given:
            check = check_field_path if field == "fieldRef" else check_resource_field
            check(manifest, item[field], (*here, field), in_volume=True)


def _check_projected(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    manifest.within(source.get("defaultMode"), 0, 0o777, *at, "defaultMode")
    paths: list[tuple[Any, tuple[Step, ...]]] = []
    for here, part in placed(source.get("sources"), *at, "sources"):
        given = [field for field in _PROJECTED if part.get(field) is not None]
        kept = given if manifest.minor >= _BUNDLES_SINCE else [field for field in given if field not in _BUNDLES]
        if len(kept) > 1:
            manifest.report(VOLUME_SOURCE, f"{path_text(here)} has one of {', '.join(_PROJECTED)}.", *here)
        for field in given:
            for place, item in entries(part[field].get("items")):
                paths.append((item.get("path"), (*here, field, "items", place, "path")))
            if field in {"configMap", "secret"}:
                _check_config_map(manifest, part[field], (*here, field))
            elif field == "downwardAPI":
                _check_downward(manifest, part[field], (*here, field))
            elif field == "serviceAccountToken":
                _check_token(manifest, part[field], *here, field)
                paths.append((part[field].get("path"), (*here, field, "path")))
            elif manifest.minor >= _BUNDLES_SINCE:
                check = _check_bundle if field == "clusterTrustBundle" else _check_certificate
                check(manifest, part[field], *here, field)
                named = [name for name in _BUNDLE_PATHS if part[field].get(name)]
                paths += [(part[field][name], (*here, field, name)) for name in named]
    manifest.report_duplicates(VOLUME_PATH, paths, "the path")


def _check_token(manifest: Manifest, token: dict[str, Any], *at: Step) -> None:
    spec = manifest.values.get("spec") or {}
    if manifest.kind == "Pod" and not spec.get("serviceAccountName") and not spec.get("serviceAccount"):
        manifest.report(CONFLICT, "A token needs the pod's serviceAccountName.", *at)
    manifest.within(token.get("expirationSeconds"), 600, 2**32, *at, "expirationSeconds")
    if manifest.needs(token, "path", *at):
        _check_path(manifest, token["path"], *at, "path")


def _check_bundle(manifest: Manifest, bundle: dict[str, Any], *at: Step) -> None:
    if (bundle.get("name") is None) == (bundle.get("signerName") is None):
        manifest.report(VOLUME_SOURCE, f"{path_text(at)} has name or signerName, one of the two.", *at)
    if bundle.get("name") is not None:
        bare = bundle["name"].rpartition(":")[2]  # a bundle of a signer has the signer's name as its prefix
        manifest.follows(bare, grammar.dns_subdomain, *at, "name")
        if bundle.get("labelSelector") is not None:
            manifest.report_key(CONFLICT, "labelSelector needs signerName.", *at, "labelSelector")
    manifest.follows(bundle.get("signerName"), grammar.signer_name, *at, "signerName")
    check_selector(manifest, bundle.get("labelSelector"), *at, "labelSelector")
    if manifest.needs(bundle, "path", *at):
        _check_path(manifest, bundle["path"], *at, "path")


def _check_certificate(manifest: Manifest, certificate: dict[str, Any], *at: Step) -> None:
    manifest.follows(certificate.get("signerName") or "", grammar.signer_name, *at, "signerName")
    manifest.one_of(certificate.get("keyType") or "", _KEY_TYPES, *at, "keyType")
    manifest.within(certificate.get("maxExpirationSeconds"), _HOUR, 91 * 24 * _HOUR, *at, "maxExpirationSeconds")
    given = [name for name in _BUNDLE_PATHS if certificate.get(name)]
    if not given:
        manifest.report(VOLUME_SOURCE, f"{path_text(at)} needs a path.", *at)
    for name in given:
        _check_path(manifest, certificate[name], *at, name)


def _check_ephemeral(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    if manifest.needs(source, "volumeClaimTemplate", *at):
        template = source["volumeClaimTemplate"]
        for field in (template.get("metadata") or {}).keys() - {"annotations", "labels"}:
            message = "The claim of an ephemeral volume is named by the API server: it has labels and annotations only."
            manifest.report_key(CONFLICT, message, *at, "volumeClaimTemplate", "metadata", field)
        check_claim(manifest, template.get("spec") or {}, *at, "volumeClaimTemplate", "spec")


_CHECKS: Final = {
    "configMap": _check_config_map,
    "secret": _check_secret,
    "emptyDir": _check_empty_dir,
    "downwardAPI": _check_downward,
    "projected": _check_projected,
    "ephemeral": _check_ephemeral,
}
