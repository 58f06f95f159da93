"""How wrong versions of templates are made."""

from __future__ import annotations

import re

from iacrl.domains.probing import Mutations

#: Values are the words that are not keys. Blank lines separate the entries of a section.
MUTATIONS = Mutations(
    values=re.compile(r"""(?<![^\s"'=])(?<!Type: )[A-Za-z0-9][^\s"'=]*(?<!:)(?=[\s"])"""),
    separator="\n\n",
    unrelated="\n  Unrelated:\n    Type: AWS::SNS::Topic\n",
)
