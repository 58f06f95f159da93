"""A body against the schema of its resource: names, required ones, and the types of values."""

from __future__ import annotations

from collections.abc import Iterator

from iacrl.domains.terraform.checking import schema_rules as rules
from iacrl.domains.terraform.checking.find import find_references, references_in_body
from iacrl.domains.terraform.checking.module_names import ModuleNames, SiteScope
from iacrl.domains.terraform.checking.site import Site
from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.unification import always_converts
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.expressions.evaluator import evaluate
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.provider_rules.seen import Seen
from iacrl.domains.terraform.schema.block_shapes import Argument, BlockShape, Nested
from iacrl.domains.terraform.structure.body import (
    JsonBody,
    MergedBody,
    missing_argument,
    unsupported_argument,
    unsupported_block,
)
from iacrl.domains.terraform.structure.names import is_full
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.nodes import Attribute, Block, Body, ValueNode


class BlockCounts:
    """How many blocks of each type a body has.

    Attributes:
        numbers: By type. Blocks written instead of an attribute count as well.
        uncertain: Types with an uncertain number of blocks, because a `dynamic` block makes some of them. Blocks of
            such a type after the first `dynamic` one are not decoded, as in Terraform.
    """

    __slots__ = ("numbers", "uncertain")

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.uncertain: set[str] = set()

    def add(self, name: str) -> None:
        """Count one block."""
        self.numbers[name] = self.numbers.get(name, 0) + 1


class BodyChecker:
    """Checks the bodies of one file's blocks."""

    __slots__ = ("budget", "names", "report", "seen", "values_known")

    def __init__(self, names: ModuleNames, report: list[Finding]) -> None:
        self.names = names
        self.report = report
        #: False in the content of a `dynamic` block whose collection is not known: values there are not checked.
        self.values_known = True
        #: How many more bodies `dynamic` blocks may expand to; this bounds nested ones.
        self.budget = 2_000
        #: Keeps what the body sets, if rules of the provider need it.
        self.seen: Seen | None = None

    def evaluate(self, expression: ValueNode, place: Site) -> Value | None:
        """Return the value of an expression at a place; report and return None if it has none."""
        report = self.report
        references = find_references(expression)
        if references and not self.names.check(references, place, report):
            return None
        before = len(report)
        value = evaluate(expression, SiteScope(self.names, place), report, self.names.budget)
        return value if len(report) == before else None

    def evaluate_forgiving(self, expression: ValueNode, place: Site) -> Value | None:
        """Return the value of an expression, unknown if it has none; None if a reference is invalid."""
        references = find_references(expression)
        if references and not self.names.check(references, place, self.report):
            return None
        return evaluate(expression, SiteScope(self.names, place), [], self.names.budget)

    def check(self, body: Body, shape: BlockShape, place: Site, owner: Block) -> None:
        """Report everything in a body that its shape does not allow."""
        if shape.open:
            if self.values_known:
                self.check_expressions(body, place)
            return
        if type(body) is JsonBody:
            body = body.with_blocks(shape.blocks)
        arguments = shape.arguments
        for name, attribute in body.attributes.items():
            if is_full(self.report):
                return
            argument = arguments.get(name)
            if argument is None:
                if isinstance(body, MergedBody):
                    continue
                rule = rules.BLOCK_AS_ARGUMENT if name in shape.blocks else rules.UNSUPPORTED_ARGUMENT
                self.report.append(unsupported_argument(attribute, arguments, shape.blocks, rule))
            elif not self.values_known:
                continue
            elif argument.settable:
                self._check_argument(attribute, argument, place)
            else:
                self._check_unsettable(attribute, place)
        counts = self._check_blocks(body, shape, place) if body.blocks else _NO_BLOCKS
        for name in shape.required:
            if name not in body.attributes and name not in counts.numbers:
                self.report.append(missing_argument(rules.MISSING_REQUIRED_ARGUMENT, name, owner, body))
        for name in shape.wanted_blocks:
            if counts.numbers.get(name, 0) < shape.blocks[name].schema.min_items and name not in counts.uncertain:
                self._too_few(name, shape.blocks[name], owner)
        for name, count in counts.numbers.items():
            nested = shape.blocks.get(name)
            if nested is None or nested.maximum is None or count <= nested.maximum:
                continue
            if name not in counts.uncertain or nested.is_single:
                self._too_many(name, nested, body)

    def check_expressions(self, body: Body, place: Site) -> None:
        """Check references and values of the expressions in a body without a schema."""
        if type(body) is JsonBody:  # only a schema says which properties are blocks
            body = body.with_blocks(())
        for attribute in body.attributes.values():
            if is_full(self.report):
                return
            self.evaluate(attribute.value, place)
        for block in body.blocks:
            if block.type == "dynamic":
                self._check_dynamic_expressions(block, place)
            else:
                self.check_expressions(block.body, place)

    def _check_references(self, body: Body, place: Site) -> None:
        """Check only the references in a body, because the values behind the names are not known."""
        references = [found for found in references_in_body(body) if found.root not in place.names]
        self.names.check(references, place, self.report)

    def _check_dynamic_expressions(self, block: Block, place: Site) -> None:
        """Check a `dynamic` block without a schema that says whether such blocks are allowed."""
        from iacrl.domains.terraform.checking.dynamic import check_label, expand

        if not check_label(block, self.report):
            return
        found = expand(block, None, place, self.report, lambda expression: self.evaluate(expression, place))
        if found is None or found.content is None:
            return
        if found.elements is None:
            self._check_references(found.content.body, found.unknown)
            return
        for here in found.elements:
            if self.budget <= 0 or is_full(self.report):
                break
            self.budget -= 1
            self.check_expressions(found.content.body, here)

    def check_unknown(self, body: Body, shape: BlockShape, place: Site, owner: Block) -> None:
        """Check only which arguments and blocks a body has, not their values."""
        before, self.values_known = self.values_known, False
        seen, self.seen = self.seen, None
        self.check(body, shape, place, owner)
        self.values_known, self.seen = before, seen

    def check_inner(self, name: str, body: Body, shape: BlockShape, place: Site, owner: Block) -> None:
        """Check the body of a nested block of the type `name`, as `check` does."""
        outer = self.seen
        if outer is not None:
            self.seen = outer.inner(name, owner)
        self.check(body, shape, place, owner)
        self.seen = outer

    # ---- arguments -----------------------------------------------------------------------------------------------

    def _check_argument(self, attribute: Attribute, argument: Argument, place: Site) -> None:
        expression = attribute.value
        seen = self.seen if self.seen is not None and self.seen.keeps(attribute.name) else None
        if seen is None and type(expression) is nodes.Literal and _fits(expression.value, argument.schema.type):
            return
        value = self.evaluate(expression, place)
        if seen is not None:
            seen.arguments[attribute.name] = (attribute, None)
        if value is None:
            return
        try:
            if seen is not None:
                seen.arguments[attribute.name] = (attribute, convert(value, argument.wanted))
            elif not always_converts(value.type, argument.wanted):
                convert(value, argument.wanted)
        except ConversionError as error:
            detail = f'Inappropriate value for attribute "{attribute.name}": {_where(error.path)}{error.message}.'
            refuse(self.report, expression, rules.INCORRECT_VALUE_TYPE, detail)
            return
        if value.has_marks and not argument.write_only and "ephemeral" in values.unmark_deep(value)[1]:
            detail = (
                f'Ephemeral values are not valid for "{attribute.name}", because it is not a write-only attribute and '
                "must be persisted to state."
            )
            refuse(self.report, expression, rules.EPHEMERAL_ARGUMENT, detail)

    def _check_unsettable(self, attribute: Attribute, place: Site) -> None:
        """Report a value for an argument that only the provider sets; null counts as not set."""
        value = self.evaluate(attribute.value, place)
        if value is not None and not (value.known and value.null):
            detail = (
                f'Can\'t configure a value for "{attribute.name}": its value will be decided automatically based on '
                "the result of applying this configuration."
            )
            refuse(self.report, attribute.header, rules.UNCONFIGURABLE_ATTRIBUTE, detail)

    # ---- blocks --------------------------------------------------------------------------------------------------

    def _check_blocks(self, body: Body, shape: BlockShape, place: Site) -> BlockCounts:
        """Check the blocks in a body and return how many there are of each type."""
        counts = BlockCounts()
        for block in body.blocks:
            if is_full(self.report):
                break
            name = block.type
            inner = self.shape_of_block(name, body, shape)
            if inner is not None:
                nested = shape.blocks.get(name)
                if not self._check_labels(block, nested):
                    continue
                counts.add(name)
                if name not in counts.uncertain:
                    self.check_inner(name, block.body, inner, place, block)
                elif self.values_known:
                    self._check_references(block.body, place)
                if not self.values_known and nested is not None:
                    counts.uncertain.add(name)
            elif name == "dynamic":
                self._check_dynamic(block, body, shape, place, counts)
            elif not isinstance(body, MergedBody):
                rule = rules.ARGUMENT_AS_BLOCK if name in shape.arguments else rules.UNSUPPORTED_BLOCK_TYPE
                self.report.append(unsupported_block(block, shape.arguments, shape.blocks, rule))
        if self.seen is not None:
            self.seen.uncertain = counts.uncertain
        return counts

    def _check_dynamic(self, block: Block, body: Body, shape: BlockShape, place: Site, counts: BlockCounts) -> None:
        """Check one `dynamic` block and its expansion, and count the resulting blocks."""
        from iacrl.domains.terraform.checking.dynamic import check_label, expand

        if not check_label(block, self.report):
            return
        label = block.labels[0]
        name = label.value
        inner = self.shape_of_block(name, body, shape)
        if inner is None:
            detail = f'Blocks of type "{name}" are not expected here.'
            rule = rules.ARGUMENT_AS_BLOCK if name in shape.arguments else rules.UNSUPPORTED_BLOCK_TYPE
            refuse(self.report, label, rule, detail, "Unsupported block type")
            return
        found = expand(block, shape, place, self.report, lambda expression: self.evaluate(expression, place))
        if found is None:
            return
        content, elements, unknown = found
        if content is None:
            counts.add(name)
            counts.uncertain.add(name)
        elif elements is None:
            counts.add(name)
            if name not in counts.uncertain:
                self.check_unknown(content.body, inner, unknown, content)
            if name in shape.blocks:
                counts.uncertain.add(name)
        else:
            self._check_elements(name, content, inner, elements, counts, uncertain=name in shape.blocks)

    def _check_elements(
        self,
        name: str,
        content: Block,
        inner: BlockShape,
        elements: Iterator[Site],
        counts: BlockCounts,
        uncertain: bool,
    ) -> None:
        for here in elements:
            if self.budget <= 0 or is_full(self.report):
                break
            self.budget -= 1
            counts.add(name)
            if name not in counts.uncertain:
                self.check_inner(name, content.body, inner, here, content)
            elif self.values_known:
                self._check_references(content.body, here)
            if not self.values_known and uncertain:
                counts.uncertain.add(name)

    def shape_of_block(self, name: str, body: Body, shape: BlockShape) -> BlockShape | None:
        """Return what a block of this type may contain here; None if the block is not allowed.

        An attribute whose value is a list or set of objects may be written as blocks instead, if it is not set.
        """
        nested = shape.blocks.get(name)
        if nested is not None:
            return nested.shape
        argument = shape.arguments.get(name)
        return None if argument is None or name in body.attributes else argument.element

    def _check_labels(self, block: Block, nested: Nested | None) -> bool:
        expected = 1 if nested is not None and nested.schema.nesting == "map" else 0
        if len(block.labels) == expected:
            return True
        if expected:
            detail = f"All {block.type} blocks must have 1 label (key)."
            refuse(self.report, block.header, rules.INVALID_DYNAMIC_BLOCK, detail, f"Missing key for {block.type}")
        else:
            label = block.labels[0]
            detail = f"No labels are expected for {block.type} blocks."
            refuse(self.report, label, rules.INVALID_DYNAMIC_BLOCK, detail, f"Extraneous label for {block.type}")
        return False

    def _too_few(self, name: str, nested: Nested, owner: Block) -> None:
        least = nested.schema.min_items
        if nested.schema.nesting in ("list", "set"):
            summary = f"Insufficient {name} blocks"
            detail = f'At least {least} "{name}" blocks are required.'
        else:
            summary = f"Missing {name} block"
            detail = f"A block of type {name} is required here."
        refuse(self.report, owner.header, rules.INSUFFICIENT_BLOCKS, detail, summary)

    def _too_many(self, name: str, nested: Nested, body: Body) -> None:
        if nested.schema.nesting in ("list", "set"):
            summary = f"Too many {name} blocks"
            detail = f'No more than {nested.maximum} "{name}" blocks are allowed.'
        else:
            summary = f"Duplicate {name} block"
            detail = f"Only one block of type {name} is allowed."
        extra = [block for block in body.blocks if block.type == name or is_dynamic_of(block, name)][-1]
        refuse(self.report, extra.header, rules.TOO_MANY_BLOCKS, detail, summary)


_NO_BLOCKS = BlockCounts()


def is_dynamic_of(block: Block, name: str) -> bool:
    """Say whether a block is the `dynamic` one for blocks of this type."""
    return block.type == "dynamic" and bool(block.labels) and block.labels[0].value == name


def _fits(data: nodes.Scalar, wanted: object) -> bool:
    """Say whether a literal certainly converts to a type; False if conversion must decide."""
    if data is None or wanted == "string":
        return True
    if wanted == "number":
        return not isinstance(data, str | bool)
    return wanted == "bool" and type(data) is bool


def _where(path: tuple[str | int, ...]) -> str:
    """Write the path into a value as Terraform does: `element 0: attribute "x": `."""
    steps = [f"element {step}" if isinstance(step, int) else f'element "{step}"' for step in path]
    return "".join(f"{step}: " for step in steps)
