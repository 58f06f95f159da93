"""How wrong versions of manifests are made."""

from __future__ import annotations

import re

from iacrl.domains.probing import Mutations

#: Values are the words that are not keys.
MUTATIONS = Mutations(
    values=re.compile(r"""(?<![^\s"'=])(?<!kind: )[A-Za-z0-9][^\s"'=]*(?<!:)(?=[\s"])"""),
    separator="---\n",
    unrelated="---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: unrelated\ndata:\n  unrelated: text\n",
)
