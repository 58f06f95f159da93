"""The functions of the API server's expressions, by their signatures.

Sources: https://kubernetes.io/docs/reference/using-api/cel/ and
https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from iacrl.domains.kubernetes.cel.types import Type, read_type, split_types

_STANDARD: Final = """
&&(bool, bool) bool
||(bool, bool) bool
_?_:_(bool, A, A) A
==(A, A) bool
!=(A, A) bool
+(int, int) int; +(uint, uint) uint; +(double, double) double; +(string, string) string; +(bytes, bytes) bytes
+(list(A), list(A)) list(A); +(timestamp, duration) timestamp; +(duration, timestamp) timestamp
+(duration, duration) duration
-(int, int) int; -(uint, uint) uint; -(double, double) double; -(timestamp, timestamp) duration
-(timestamp, duration) timestamp; -(duration, duration) duration
*(int, int) int; *(uint, uint) uint; *(double, double) double
/(int, int) int; /(uint, uint) uint; /(double, double) double
%(int, int) int; %(uint, uint) uint
-_(int) int; -_(double) double
!_(bool) bool
in(A, list(A)) bool; in(A, map(A, B)) bool
_[_](list(A), int) A; _[_](map(A, B), A) B; _[_](optional(list(A)), int) optional(A)
_[_](optional(map(A, B)), A) optional(B)
_[?_](list(A), int) optional(A); _[?_](map(A, B), A) optional(B); _[?_](optional(list(A)), int) optional(A)
_[?_](optional(map(A, B)), A) optional(B)
size(string) int; size(bytes) int; size(list(A)) int; size(map(A, B)) int
string.size() int; bytes.size() int; list(A).size() int; map(A, B).size() int
bool(bool) bool; bool(string) bool
bytes(bytes) bytes; bytes(string) bytes
double(double) double; double(int) double; double(string) double; double(uint) double
duration(duration) duration; duration(string) duration
dyn(A) dyn
int(int) int; int(double) int; int(string) int; int(uint) int; int(timestamp) int; int(duration) int
string(string) string; string(bool) string; string(int) string; string(uint) string; string(double) string
string(bytes) string; string(timestamp) string; string(duration) string
timestamp(timestamp) timestamp; timestamp(string) timestamp; timestamp(int) timestamp
type(A) type(A)
uint(uint) uint; uint(int) uint; uint(double) uint; uint(string) uint
matches(string, string) bool; string.matches(string) bool
string.contains(string) bool; string.endsWith(string) bool; string.startsWith(string) bool
duration.getHours() int; duration.getMinutes() int; duration.getSeconds() int; duration.getMilliseconds() int
"""
_TIMES: Final = (
    "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours", "getMilliseconds",
    "getMinutes", "getMonth", "getSeconds",
)  # fmt: skip
_KUBERNETES: Final = """
string.charAt(int) string; string.indexOf(string) int; string.indexOf(string, int) int
string.lastIndexOf(string) int; string.lastIndexOf(string, int) int
list(string).join() string; list(string).join(string) string
string.lowerAscii() string; string.upperAscii() string; string.trim() string
string.replace(string, string) string; string.replace(string, string, int) string
string.split(string) list(string); string.split(string, int) list(string)
string.substring(int) string; string.substring(int, int) string
string.format(list(dyn)) string; strings.quote(string) string
list(A).indexOf(A) int; list(A).lastIndexOf(A) int
string.find(string) string; string.findAll(string) list(string); string.findAll(string, int) list(string)
isURL(string) bool; url(string) url
url.getScheme() string; url.getHost() string; url.getHostname() string; url.getPort() string
url.getEscapedPath() string; url.getQuery() map(string, list(string))
optional.of(A) optional(A); optional.ofNonZeroValue(A) optional(A); optional.none() optional(A)
optional(A).hasValue() bool; optional(A).value() A; optional(A).or(optional(A)) optional(A); optional(A).orValue(A) A
"""
#: The minor version that introduced a library -> its functions.
_SINCE: Final = {
    28: """
isQuantity(string) bool; quantity(string) quantity
quantity.isInteger() bool; quantity.asInteger() int; quantity.asApproximateFloat() double; sign(quantity) int
quantity.add(quantity) quantity; quantity.add(int) quantity; quantity.sub(quantity) quantity; quantity.sub(int) quantity
quantity.isLessThan(quantity) bool; quantity.isGreaterThan(quantity) bool; quantity.compareTo(quantity) int
""",
    30: """
isIP(string) bool; ip(string) ip; ip.isCanonical(string) bool; ip.family() int; ip.isUnspecified() bool
ip.isLoopback() bool; ip.isLinkLocalMulticast() bool; ip.isLinkLocalUnicast() bool; ip.isGlobalUnicast() bool
string(ip) string
isCIDR(string) bool; cidr(string) cidr; cidr.containsIP(string) bool; cidr.containsIP(ip) bool
cidr.containsCIDR(string) bool; cidr.containsCIDR(cidr) bool; cidr.ip() ip; cidr.masked() cidr
cidr.prefixLength() int; string(cidr) string
sets.contains(list(A), list(A)) bool; sets.equivalent(list(A), list(A)) bool; sets.intersects(list(A), list(A)) bool
""",
    32: """
format.named(string) optional(format); format.validate(string) optional(list(string))
""",
    33: """
isSemver(string) bool; isSemver(string, bool) bool; semver(string) semver; semver(string, bool) semver
semver.isLessThan(semver) bool; semver.isGreaterThan(semver) bool; semver.compareTo(semver) int
semver.major() int; semver.minor() int; semver.patch() int
""",
    34: """
list(A).first() optional(A); list(A).last() optional(A)
optional.unwrap(list(optional(A))) list(A); list(optional(A)).unwrapOpt() list(A)
""",
    37: """
list(A).slice(int, int) list(A); list(A).reverse() list(A); list(A).distinct() list(A); list(A).sort() list(A)
list(list(A)).flatten() list(A); list(list(A)).flatten(int) list(dyn)
lists.range(int) list(int)
""",
}
FORMATS: Final = (
    "dns1123Label", "dns1123Subdomain", "dns1035Label", "qualifiedName", "dns1123LabelPrefix",
    "dns1123SubdomainPrefix", "dns1035LabelPrefix", "labelValue", "uri", "uuid", "byte", "date", "datetime",
)  # fmt: skip
_FORMATS_SINCE: Final = 32
_AUTHORIZER: Final = """
authorizer.path(string) pathCheck; authorizer.group(string) groupCheck
authorizer.serviceAccount(string, string) authorizer; pathCheck.check(string) decision
groupCheck.resource(string) resourceCheck; resourceCheck.subresource(string) resourceCheck
resourceCheck.namespace(string) resourceCheck; resourceCheck.name(string) resourceCheck
resourceCheck.fieldSelector(string) resourceCheck; resourceCheck.labelSelector(string) resourceCheck
resourceCheck.check(string) decision; decision.allowed() bool; decision.reason() string
decision.errored() bool; decision.error() string
jsonpatch.escapeKey(string) string
"""


class CallSignature(NamedTuple):
    """One overload: the types of its arguments (a method's target first), and of its result."""

    method: bool
    takes: tuple[Type, ...]
    returns: Type


@cache
def signatures(minor: int, admission: bool) -> dict[str, list[CallSignature]]:
    """Return the overloads of each function.

    Args:
        minor: The minor version of Kubernetes.
        admission: Whether this is for policies, which may use the authorizer.
    """
    texts = [_STANDARD, _KUBERNETES, *(text for since, text in _SINCE.items() if minor >= since)]
    if admission:
        texts.append(_AUTHORIZER)
    found: dict[str, list[CallSignature]] = {}
    for line in (line for text in texts for row in text.splitlines() for line in row.split(";")):
        if line.strip():
            _enter(found, line.strip())
    for name in _TIMES:
        _enter(found, f"timestamp.{name}() int")
        _enter(found, f"timestamp.{name}(string) int")
    for kind in ("bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"):
        for sign in ("<", "<=", ">", ">="):
            _enter(found, f"{sign}({kind}, {kind}) bool")
    numbers = ("int", "uint", "double")
    for sign in ("<", "<=", ">", ">="):
        for one in numbers:
            for other in numbers:
                if one != other:
                    _enter(found, f"{sign}({one}, {other}) bool")
    for kind in ("int", "uint", "double", "bool", "string", "bytes", "timestamp", "duration"):
        _enter(found, f"list({kind}).isSorted() bool")
        _enter(found, f"list({kind}).min() {kind}")
        _enter(found, f"list({kind}).max() {kind}")
    for kind in (*numbers, "duration"):
        _enter(found, f"list({kind}).sum() {kind}")
    if minor >= _FORMATS_SINCE:
        for name in FORMATS:
            _enter(found, f"format.{name}() format")
    return found


#: Names before a dot that are not values: `sets.contains(...)` is one function.
NAMESPACES: Final = frozenset({"format", "ip", "jsonpatch", "lists", "optional", "sets", "strings"})
_METHODS: Final = frozenset({"format.validate"})


def _enter(found: dict[str, list[CallSignature]], text: str) -> None:
    head, returns = _cut(text)
    before, takes = _outer(head)
    target, dot, name = before.rpartition(".") if before[0].isalpha() else ("", "", before)
    namespaced = target in NAMESPACES and not (target == "ip" and name != "isCanonical")
    if namespaced and not (target == "optional" and "(" in before) and before not in _METHODS:
        target, dot, name = "", "", before
    types = tuple(read_type(each) for each in split_types(takes))
    if dot:
        types = (read_type(target), *types)
    found.setdefault(name, []).append(CallSignature(bool(dot), types, read_type(returns)))


def _cut(text: str) -> tuple[str, str]:
    """Split a line into the call and its result, at the space outside brackets after the last argument."""
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == " " and depth == 0:
            return text[:at], text[at + 1 :]
    raise ValueError(text)


def _outer(head: str) -> tuple[str, str]:
    """Split a call at the bracket of its arguments: the last one that is not inside another."""
    depth = 0
    for at in range(len(head) - 1, -1, -1):
        depth += (head[at] == ")") - (head[at] == "(")
        if depth == 0:
            return head[:at], head[at + 1 : -1]
    raise ValueError(head)
