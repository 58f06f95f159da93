"""Rules of the text itself. `reader` applies them by code."""

from __future__ import annotations

from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.rules import coded_rule

_YAML = "https://yaml.org/spec/1.2.2/"

INVALID_YAML = coded_rule(
    "KB100",
    "Invalid YAML",
    "The text is not YAML (or, where it starts with a brace, not JSON), so kubectl cannot read it. The usual "
    "causes are indentation, tabs, and an unquoted value that holds `: ` or starts with a special character.",
    _YAML,
)
DUPLICATE_KEY = coded_rule(
    "KB101",
    "Duplicate key",
    "A mapping holds the same key twice. YAML forbids it, and the API server's strict field validation "
    "refuses it; elsewhere one of the two values silently wins.",
    page("reference/using-api/api-concepts") + "#field-validation",
)
TEXT_TOO_LARGE = coded_rule(
    "KB102",
    "Text too large",
    "The text, the number of its values (each alias counted as its value) or of its documents is over the "
    "limit of this validator. etcd holds no object of more than 1.5 MiB; an alias that multiplies itself is "
    "an attack.",
    "https://etcd.io/docs/v3.5/dev-guide/limit/",
)
NESTED_TOO_DEEP = coded_rule(
    "KB103",
    "Nested too deep",
    "Lists and mappings are nested deeper than any manifest needs. Parsers run out of stack on such text.",
    "https://github.com/kubernetes/kubernetes/issues/83253",
)
BAD_ALIAS = coded_rule(
    "KB104",
    "Bad alias",
    "An alias `*name` needs an anchor `&name` before it in the same document, and an anchored value must not "
    "contain an alias to itself.",
    _YAML + "#71-alias-nodes",
)
KEY_IS_NOT_A_NAME = coded_rule(
    "KB105",
    "Key is not a name",
    "Kubernetes turns YAML into JSON, whose keys are strings: a null, a list or a mapping cannot be a key.",
    "https://github.com/kubernetes-sigs/yaml",
)
FORBIDDEN_CHARACTER = coded_rule(
    "KB106",
    "Forbidden character",
    "The text holds a control character such as NUL, or half of a surrogate pair, which no YAML may hold.",
    _YAML + "#51-character-set",
)
