"""The own fields of a typed list such as a PodList."""

from __future__ import annotations

from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.schema.api_schemas import schemas_of
from iacrl.domains.kubernetes.schema.schema_errors import report_schema_errors
from iacrl.domains.kubernetes.schema.zero_values import without_nulls


def check_list_fields(holder: Manifest) -> None:
    """Report the fields of a typed list, outside of its items, that do not fit the schema of its kind."""
    schemas = schemas_of(holder.version)
    definition = schemas.name_of(holder.api_version, holder.kind)
    if definition is not None:
        validator, schema = schemas.validator(definition), schemas.schema(definition)
        holder.values = without_nulls(holder.values, schema, schema["$defs"])
        report_schema_errors(holder, validator, schema, lambda error: error.instance_path[:1] == ["items"])
