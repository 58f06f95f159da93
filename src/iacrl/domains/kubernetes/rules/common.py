"""Rules and words that many fields share, and the elements of lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iacrl.domains.kubernetes.rules.rule_sources import machinery, page, reference
from iacrl.domains.rules import coded_rule

UNSUPPORTED_VALUE = coded_rule(
    "KB400",
    "Unsupported value",
    "The field takes one of a few words, written exactly as the API has them (`ClusterIP`, `Always`, `TCP`), and "
    "this is none of them. The OpenAPI schema only says that it is a string.",
    machinery("util/validation/field/errors.go", "NotSupported"),
)
REQUIRED = coded_rule(
    "KB401",
    "Required value",
    "The API server refuses the object when this field is absent or empty, though its schema lets that pass.",
    machinery("util/validation/field/errors.go", "Required"),
)
OUT_OF_RANGE = coded_rule(
    "KB402",
    "Number out of range",
    "The number is below or above what the field allows: counts, seconds and user ids are never negative.",
    machinery("api/validation/generic.go", "ValidateNonnegativeField"),
)
MALFORMED = coded_rule(
    "KB403",
    "Malformed value",
    "The text does not follow the grammar of the field: a name, host name, path, IP address or CIDR block.",
    page("concepts/overview/working-with-objects/names"),
)
CONFLICT = coded_rule(
    "KB404",
    "Conflicting fields",
    "Two fields exclude each other, or one has a meaning only together with another.",
    machinery("util/validation/field/errors.go", "Forbidden"),
)
QUANTITY = coded_rule(
    "KB406",
    "Malformed quantity",
    "Quantities are a number and one of the suffixes n, u, m, k, M, G, T, P, E (decimal) or Ki, Mi, Gi, Ti, Pi, Ei "
    "(binary), or an exponent: `500m`, `128Mi`, `1e3`. `MB`, `Gb` and `K` do not exist.",
    reference("common-definitions/quantity"),
)
NEGATIVE_QUANTITY = coded_rule(
    "KB407",
    "Negative quantity",
    "An amount of a resource is never negative, and a claim asks for more than nothing.",
    "https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go "
    "(ValidateNonnegativeQuantity)",
)
PERCENTAGE = coded_rule(
    "KB408",
    "Malformed number or percentage",
    "The field takes a whole number of pods that is not negative, or a percentage such as `25%`.",
    reference("workload-resources/deployment-v1"),
)

PROTOCOLS = frozenset({"TCP", "UDP", "SCTP"})
RESTART_POLICIES = frozenset({"Always", "OnFailure", "Never"})

Step = str | int
#: Identities, and the steps to the value with each.
Named = Sequence[tuple[Any, tuple[Step, ...]]]
#: The volumes of a pod: name -> source, such as `configMap`; `emptyDir` for one without a source.
Volumes = dict[str, str]


def entries(value: Any) -> list[tuple[int, Any]]:
    """Return the non-null elements of a list, with their indices; nothing for an absent list."""
    return [(index, each) for index, each in enumerate(value) if each is not None] if value else []


def placed(value: Any, *steps: Step) -> list[tuple[tuple[Step, ...], Any]]:
    """Return the same as `entries` for a list at `steps`, with the steps to each element."""
    return [((*steps, index), each) for index, each in entries(value)]
