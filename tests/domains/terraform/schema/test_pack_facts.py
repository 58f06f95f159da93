"""What is known of real resources, from the providers' documentation, must be what the shipped packs say."""

import pytest

from iacrl.domains.terraform.schema.describe import type_words
from iacrl.domains.terraform.schema.packs import find_provider
from iacrl.domains.terraform.schema.provider_schema import AttributeSchema, BlockSchema, NestedBlock, NestedObject

# PATH, then what stands there: an attribute's marks and type, or a block's nesting, minimum and maximum.
FACTS = """
aws resource.aws_s3_bucket.bucket                    optional computed string
aws resource.aws_s3_bucket.arn                       computed string
aws resource.aws_s3_bucket.force_destroy             optional bool
aws resource.aws_s3_bucket.tags                      optional map(string)
aws resource.aws_s3_bucket.tags_all                  optional computed map(string)
aws resource.aws_s3_bucket.cors_rule                 block list 0 None
aws resource.aws_s3_bucket.cors_rule.allowed_methods required list(string)
aws resource.aws_s3_bucket.website                   block list 0 1
aws resource.aws_s3_bucket.lifecycle_rule.transition block set 0 None
aws resource.aws_s3_bucket_versioning.versioning_configuration         block list 1 1
aws resource.aws_s3_bucket_versioning.versioning_configuration.status  required string
aws resource.aws_instance.ami                        optional computed string
aws resource.aws_instance.instance_type              optional computed string
aws resource.aws_instance.vpc_security_group_ids     optional computed set(string)
aws resource.aws_instance.public_ip                  computed string
aws resource.aws_instance.root_block_device          block list 0 1
aws resource.aws_instance.ebs_block_device           block set 0 None
aws resource.aws_instance.ebs_block_device.device_name required string
aws resource.aws_instance.metadata_options           block list 0 1
aws resource.aws_instance.timeouts                   block single 0 None
aws resource.aws_iam_role.assume_role_policy         required string
aws resource.aws_iam_role_policy_attachment.role     required string
aws resource.aws_lambda_function.function_name       required string
aws resource.aws_lambda_function.role                required string
aws resource.aws_lambda_function.environment         block list 0 1
aws resource.aws_lambda_function.environment.variables optional map(string)
aws resource.aws_lambda_function.dead_letter_config.target_arn required string
aws resource.aws_subnet.vpc_id                       required string
aws resource.aws_db_instance.instance_class          required string
aws resource.aws_db_instance.endpoint                computed string
aws resource.aws_lb_listener.default_action          block list 1 None
aws resource.aws_lb_listener.load_balancer_arn       required string
aws resource.aws_autoscaling_group.max_size          required number
aws resource.aws_autoscaling_group.tag               block set 0 None
aws resource.aws_autoscaling_group.tag.propagate_at_launch required bool
aws resource.aws_cloudfront_distribution.origin      block set 1 None
aws resource.aws_cloudfront_distribution.enabled     required bool
aws resource.aws_cloudfront_distribution.default_cache_behavior block list 1 1
aws resource.aws_eks_cluster.vpc_config              block list 1 1
aws resource.aws_eks_cluster.vpc_config.subnet_ids   required set(string)
aws data.aws_ami.filter.values                       required set(string)
aws data.aws_ami.owners                              optional list(string)
aws data.aws_ami.block_device_mappings               computed set(object({device_name = string, \
ebs = map(string), no_device = string, virtual_name = string}))
aws data.aws_iam_policy_document.statement           block list 0 None
aws data.aws_iam_policy_document.statement.actions   optional set(string)
aws data.aws_iam_policy_document.statement.principals.identifiers required set(string)
aws data.aws_iam_policy_document.json                computed string
aws provider.region                                  optional string
aws provider.default_tags.tags                       optional map(string)
aws provider.assume_role.role_arn                    optional string
aws resource.aws_wafv2_web_acl.rule.statement         block list 1 1
aws resource.aws_wafv2_web_acl.rule.statement.managed_rule_group_statement.vendor_name required string
aws resource.aws_wafv2_web_acl.rule.statement.rate_based_statement.limit required number
aws resource.aws_wafv2_web_acl.rule.statement.geo_match_statement.country_codes required list(string)
aws resource.aws_wafv2_rule_group.rule.statement.not_statement.statement.and_statement.statement \
block list 1 None
google resource.google_compute_instance.name         required string
google resource.google_compute_instance.machine_type required string
google resource.google_compute_instance.boot_disk    block list 1 1
google resource.google_compute_instance.network_interface block list 1 None
google resource.google_compute_instance.network_interface.access_config block list 0 None
google resource.google_compute_instance.metadata     optional map(string)
google resource.google_compute_instance.self_link    computed string
google resource.google_storage_bucket.location       required string
google resource.google_sql_database_instance.settings.tier required string
google resource.google_identity_platform_config.client block list 0 1
google-beta resource.google_compute_instance.machine_type required string
azurerm provider.features                            block list 1 1
azurerm resource.azurerm_resource_group.location     required string
azurerm resource.azurerm_linux_virtual_machine.size  required string
azurerm resource.azurerm_linux_virtual_machine.network_interface_ids required list(string)
azurerm resource.azurerm_linux_virtual_machine.os_disk block list 1 1
azurerm resource.azurerm_linux_virtual_machine.os_disk.caching required string
azurerm resource.azurerm_linux_virtual_machine.admin_ssh_key.public_key required string
azurerm resource.azurerm_storage_account.account_tier required string
azurerm resource.azurerm_kubernetes_cluster.default_node_pool block list 1 1
azuread resource.azuread_application.display_name    required string
kubernetes resource.kubernetes_deployment.metadata   block list 1 1
kubernetes resource.kubernetes_deployment.spec.template.spec.container block list 0 None
kubernetes resource.kubernetes_deployment.spec.template.spec.container.image optional string
kubernetes resource.kubernetes_service.spec.port.port required number
kubernetes resource.kubernetes_manifest.manifest     required any
kubernetes resource.kubernetes_config_map.data       optional map(string)
helm resource.helm_release.chart                     required string
helm resource.helm_release.set.name                  required string
random resource.random_password.length               required number
random resource.random_integer.min                   required number
random resource.random_pet.separator                 optional computed string
random resource.random_id.keepers                    optional map(string)
null resource.null_resource.triggers                 optional map(string)
local resource.local_file.filename                   required string
local data.local_file.content                        computed string
tls resource.tls_private_key.algorithm               required string
archive data.archive_file.type                       required string
archive data.archive_file.source                     block set 0 None
http data.http.url                                   required string
external data.external.program                       required list(string)
external data.external.result                        computed map(string)
time resource.time_sleep.create_duration             optional string
cloudinit data.cloudinit_config.part                 block list 0 None
docker resource.docker_container.image               required string
docker resource.docker_container.ports.internal      required number
github resource.github_repository.name               required string
cloudflare resource.cloudflare_dns_record.zone_id    required string
datadog resource.datadog_monitor.query               required string
terraform resource.terraform_data.input              optional any
terraform resource.terraform_data.output             computed any
terraform data.terraform_remote_state.backend        required string
"""


def at(provider: str, path: str) -> AttributeSchema | NestedBlock:
    """Follow a path such as `resource.aws_instance.timeouts.create`."""
    schema = find_provider(provider)
    assert schema is not None
    category, *steps = path.split(".")
    found: AttributeSchema | NestedBlock | None = None
    body: BlockSchema | NestedObject | None
    body = schema.provider_block if category == "provider" else schema.read(category, steps.pop(0))
    for step in steps:
        assert body is not None, f"{path}: no {step}"
        blocks = body.blocks if isinstance(body, BlockSchema) else {}
        found = blocks.get(step) or body.attributes[step]
        body = found.block if isinstance(found, NestedBlock) else found.nested
    assert found is not None
    return found


def words(found: AttributeSchema | NestedBlock) -> str:
    if isinstance(found, NestedBlock):
        return f"block {found.nesting} {found.min_items} {found.max_items}"
    marks = [mark for mark in ("required", "optional", "computed") if getattr(found, mark)]
    assert found.type is not None
    return " ".join([*marks, type_words(found.type)])


@pytest.mark.parametrize("fact", FACTS.replace("\\\n", "").strip().splitlines())
def test_pack_says(fact: str) -> None:
    provider, path, expected = fact.split(maxsplit=2)
    assert words(at(provider, path)) == expected


@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("aws resource.aws_security_group.ingress", "cidr_blocks"),
        ("aws resource.aws_route_table.route", "gateway_id"),
        ("azurerm resource.azurerm_network_security_group.security_rule", "priority"),
    ],
)
def test_attributes_that_may_be_written_as_blocks(path: str, member: str) -> None:
    found = at(*path.split())
    assert isinstance(found, AttributeSchema)
    assert found.object_type is not None
    assert member in found.object_type


def test_described_objects_may_not_be_written_as_blocks() -> None:
    found = at("helm", "resource.helm_release.set")
    assert isinstance(found, AttributeSchema)
    assert found.nested is not None
    assert found.nested.nesting == "list"
    assert found.object_type is None
