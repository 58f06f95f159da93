"""Facts that the cdktf packages leave out, from the providers' sources and documentation."""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]

SECTIONS = {"resource": "resource_schemas", "data": "data_source_schemas"}

#: Attributes declared sensitive, by provider. These marks matter most, because using such an attribute in an output
#: that is not sensitive is an error. Everything else stays unmarked, because it is unknown.
SENSITIVE = {
    "random": ["resource.random_password.result", "resource.random_password.bcrypt_hash"],
    "tls": [
        "resource.tls_private_key.private_key_pem",
        "resource.tls_private_key.private_key_openssh",
        "resource.tls_private_key.private_key_pem_pkcs8",
        "resource.tls_self_signed_cert.private_key_pem",
        "resource.tls_cert_request.private_key_pem",
        "resource.tls_locally_signed_cert.ca_private_key_pem",
    ],
    "local": [
        "resource.local_file.sensitive_content",
        "resource.local_sensitive_file.content",
        "resource.local_sensitive_file.content_base64",
        "data.local_sensitive_file.content",
        "data.local_sensitive_file.content_base64",
    ],
    "aws": [
        "resource.aws_api_gateway_api_key.value",
        "resource.aws_cognito_user_pool_client.client_secret",
        "resource.aws_db_instance.password",
        "resource.aws_directory_service_directory.password",
        "resource.aws_dms_endpoint.password",
        "resource.aws_docdb_cluster.master_password",
        "resource.aws_elasticache_replication_group.auth_token",
        "resource.aws_iam_access_key.secret",
        "resource.aws_iam_access_key.ses_smtp_password_v4",
        "resource.aws_mq_broker.user.password",
        "resource.aws_rds_cluster.master_password",
        "resource.aws_redshift_cluster.master_password",
        "resource.aws_secretsmanager_secret_version.secret_binary",
        "resource.aws_secretsmanager_secret_version.secret_string",
        "resource.aws_ssm_parameter.value",
        "data.aws_ecr_authorization_token.authorization_token",
        "data.aws_ecr_authorization_token.password",
        "data.aws_eks_cluster_auth.token",
        "data.aws_secretsmanager_secret_version.secret_binary",
        "data.aws_secretsmanager_secret_version.secret_string",
        "data.aws_ssm_parameter.value",
    ],
    "azurerm": [
        "resource.azurerm_application_insights.connection_string",
        "resource.azurerm_application_insights.instrumentation_key",
        "resource.azurerm_container_registry.admin_password",
        "resource.azurerm_cosmosdb_account.primary_key",
        "resource.azurerm_cosmosdb_account.secondary_key",
        "resource.azurerm_key_vault_secret.value",
        "resource.azurerm_kubernetes_cluster.kube_admin_config",
        "resource.azurerm_kubernetes_cluster.kube_admin_config_raw",
        "resource.azurerm_kubernetes_cluster.kube_config",
        "resource.azurerm_kubernetes_cluster.kube_config_raw",
        "resource.azurerm_linux_virtual_machine.admin_password",
        "resource.azurerm_linux_virtual_machine.custom_data",
        "resource.azurerm_mssql_server.administrator_login_password",
        "resource.azurerm_mysql_flexible_server.administrator_password",
        "resource.azurerm_postgresql_flexible_server.administrator_password",
        "resource.azurerm_redis_cache.primary_access_key",
        "resource.azurerm_redis_cache.primary_connection_string",
        "resource.azurerm_redis_cache.secondary_access_key",
        "resource.azurerm_redis_cache.secondary_connection_string",
        "resource.azurerm_storage_account.primary_access_key",
        "resource.azurerm_storage_account.primary_blob_connection_string",
        "resource.azurerm_storage_account.primary_connection_string",
        "resource.azurerm_storage_account.secondary_access_key",
        "resource.azurerm_storage_account.secondary_blob_connection_string",
        "resource.azurerm_storage_account.secondary_connection_string",
        "resource.azurerm_windows_virtual_machine.admin_password",
        "resource.azurerm_windows_virtual_machine.custom_data",
        "data.azurerm_key_vault_secret.value",
    ],
    "azuread": [
        "resource.azuread_application_password.value",
        "resource.azuread_service_principal_password.value",
        "resource.azuread_user.password",
    ],
    "google": [
        "resource.google_compute_vpn_tunnel.shared_secret",
        "resource.google_container_cluster.master_auth.client_key",
        "resource.google_secret_manager_secret_version.secret_data",
        "resource.google_service_account_key.private_key",
        "resource.google_sql_database_instance.root_password",
        "resource.google_sql_user.password",
        "data.google_client_config.access_token",
        "data.google_secret_manager_secret_version.secret_data",
    ],
    "kubernetes": [
        "resource.kubernetes_secret.binary_data",
        "resource.kubernetes_secret.data",
        "resource.kubernetes_secret_v1.binary_data",
        "resource.kubernetes_secret_v1.data",
        "data.kubernetes_secret.binary_data",
        "data.kubernetes_secret.data",
        "data.kubernetes_secret_v1.binary_data",
        "data.kubernetes_secret_v1.data",
    ],
    "helm": ["resource.helm_release.repository_password", "resource.helm_release.set_sensitive.value"],
    "github": ["resource.github_actions_secret.encrypted_value", "resource.github_actions_secret.plaintext_value"],
}
SENSITIVE["google-beta"] = SENSITIVE["google"]


def complete(document: Json) -> None:
    """Add the facts of this module to a compiled schema document, in place.

    Raises:
        KeyError: A fact is about something that the provider no longer has.
    """
    ((address, provider),) = document["provider_schemas"].items()
    name = address.rsplit("/", 1)[-1]
    for path in SENSITIVE.get(name, []):
        category, type_name, *steps = path.split(".")
        body = provider[SECTIONS[category]][type_name]["block"]
        for step in steps[:-1]:
            blocks, attributes = body.get("block_types", {}), body.get("attributes", {})
            body = blocks[step]["block"] if step in blocks else attributes[step]["nested_type"]
        body["attributes"][steps[-1]]["sensitive"] = True
    if name == "azurerm":
        # The schema allows any number; the provider itself refuses all but one (internal/provider/framework).
        provider["provider"]["block"]["block_types"]["features"] |= {"min_items": 1, "max_items": 1}
    if name == "aws":
        # cdktf leaves these out because of their size; they come from internal/service/wafv2/schemas.go.
        web_acl, rule_group = (
            provider["resource_schemas"][type_name]["block"]["block_types"]["rule"]["block"]["block_types"]
            for type_name in ("aws_wafv2_web_acl", "aws_wafv2_rule_group")
        )
        web_acl["statement"] = _block(
            least=1, most=1, **_root_statements(), **_rule_group_statements(web_acl["action"])
        )
        rule_group["statement"] = _block(least=1, most=1, **_root_statements())


def _block(attributes: str = "", least: int = 0, most: int | None = 1, nesting: str = "list", **blocks: Json) -> Json:
    """Write a nested block. An attribute is `name`, then `!` if required or `~` if computed, then `:type`."""
    body: Json = {"attributes": {}, "block_types": blocks}
    for name, mark, collection, kind in re.findall(r"(\w+)([!~]?)(?::(?:(list|set) )?(\w+))?(?:,|$)", attributes):
        element = kind or "string"
        marks = {"required": True} if mark == "!" else {"optional": True, "computed": mark == "~"}
        body["attributes"][name] = {"type": [collection, element] if collection else element, **marks}
    limits = {key: value for key, value in {"min_items": least, "max_items": most}.items() if value}
    return {"nesting_mode": nesting, "block": body, **limits}


_EMPTY = _block()
_FALLBACK = _block("fallback_behavior!")
_FORWARDED_IP = _block("fallback_behavior!,header_name!")
_TRANSFORMATION = {"text_transformation": _block("priority!:number,type!", least=1, most=None, nesting="set")}
_HEADER_PATTERN = _block("excluded_headers:list string,included_headers:list string", least=1, all=_EMPTY)
_COOKIE_PATTERN = _block("excluded_cookies:list string,included_cookies:list string", 1, None, all=_EMPTY)
_FIELD = {
    "field_to_match": _block(
        all_query_arguments=_EMPTY,
        body=_block("oversize_handling"),
        cookies=_block("match_scope!,oversize_handling!", match_pattern=_COOKIE_PATTERN),
        header_order=_block("oversize_handling!", most=None),
        headers=_block("match_scope!,oversize_handling!", most=None, match_pattern=_HEADER_PATTERN),
        ja3_fingerprint=_FALLBACK,
        ja4_fingerprint=_FALLBACK,
        json_body=_block(
            "invalid_fallback_behavior,match_scope!,oversize_handling",
            match_pattern=_block("included_paths:list string", least=1, all=_EMPTY),
        ),
        method=_EMPTY,
        query_string=_EMPTY,
        single_header=_block("name!"),
        single_query_argument=_block("name!"),
        uri_fragment=_block("fallback_behavior~"),
        uri_path=_EMPTY,
    )
}
#: The statements that contain no other statements.
_LEAVES = {
    "asn_match_statement": _block("asn_list!:list number", forwarded_ip_config=_FORWARDED_IP),
    "byte_match_statement": _block("positional_constraint!,search_string!", **_FIELD, **_TRANSFORMATION),
    "geo_match_statement": _block("country_codes!:list string", forwarded_ip_config=_FORWARDED_IP),
    "ip_set_reference_statement": _block(
        "arn!", ip_set_forwarded_ip_config=_block("fallback_behavior!,header_name!,position!")
    ),
    "label_match_statement": _block("key!,scope!"),
    "regex_match_statement": _block("regex_string!", **_FIELD, **_TRANSFORMATION),
    "regex_pattern_set_reference_statement": _block("arn!", **_FIELD, **_TRANSFORMATION),
    "size_constraint_statement": _block("comparison_operator!,size!:number", **_FIELD, **_TRANSFORMATION),
    "sqli_match_statement": _block("sensitivity_level", **_FIELD, **_TRANSFORMATION),
    "xss_match_statement": _block(**_FIELD, **_TRANSFORMATION),
}


def _logical(level: int) -> Json:
    """Return the statements that join others, which may be nested to `level` levels."""
    inner = _block(least=1, most=None, **_LEAVES, **(_logical(level - 1) if level > 1 else {}))
    return {name: _block(statement=inner) for name in ("and_statement", "not_statement", "or_statement")}


def _scope_down() -> Json:
    return {"scope_down_statement": _block(**_LEAVES, **_logical(2))}


def _root_statements() -> Json:
    named = _block("name!", **_TRANSFORMATION)
    custom_key = _block(
        most=5,
        asn=_EMPTY,
        cookie=named,
        forwarded_ip=_EMPTY,
        header=named,
        http_method=_EMPTY,
        ip=_EMPTY,
        ja3_fingerprint=_FALLBACK,
        ja4_fingerprint=_FALLBACK,
        label_namespace=_block("namespace!"),
        query_argument=named,
        query_string=_block(**_TRANSFORMATION),
        uri_path=_block(**_TRANSFORMATION),
    )
    rate = _block(
        "aggregate_key_type,evaluation_window_sec:number,limit!:number",
        custom_key=custom_key,
        forwarded_ip_config=_FORWARDED_IP,
        **_scope_down(),
    )
    return {**_LEAVES, **_logical(3), "rate_based_statement": rate}


def _rule_group_statements(action: Json) -> Json:
    """Return the statements that name a group of rules; `action` is the block of what a rule may do."""
    overrides = {
        "rule_action_override": _block("name!", most=100, action_to_use={**action, "min_items": 1, "max_items": 1})
    }
    identifier, identifiers = _block("identifier!"), _block("identifiers!:list string")
    required = _block("identifier!", least=1)
    response = _block(
        body_contains=_block("failure_strings!:set string,success_strings!:set string"),
        header=_block("name!,failure_values!:set string,success_values!:set string"),
        json=_block("identifier!,failure_values!:set string,success_values!:set string"),
        status_code=_block("failure_codes!:set number,success_codes!:set number"),
    )
    challenge = _block(
        "sensitivity,usage_of_action!", least=1, exempt_uri_regular_expression=_block("regex_string", most=5)
    )
    configs = _block(
        "login_path,payload_type",
        most=None,
        aws_managed_rules_acfp_rule_set=_block(
            "creation_path!,enable_regex_in_path~:bool,registration_page_path!",
            request_inspection=_block(
                "payload_type!",
                least=1,
                address_fields=identifiers,
                email_field=identifier,
                password_field=identifier,
                phone_number_fields=identifiers,
                username_field=identifier,
            ),
            response_inspection=response,
        ),
        aws_managed_rules_anti_ddos_rule_set=_block(
            "sensitivity_to_block", client_side_action_config=_block(least=1, challenge=challenge)
        ),
        aws_managed_rules_atp_rule_set=_block(
            "enable_regex_in_path~:bool,login_path!",
            request_inspection=_block("payload_type!", password_field=required, username_field=required),
            response_inspection=response,
        ),
        aws_managed_rules_bot_control_rule_set=_block("enable_machine_learning~:bool,inspection_level!"),
        password_field=identifier,
        username_field=identifier,
    )
    managed = _block("name!,vendor_name!,version~", managed_rule_group_configs=configs, **overrides, **_scope_down())
    return {
        "managed_rule_group_statement": managed,
        "rule_group_reference_statement": _block("arn!", **overrides),
    }
