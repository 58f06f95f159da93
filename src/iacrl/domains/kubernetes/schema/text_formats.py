"""The text formats of the API server's decoder, as patterns for the schemas.

Source: `UnmarshalJSON` of `Quantity`, `Time` and `MicroTime` in `staging/src/k8s.io/apimachinery`, and Go's
`encoding/base64` for `[]byte`.
"""

from __future__ import annotations

from typing import Final

_DATE = (
    r"[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9]))"
)
_CLOCK = r"T(?:[01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_ZONE = r"(?:Z|[+-](?:[01][0-9]|2[0-4]):(?:[0-5][0-9]|60))"

#: A quantity. Spaces around it are dropped, and a missing number is 0 (`Gi`), except before `Ei`.
QUANTITY: Final = (
    r"^[ \u00a0]*(?:"
    r"[+-]?[0-9]*\.?[0-9]*(?:Ki|Mi|Gi|Ti|Pi|[numkMGTPE]|[eE][+-]?[0-9]{1,18})"
    r"|[+-][0-9]*\.?[0-9]*|[0-9]+\.?[0-9]*|\.[0-9]*"
    r"|[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)Ei"
    r")[ \u00a0]*$"
)
#: An RFC 3339 time, as Go's `time.Parse` reads it.
TIME: Final = rf"^{_DATE}{_CLOCK}(?:[.,][0-9]+)?{_ZONE}$"
#: A time with exactly six digits after the second (in a Lease and an Event).
MICRO_TIME: Final = rf"^{_DATE}{_CLOCK}[.,][0-9]{{6}}{_ZONE}$"
#: Base64 with padding; line breaks are dropped.
BASE64: Final = (
    r"^[\r\n]*(?:(?:[A-Za-z0-9+/][\r\n]*){4})*"
    r"(?:(?:[A-Za-z0-9+/][\r\n]*){2}=[\r\n]*=[\r\n]*|(?:[A-Za-z0-9+/][\r\n]*){3}=[\r\n]*)?$"
)
