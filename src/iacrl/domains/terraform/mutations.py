"""How wrong versions of a configuration are made."""

from __future__ import annotations

import re

from iacrl.domains.probing import Mutations

#: Values are quoted strings and whole numbers.
MUTATIONS = Mutations(
    values=re.compile(r'(?<=")(?:[^"\\$]|\\.)+(?=")|(?<![\w.\-"/])\d+(?![\w.\-"/])'),
    separator="\n\n",
    unrelated='\nresource "terraform_data" "unrelated" {\n  input = "unrelated"\n}\n',
    heads=re.compile(r"^\w+ .*\{$", re.MULTILINE),
)
