"""Any provider: the text contains no secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from iacrl.domains.document import Entity, Expression
from iacrl.domains.security import Observed, SecurityCheck, argument, each_of, is_true

_PASSWORDS = {
    "aws_db_instance": ("password",),
    "aws_rds_cluster": ("master_password",),
    "aws_redshift_cluster": ("master_password",),
    "aws_elasticache_replication_group": ("auth_token",),
    "aws_secretsmanager_secret_version": ("secret_string",),
    "google_sql_user": ("password",),
    "azurerm_key_vault_secret": ("value",),
    "azurerm_mssql_server": ("administrator_login_password",),
    "azurerm_linux_virtual_machine": ("admin_password",),
    "azurerm_windows_virtual_machine": ("admin_password",),
}
_KEYS = ("access_key", "secret_key", "token")
#: Parts of a variable's name, between underscores, that mark it as a secret.
_SECRET_WORDS = frozenset({"password", "passwd", "secret", "token", "credential", "credentials"})
_POINTERS = frozenset({"arn", "id", "name", "length", "path", "version", "ttl", "enabled"})


def _not_written_out(names: Callable[[Entity], tuple[str, ...]]) -> Callable[[Entity], Iterator[Observed]]:
    """Return a check for arguments that must come from somewhere else, and must not be written in the text."""

    def look(entity: Entity) -> Iterator[Observed]:
        for name in names(entity):
            value: Any = entity.values.get(name)
            if value is None:
                continue
            # A known value is written in the text: here, or in a local or default that is read here.
            yield Observed(isinstance(value, Expression), (name,))

    return look


def _variable(entity: Entity) -> Iterator[Observed]:
    words = entity.name.lower().split("_")
    if _SECRET_WORDS.intersection(words) and words[-1] not in _POINTERS:
        yield from argument("sensitive", is_=is_true)(entity)


CHECKS = (
    SecurityCheck(
        "SEC501",
        each_of("resource", *_PASSWORDS),
        "A password is not written out",
        "It ends up in the repository, in every copy of it, and in its history.",
        "HashiCorp, Manage sensitive data in your configuration",
        _not_written_out(lambda entity: _PASSWORDS[entity.kind]),
    ),
    SecurityCheck(
        "SEC502",
        ("provider aws",),
        "A provider's credentials are not written out",
        "Whoever reads the configuration can act in the account.",
        "HashiCorp, AWS provider documentation, Authentication and configuration",
        _not_written_out(lambda entity: _KEYS),
    ),
    SecurityCheck(
        "SEC503",
        ("variable",),
        "A variable for a secret is sensitive",
        "Otherwise every plan shows its value.",
        "HashiCorp, Manage sensitive data in your configuration",
        _variable,
    ),
)
