"""The declarations of a module's files, as plain data: the result of reading their structure.

Nothing is judged here. Expressions are kept as they are in the tree, each with its file.
"""

from __future__ import annotations

from typing import Literal

from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.expressions.constraints import ANY_TYPE, Constraint
from iacrl.domains.terraform.findings import Finding
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.source import SourceText
from iacrl.domains.terraform.terraform_version import TERRAFORM_VERSION

#: The language of a module, and the program that judges it: Terraform or OpenTofu.
Dialect = Literal["terraform", "tofu"]
#: A resource's identity within its module: `resource`, `data` or `ephemeral`, its type and its name.
ResourceKey = tuple[str, str, str]
#: A provider configuration's identity within its module: the local name, and the alias or an empty string.
ProviderKey = tuple[str, str]


class File:
    """One file of a module, and the errors found in it so far."""

    __slots__ = ("dialect", "findings", "source")

    def __init__(self, source: SourceText, dialect: Dialect = "terraform") -> None:
        self.source = source
        self.dialect = dialect
        self.findings: list[Finding] = []


class Declared:
    """Anything that a block declares."""

    __slots__ = ("block", "file")

    def __init__(self, file: File, block: nodes.Block) -> None:
        self.file = file
        self.block = block


class CheckRule(Declared):
    """A `validation`, `precondition`, `postcondition` or `assert` block."""

    __slots__ = ("condition", "message")

    def __init__(
        self, file: File, block: nodes.Block, condition: nodes.ValueNode | None, message: nodes.ValueNode | None
    ) -> None:
        super().__init__(file, block)
        self.condition = condition
        self.message = message


class Variable(Declared):
    """A `variable` block. `default` is None if it has none."""

    __slots__ = ("constraint", "default", "ephemeral", "name", "nullable", "sensitive", "validations")

    def __init__(self, file: File, block: nodes.Block, name: str) -> None:
        super().__init__(file, block)
        self.name = name
        self.constraint: Constraint = ANY_TYPE
        self.default: Value | None = None
        self.ephemeral = False
        self.nullable = True
        self.sensitive = False
        self.validations: list[CheckRule] = []


class Local:
    """One argument of a `locals` block."""

    __slots__ = ("attribute", "file", "name")

    def __init__(self, file: File, attribute: nodes.Attribute) -> None:
        self.file = file
        self.attribute = attribute
        self.name = attribute.name


class Output(Declared):
    """An `output` block."""

    __slots__ = ("depends_on", "ephemeral", "name", "preconditions", "sensitive", "value")

    def __init__(self, file: File, block: nodes.Block, name: str) -> None:
        super().__init__(file, block)
        self.name = name
        self.value: nodes.ValueNode | None = None
        self.depends_on: list[nodes.Traversal] = []
        self.ephemeral = False
        self.sensitive = False
        self.preconditions: list[CheckRule] = []


class Provisioner(Declared):
    """A `provisioner` block: its own arguments and blocks, and its own `connection`."""

    __slots__ = ("config", "connection", "type")

    def __init__(self, file: File, block: nodes.Block, type: str, config: nodes.Body) -> None:
        super().__init__(file, block)
        self.type = type
        self.config = config
        self.connection: nodes.Body | None = None


class Resource(Declared):
    """A `resource`, `data` or `ephemeral` block.

    Attributes:
        config: The part for the provider's schema, without the meta-arguments.
        container: The name of the `check` block that contains a data source.
    """

    __slots__ = (
        "config",
        "connection",
        "container",
        "count",
        "depends_on",
        "for_each",
        "ignore_changes",
        "imports",
        "key",
        "postconditions",
        "preconditions",
        "provider",
        "provisioners",
        "replace_triggered_by",
    )

    def __init__(self, file: File, block: nodes.Block, key: ResourceKey) -> None:
        super().__init__(file, block)
        self.key = key
        self.config = block.body
        self.container: str | None = None
        self.count: nodes.ValueNode | None = None
        self.for_each: nodes.ValueNode | None = None
        self.provider: ProviderKey | None = None
        self.depends_on: list[nodes.Traversal] = []
        self.preconditions: list[CheckRule] = []
        self.postconditions: list[CheckRule] = []
        self.ignore_changes: list[nodes.Traversal] = []
        self.replace_triggered_by: list[nodes.ValueNode] = []
        self.connection: nodes.Body | None = None
        self.provisioners: list[Provisioner] = []
        self.imports: list[Import] = []

    @property
    def mode(self) -> str:
        """`resource`, `data` or `ephemeral`."""
        return self.key[0]

    @property
    def type(self) -> str:
        """The resource type, `aws_s3_bucket`."""
        return self.key[1]

    @property
    def provider_key(self) -> ProviderKey:
        """The provider configuration it uses: the one it names, or the default one of its type."""
        return self.provider or (self.key[1].partition("_")[0], "")

    @property
    def address(self) -> str:
        """The way an expression refers to it."""
        mode, type, name = self.key
        return f"{type}.{name}" if mode == "resource" else f"{mode}.{type}.{name}"


class ModuleCall(Declared):
    """A `module` block. `source` is None if it is missing or not constant."""

    __slots__ = ("config", "count", "depends_on", "for_each", "name", "providers", "source", "version")

    def __init__(self, file: File, block: nodes.Block, name: str) -> None:
        super().__init__(file, block)
        self.name = name
        self.source: str | None = None
        self.version = False
        self.config = block.body
        self.count: nodes.ValueNode | None = None
        self.for_each: nodes.ValueNode | None = None
        self.depends_on: list[nodes.Traversal] = []
        self.providers: dict[ProviderKey, tuple[ProviderKey, nodes.ValueNode]] = {}


def is_local(source: str) -> bool:
    """Say whether a module's source is a local directory."""
    return source.startswith(("./", "../", ".\\", "..\\"))


class Provider(Declared):
    """A `provider` block."""

    __slots__ = ("config", "constraint", "for_each", "key", "versioned")

    def __init__(self, file: File, block: nodes.Block, key: ProviderKey, config: nodes.Body) -> None:
        super().__init__(file, block)
        self.key = key
        self.config = config
        self.versioned = False
        #: Its instances, in OpenTofu; None for a single one.
        self.for_each: nodes.ValueNode | None = None
        #: The version constraint in the block itself, or None.
        self.constraint: str | None = None


class Requirement:
    """One entry of `required_providers`: the provider's full address, and the aliases that a caller must pass.

    `constraint` limits its version; None allows any.
    """

    __slots__ = ("address", "aliases", "attribute", "constraint", "file")

    def __init__(
        self,
        file: File,
        attribute: nodes.Attribute,
        address: str,
        aliases: list[ProviderKey],
        constraint: str | None = None,
    ) -> None:
        self.file = file
        self.attribute = attribute
        self.address = address
        self.aliases = aliases
        self.constraint = constraint


class Import(Declared):
    """An `import` block.

    `path` is the module path of its target, `key` the target resource, and `index` its instance key.
    """

    __slots__ = ("for_each", "id", "index", "key", "path", "provider", "to")

    def __init__(self, file: File, block: nodes.Block, to: nodes.ValueNode) -> None:
        super().__init__(file, block)
        self.to = to
        self.path: tuple[str, ...] = ()
        self.key: ResourceKey = ("resource", "", "")
        self.index: int | str | None = None
        self.id: nodes.ValueNode | None = None
        self.for_each: nodes.ValueNode | None = None
        self.provider: ProviderKey | None = None


class CheckBlock(Declared):
    """A `check` block."""

    __slots__ = ("asserts", "name")

    def __init__(self, file: File, block: nodes.Block, name: str) -> None:
        super().__init__(file, block)
        self.name = name
        self.asserts: list[CheckRule] = []


class Module:
    """All declarations of the files of one directory, or of one text."""

    __slots__ = (
        "backends",
        "calls",
        "checks",
        "dialect",
        "excluded",
        "files",
        "imported",
        "imports",
        "locals",
        "metas",
        "outputs",
        "providers",
        "required",
        "resources",
        "variables",
        "version",
    )

    def __init__(self, dialect: Dialect = "terraform", version: tuple[int, ...] = TERRAFORM_VERSION) -> None:
        self.dialect = dialect
        #: The version that `required_version` is compared with.
        self.version = version
        #: The `required_version` that excludes it.
        self.excluded: str | None = None
        self.files: list[File] = []
        self.variables: dict[str, Variable] = {}
        self.locals: dict[str, Local] = {}
        self.outputs: dict[str, Output] = {}
        self.resources: dict[ResourceKey, Resource] = {}
        self.calls: dict[str, ModuleCall] = {}
        self.providers: dict[ProviderKey, Provider] = {}
        #: Requirements by local name; None before a `required_providers` block is read.
        self.required: dict[str, Requirement] | None = None
        self.checks: dict[str, CheckBlock] = {}
        self.imports: list[Import] = []
        #: The resources that are imported as a whole, by module path and key.
        self.imported: set[tuple[tuple[str, ...], ResourceKey]] = set()
        #: The providers that have a `provider_meta` block.
        self.metas: set[str] = set()
        #: The `backend` and `cloud` blocks.
        self.backends: list[Declared] = []

    def provider_address(self, local_name: str) -> str:
        """Return the full address of the provider that this module calls `local_name`."""
        requirement = (self.required or {}).get(local_name)
        if requirement is not None:
            return requirement.address
        if local_name == "terraform":
            return BUILTIN
        return f"registry.terraform.io/hashicorp/{local_name.lower()}"


#: The provider that is built into the program.
BUILTIN = "terraform.io/builtin/terraform"
