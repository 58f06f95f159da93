"""Terraform's backends, for checking the arguments of `terraform_remote_state`.

Terraform checks the `config` of this data source as soon as all of it is known; the arguments of a `backend` block are
left to `terraform init`. The tables give the answers of `terraform validate` 1.11.
"""

from __future__ import annotations

from collections.abc import Iterator

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import BOOL, NUMBER, SET_OF_STRING, STRING, Type, object_of
from iacrl.domains.terraform.cty.values import Value


def _typed(type: Type, names: str) -> dict[str, Type]:
    return dict.fromkeys(names.split(), type)


def _strings(names: str, required: str = "") -> Type:
    wanted = _typed(STRING, f"{names} {required}")
    return object_of(wanted, wanted.keys() - set(required.split()))


_BACKENDS: dict[str, dict[str, Type]] = {
    "azurerm": _typed(
        STRING,
        "storage_account_name container_name key environment metadata_host resource_group_name subscription_id "
        "tenant_id client_id client_id_file_path client_secret client_secret_file_path client_certificate "
        "client_certificate_path client_certificate_password endpoint msi_endpoint oidc_token oidc_token_file_path "
        "oidc_request_url oidc_request_token ado_pipeline_service_connection_id access_key sas_token",
    )
    | _typed(BOOL, "use_msi use_oidc use_cli use_azuread_auth use_aks_workload_identity snapshot lookup_blob_endpoint"),
    "consul": _typed(STRING, "path address scheme datacenter access_token http_auth ca_file cert_file key_file")
    | _typed(BOOL, "gzip lock"),
    "cos": _typed(
        STRING,
        "secret_id secret_key security_token region bucket prefix key acl domain endpoint shared_credentials_dir "
        "profile cam_role_name",
    )
    | _typed(BOOL, "encrypt accelerate")
    | _typed(types.DYNAMIC, "assume_role"),
    "gcs": _typed(
        STRING,
        "bucket prefix credentials access_token impersonate_service_account encryption_key kms_encryption_key "
        "storage_custom_endpoint",
    )
    | _typed(types.LIST_OF_STRING, "impersonate_service_account_delegates"),
    "http": _typed(
        STRING,
        "address update_method lock_address lock_method unlock_address unlock_method username password "
        "client_ca_certificate_pem client_certificate_pem client_private_key_pem",
    )
    | _typed(BOOL, "skip_cert_verification")
    | _typed(NUMBER, "retry_max retry_wait_min retry_wait_max"),
    "inmem": _typed(STRING, "lock_id"),
    "kubernetes": _typed(
        STRING,
        "secret_suffix namespace host username password client_certificate client_key cluster_ca_certificate "
        "config_path config_context config_context_auth_info config_context_cluster token proxy_url",
    )
    | _typed(BOOL, "in_cluster_config load_config_file insecure")
    | _typed(types.LIST_OF_STRING, "config_paths")
    | _typed(types.MAP_OF_STRING, "labels")
    | _typed(types.DYNAMIC, "exec"),
    "local": _typed(STRING, "path workspace_dir"),
    "oss": _typed(
        STRING,
        "access_key secret_key security_token ecs_role_name region sts_endpoint tablestore_endpoint endpoint bucket "
        "prefix key tablestore_table acl assume_role_role_arn assume_role_session_name assume_role_policy "
        "shared_credentials_file profile",
    )
    | _typed(BOOL, "encrypt")
    | _typed(NUMBER, "assume_role_session_expiration")
    | _typed(types.DYNAMIC, "assume_role"),
    "pg": _typed(STRING, "conn_str schema_name")
    | _typed(BOOL, "skip_schema_creation skip_table_creation skip_index_creation"),
    "remote": _typed(STRING, "hostname organization token") | _typed(types.DYNAMIC, "workspaces"),
    "s3": _typed(
        STRING,
        "bucket key region acl kms_key_id dynamodb_table dynamodb_endpoint endpoint iam_endpoint sts_endpoint "
        "sts_region access_key secret_key token profile custom_ca_bundle ec2_metadata_service_endpoint "
        "ec2_metadata_service_endpoint_mode http_proxy https_proxy no_proxy retry_mode shared_credentials_file "
        "sse_customer_key workspace_key_prefix",
    )
    | _typed(
        BOOL,
        "encrypt insecure skip_credentials_validation skip_region_validation skip_requesting_account_id "
        "skip_metadata_api_check skip_s3_checksum use_dualstack_endpoint use_fips_endpoint use_lockfile "
        "use_path_style force_path_style",
    )
    | _typed(NUMBER, "max_retries")
    | _typed(SET_OF_STRING, "allowed_account_ids forbidden_account_ids shared_config_files shared_credentials_files")
    | _typed(_strings("dynamodb iam s3 sso sts"), "endpoints")
    | _typed(_strings("", required="role_arn"), "assume_role assume_role_with_web_identity"),
}
_REQUIRED = {
    "azurerm": ("storage_account_name", "container_name", "key"),
    "consul": ("path",),
    "cos": ("region", "bucket"),
    "gcs": ("bucket",),
    "kubernetes": ("secret_suffix",),
    "oss": ("bucket",),
    "remote": ("organization",),
    "s3": ("bucket", "key"),
}
#: Backends that only later report a required argument that is null.
_TAKE_NULL = ("consul", "gcs", "kubernetes")
#: Backends of earlier versions, with Terraform's message about each.
_GONE = dict.fromkeys(
    ("artifactory", "etcd", "etcdv3", "manta", "swift"), "is not supported in Terraform v1.3 or later"
) | {"azure": 'has been removed, please use "azurerm"'}


class BackendError(Exception):
    """A remote state's backend does not exist, or does not accept this configuration."""


def check_backend(backend: Value, config: Value | None) -> None:
    """Check the arguments of a `terraform_remote_state`, as far as they are known.

    Raises:
        BackendError: They are invalid; the message is Terraform's.
    """
    config = None if config is None else values.unmark_deep(config)[0]
    if backend.null:
        raise BackendError("The backend must be named.")
    if not backend.known or not (config is None or config.wholly_known):
        if config is not None and config.type.kind not in ("object", "map", "dynamic"):
            raise BackendError("The configuration must be an object value.")
        return
    name = values.unmark_deep(backend)[0].data
    wanted = _BACKENDS.get(name)
    if wanted is None:
        gone = _GONE.get(name)
        raise BackendError(f'There is no backend type named "{name}".' if gone is None else f'"{name}" {gone}.')
    if config is None or config.null:
        given: dict[str, Value] = {}
    elif config.type.kind in ("object", "map"):
        given = config.data
    else:
        raise BackendError(f'Not valid for backend "{name}": an object is required.')
    for problem in _problems(name, wanted, given):
        raise BackendError(f'Not valid for backend "{name}": {problem}.')


def _problems(name: str, wanted: dict[str, Type], given: dict[str, Value]) -> Iterator[str]:
    required = _REQUIRED.get(name, ())
    for attribute in required:
        if attribute not in given:
            yield f'attribute "{attribute}" is required'
        elif given[attribute].null and name not in _TAKE_NULL:
            yield f'the attribute "{attribute}" must have a value'
    converted = {}
    for attribute, value in given.items():
        if attribute not in wanted:
            yield f'unexpected attribute "{attribute}"'
            return
        try:
            converted[attribute] = convert(value, wanted[attribute])
        except ConversionError as error:
            yield f".{attribute}: {error.message}"
    texts = {attribute: value.data for attribute, value in converted.items() if value.type == STRING and not value.null}
    if name == "s3":
        yield from _s3_problems(texts)
    elif name == "remote":
        yield from _remote_problems(texts, given.get("workspaces"))
    elif name == "local" and texts.get("path") == "":
        yield 'the "path" attribute value must not be empty'


def _s3_problems(texts: dict[str, str]) -> Iterator[str]:
    # The program would take the region from the environment, which is not part of a configuration.
    if not texts.get("region"):
        yield 'the "region" attribute or the "AWS_REGION" environment variable must be set'
    for attribute in ("bucket", "key"):
        if not texts[attribute].strip():
            yield f'the value of "{attribute}" cannot be empty or all whitespace'
    for attribute in ("key", "workspace_key_prefix"):
        text = texts.get(attribute, "")
        if text.startswith("/") or text.endswith("/") or "//" in text:
            yield f'the value of "{attribute}" must not start or end with "/" or contain "//"'


def _remote_problems(texts: dict[str, str], workspaces: Value | None) -> Iterator[str]:
    if not texts["organization"]:
        yield 'the "organization" attribute value must not be empty'
    chosen: list[str] = []
    if workspaces is not None and not workspaces.null:
        if workspaces.type.kind not in ("object", "map"):
            yield ".workspaces: an object is required"
            return
        for attribute, value in workspaces.data.items():
            if attribute not in ("name", "prefix"):
                yield f'.workspaces: unexpected attribute "{attribute}"'
            elif not value.null and value.data != "":
                chosen.append(attribute)
    if len(chosen) != 1:
        yield 'exactly one of workspace "name" or "prefix" is required'
