"""Look for texts that make the Terraform parser or its document fail, guided by coverage.

    python tools/fuzz_terraform.py [CORPUS_DIRECTORY] -runs=200000 -max_len=400

For any text there must be no exception, the tree must not be higher than MAX_HEIGHT, and places must be inside the
text. Parsing twice must give the same result, and the values of the document must be readable. Options that begin with
one dash are libFuzzer's. Needs `pip install atheris`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["iacrl.domains.terraform"]):
    from iacrl.domains.terraform.document.document import TerraformDocument
    from iacrl.domains.terraform.syntax import nodes
    from iacrl.domains.terraform.syntax.parser import parse


def check(data: bytes) -> None:
    """Parse one text and check everything in the result."""
    text = data.decode("utf-8", "surrogateescape")
    result = parse(text)
    again = parse(text)
    assert [found.code for found in result.diagnostics] == [found.code for found in again.diagnostics]
    lines = text.split("\n")
    for found in result.diagnostics:
        start, end = found.range.start, found.range.end
        assert start.line <= len(lines) and start.column <= len(lines[start.line - 1]) + 1
        assert (start.line, start.column) <= (end.line, end.column)
    check_body(result.body, len(text))
    if not result.diagnostics:
        for entity in TerraformDocument([(result.body, result.source)]).entities:
            for name in entity.values:
                entity.range_of((name,))
                entity.references_at((name,))
            for instance in (entity.instances or ())[:3]:
                assert instance.values is not None


def check_body(body: nodes.Body, size: int) -> None:
    """Check heights and offsets in a body."""
    for attribute in body.attributes.values():
        assert 0 <= attribute.start < attribute.name_end <= attribute.value.start <= attribute.value.end <= size
        level: list[nodes.ValueNode] = [attribute.value]
        height = 0
        while level:
            assert all(attribute.value.start <= node.start <= node.end <= attribute.value.end for node in level)
            level = [child for node in level for child in node.children()]
            height += 1
        assert height <= nodes.MAX_HEIGHT
    for block in body.blocks:
        assert (
            block.start < block.type_end <= block.header_end <= block.body.start < block.body.end == block.end <= size
        )
        check_body(block.body, size)


def main() -> None:
    """Run the fuzzer until it finds something or has done its runs."""
    if not any(argument.startswith("-dict=") for argument in sys.argv):
        sys.argv.append(f"-dict={Path(__file__).with_name('terraform.dict')}")
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
