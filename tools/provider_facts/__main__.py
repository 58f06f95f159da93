"""python -m provider_facts PROGRAM: ask a provider what it refuses, and write it next to its pack.

PROGRAM is the executable of a provider that uses plugin protocol 5, such as terraform-provider-aws; its name contains
its version. Run it with `tools` on the PYTHONPATH, in an environment with botocore, which contains the newest values.
The provider's answers go to a file, so an interrupted run can continue. Types that were not asked about keep their
facts, if these are of the same version.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from iacrl.domains.terraform.provider_rules.facts import Condition
from iacrl.domains.terraform.schema.packs import SHIPPED, find_provider
from iacrl.domains.terraform.schema.provider_schema import BlockSchema, ProviderSchema
from provider_facts.assemble import facts_of_type, is_of_framework
from provider_facts.candidates import Texts
from provider_facts.client import Provider, running
from provider_facts.combinations import combinations
from provider_facts.fit_number import fit_number
from provider_facts.fit_text import fit_text
from provider_facts.newest_values import VERSION
from provider_facts.program_patterns import patterns_in
from provider_facts.read_combinations import rules_of
from provider_facts.recorded import Recorded, append, read
from provider_facts.second_look import look_again
from provider_facts.shape import Leaf, block_of
from provider_facts.survey import FRACTION, Answers, survey
from provider_facts.write_facts import decode, encode

_VERSION = re.compile(r"_v(\d+\.\d+\.\d+)")


def main() -> None:
    """Ask, and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path)
    parser.add_argument(
        "types", nargs="*", help="resources and data sources to ask about, in this order; all unless given"
    )
    parser.add_argument("--provider", default="aws", help="whose pack is at hand")
    parser.add_argument("--answers", type=Path, default=Path("provider-answers.jsonl"), help="where answers are kept")
    parser.add_argument(
        "--fit-only", action="store_true", help="ask nothing: read the rules out of the answers at hand"
    )
    given = parser.parse_args()
    pack = find_provider(given.provider)
    version = _VERSION.search(given.program.name)
    if pack is None or version is None:
        raise SystemExit(f"No pack of {given.provider}, or no version in the name of {given.program}.")
    texts = Texts(patterns_in(given.program))
    if not given.fit_only:
        with running(str(given.program)) as provider:
            _ask(provider, pack, texts, given.answers, given.types)
    target = Path(SHIPPED) / f"{given.provider}.facts"
    asked, before = decode(target.read_bytes()) if target.exists() else ("", {})
    found = before if asked == version[1] else {}
    for said in read(given.answers):
        newer = pack.read(said.category, said.name)
        facts = None if newer is None else _facts(said, newer, texts)
        if facts is not None:
            found[f"{said.category} {said.name}"] = facts
        else:
            found.pop(f"{said.category} {said.name}", None)
    target.write_bytes(encode(version[1], VERSION, found))
    print(f"{target}: {len(found)} types, {target.stat().st_size} bytes")


def _ask(provider: Provider, pack: ProviderSchema, texts: Texts, target: Path, only: Sequence[str]) -> None:
    """Ask about the types that are in the pack too and that were not asked about before."""
    before = {(said.category, said.name) for said in read(target)}
    schema = provider.schema()
    known = {"resource": schema.resource_schemas, "data": schema.data_source_schemas}
    for name in only or sorted({name for messages in known.values() for name in messages}):
        for category, messages in known.items():
            if name in messages and (category, name) not in before and pack.read(category, name) is not None:
                block = block_of(messages[name].block)
                first = survey(provider, category, name, block)
                answers = look_again(provider, category, name, block, first, texts)
                append(target, Recorded(category, name, answers, list(combinations(provider, category, name, block))))


def _facts(said: Recorded, newer: BlockSchema, texts: Texts) -> list[Any] | None:
    words = [one for by_value in said.answers.values() for heard in by_value.values() for one in heard]
    partial = is_of_framework((*words, *(complaint.words for _, complaint in said.together)))
    conditions = {leaf: conditions_of(leaf, said.answers, texts) for leaf in said.answers}
    return facts_of_type(said.name, newer, conditions, rules_of(said.together), partial)


def conditions_of(leaf: Leaf, answers: Answers, texts: Texts) -> list[Condition]:
    """Return the conditions that follow from the answers about one leaf."""
    said = answers[leaf]
    if said and all(words and all("unknown key" in one for one in words) for words in said.values()):
        return [["never"]]
    if leaf.kind == "number":
        return fit_number(said, FRACTION)[0]
    return fit_text(said, texts)[0] if leaf.kind == "string" else []


if __name__ == "__main__":
    main()
