"""Which module implements each function, and how functions treat unknown or marked arguments."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GROUPS: Final = {
    "conversions": "ephemeralasnull issensitive nonsensitive sensitive tobool tolist tomap tonumber toset tostring",
    "dates": "formatdate timeadd timecmp",
    "documents": "yamldecode yamlencode",
    "encodings": (
        "base64decode base64encode base64gzip csvdecode jsondecode jsonencode textdecodebase64 "
        "textencodebase64 urlencode"
    ),
    "formatting": "format formatlist",
    "hashes": "base64sha256 base64sha512 md5 rsadecrypt sha1 sha256 sha512 uuidv5",
    "maps": "keys lookup matchkeys merge transpose values zipmap",
    "subnets": "cidrhost cidrnetmask cidrsubnet cidrsubnets",
    "numbers": "abs ceil floor log max min parseint pow signum",
    "regexes": "regex regexall replace",
    "sequences": (
        "alltrue anytrue chunklist coalesce coalescelist compact concat contains distinct element flatten "
        "index length one range reverse slice sort sum"
    ),
    "sets": "setintersection setproduct setsubtract setunion",
    "strings": (
        "chomp endswith indent join lower split startswith strcontains strrev substr title "
        "trim trimprefix trimspace trimsuffix upper"
    ),
    "tofu": "base64gunzip cidrcontains urldecode",
}
#: The module of each function, except those that depend on the place of the call: on files, templates, `try`, `can`.
GROUP_OF: Final = {name: group for group, names in _GROUPS.items() for name in names.split()}
#: Functions on paths and files; they also depend on the directory of the configuration.
FILE_FUNCTIONS: Final = _words(
    "abspath basename dirname file filebase64 filebase64sha256 filebase64sha512 fileexists filemd5 fileset "
    "filesha1 filesha256 filesha512 pathexpand"
)
#: Functions whose result is never known before the plan.
IMPURE: Final = _words("bcrypt plantimestamp timestamp uuid")
#: Functions that can handle unknown arguments, or whose result type depends on the arguments.
TAKES_UNKNOWN: Final = _words(
    "chunklist coalesce coalescelist concat distinct element ephemeralasnull flatten format formatlist "
    "issensitive jsonencode keys length lookup matchkeys merge nonsensitive one parseint regex regexall reverse "
    "sensitive setintersection setproduct setsubtract setunion slice tobool tolist tomap tonumber toset tostring "
    "values yamlencode zipmap"
)
#: Functions that are called even if nothing is known of an argument, not even its type.
TAKES_ANY: Final = _words(
    "coalesce coalescelist ephemeralasnull issensitive jsonencode length lookup merge nonsensitive sensitive "
    "tobool tolist tomap tonumber toset tostring yamlencode"
)
#: Functions that pass on the marks of their arguments themselves.
TAKES_MARKED: Final = _words(
    "ephemeralasnull issensitive keys length lookup nonsensitive sensitive tobool tolist tomap tonumber toset tostring "
    "values zipmap"
)
#: Functions that move parts of their arguments, with the marks on them, into their result.
MOVES_PARTS: Final = _words("chunklist concat element flatten merge reverse slice")
