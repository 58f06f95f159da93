"""Rules on apiVersion and kind, which make a document an object. `structure` applies them."""

from __future__ import annotations

from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.rules import coded_rule

_OBJECTS = page("concepts/overview/working-with-objects")
_API = page("reference/using-api")

NO_OBJECT = coded_rule(
    "KB200",
    "No object",
    "The text holds only comments, empty documents or an empty List: kubectl stops with `no objects passed to apply`.",
    _OBJECTS,
)
NOT_AN_OBJECT = coded_rule(
    "KB201",
    "Not an object",
    "Each document must be a mapping with apiVersion, kind and metadata; this one is a list or a single value.",
    _OBJECTS + "#required-fields",
)
API_VERSION = coded_rule(
    "KB202",
    "Missing apiVersion",
    "Every object names the version of the API that it is written for, as a string such as `v1` or `apps/v1`.",
    _OBJECTS + "#required-fields",
)
KIND = coded_rule(
    "KB203",
    "Missing kind",
    "Every object names its kind, as a string such as `Deployment`.",
    _OBJECTS + "#required-fields",
)
UNKNOWN_KIND = coded_rule(
    "KB204",
    "Unknown kind",
    "The API group is one of Kubernetes' own, but it serves no such kind. Kinds are written in CamelCase and singular.",
    _API,
)
UNKNOWN_API_VERSION = coded_rule(
    "KB205",
    "Unknown apiVersion",
    "Kubernetes serves no such API group and version, and a custom resource's group always holds a dot.",
    _API + "#api-groups",
)
WRONG_API_VERSION = coded_rule(
    "KB206",
    "Wrong apiVersion",
    "The kind exists, but another API group or version serves it.",
    _API + "#api-groups",
)
REMOVED_API_VERSION = coded_rule(
    "KB207",
    "Removed apiVersion",
    "Kubernetes once served this kind by this apiVersion and no longer does, so the API server answers `no "
    "matches for kind`. Write the version that replaced it; fields may have moved.",
    page("reference/using-api/deprecation-guide"),
)
