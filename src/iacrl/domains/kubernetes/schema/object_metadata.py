"""Metadata of objects that Kubernetes' own schemas do not describe: of lists, and of custom resources."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.schema.api_schemas import schemas_of
from iacrl.domains.kubernetes.schema.schema_errors import OF_STRICT_DECODING, report_schema_errors
from iacrl.domains.kubernetes.schema.zero_values import without_nulls

if TYPE_CHECKING:
    import jsonschema_rs

_OBJECT_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def object_metadata(
    manifest: Manifest,
    metadata: Any,
    *at: str | int,
    ignored: Callable[[jsonschema_rs.ValidationError], bool] | None = None,
) -> dict[str, Any] | None:
    """Check metadata against Kubernetes' schema of it, and report what is wrong.

    Args:
        manifest: The object.
        metadata: Any value except null.
        at: The steps to the metadata.
        ignored: Whether an error is not reported.

    Returns:
        The metadata as the API server decodes it; None if it does not fit the schema.
    """
    schemas = schemas_of(manifest.version)
    definition = schemas.schema(_OBJECT_META)
    part = Manifest(
        without_nulls(metadata, definition, definition["$defs"]) if isinstance(metadata, dict) else metadata,
        manifest.document, (*manifest.steps, *at), manifest.findings, manifest.version,
    )  # fmt: skip
    part.kind = "metadata"
    validator = schemas.validator(_OBJECT_META)
    if validator.is_valid(part.values):
        return part.values
    report_schema_errors(part, validator, definition, ignored)
    return None


def check_list_metadata(holder: Manifest) -> None:
    """Check the metadata of a `List`: kubectl decodes it, and drops the fields that it does not know."""
    metadata = holder.values.get("metadata")
    if metadata is not None:
        object_metadata(holder, metadata, "metadata", ignored=lambda error: error.kind.name in OF_STRICT_DECODING)
