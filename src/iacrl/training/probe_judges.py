"""Who judges the answers of the hack monitor beside training's own validator: the real program, and another library."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from iacrl.domains.base import Options
from iacrl.domains.registry import find_domain
from iacrl.errors import UserError
from iacrl.runs.progress import console

#: From a text to whether the second judge accepts it; None where it cannot say.
Accepts = Callable[[str], bool | None]
#: From a text and its domain to the same.
Judge = Callable[[str, str], bool | None]

#: kubernetes-validate makes a file's path of these two.
_API_VERSION = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9]+)?")
_KIND = re.compile(r"[A-Za-z0-9]+")


def second_judges() -> dict[str, str | None]:
    """Return, for each domain, the name of its second judge; None where nobody can be."""
    return {"terraform": None if why_no_engine() else "terraform", "kubernetes": "kubernetes-validate"}


def why_no_engine() -> str | None:
    """Return why the real program cannot judge here; None when it can."""
    try:
        from iacrl.domains.terraform.engine.engine import find_program

        find_program()
    except UserError as error:
        return str(error)
    return None


@contextmanager
def second_judge(options: Mapping[str, Options]) -> Iterator[Judge]:
    """Yield the second judge of all domains.

    Args:
        options: The options of each domain, by its name.
    """
    with ExitStack() as stack:
        judges: dict[str, Accepts] = {
            "kubernetes": _kubernetes_validate(
                find_domain("kubernetes").resolved(options.get("kubernetes", {}))["version"]
            )
        }
        if why_no_engine() is None:
            judges["terraform"] = stack.enter_context(_engine())
        yield lambda text, domain: judges[domain](text) if domain in judges else None


@contextmanager
def _engine() -> Iterator[Accepts]:
    from iacrl.domains.terraform.engine import TerraformEngine

    with TerraformEngine() as engine:

        def accepts(text: str) -> bool | None:
            try:
                verdict = engine.validate(text)
            except RuntimeError as error:  # a fault of the instrument says nothing about the text
                console.print(
                    f"Probe: the engine could not judge an answer: {error}",
                    highlight=False,
                    soft_wrap=True,
                    markup=False,
                )
                return None
            return verdict.valid if verdict.layers or verdict.errors else None

        yield accepts


def _kubernetes_validate(version: str) -> Accepts:
    """Return the judgement of the package kubernetes-validate: the schemas of the API, and none of the rules beyond.

    The text is read by iacrl's own reader, as kubectl reads it and within limits: the package's takes YAML 1.1 at its
    word and follows every alias.
    """
    import kubernetes_validate
    from kubernetes_validate.utils import SchemaNotFoundError

    from iacrl.domains.kubernetes.yaml.limits import Unreadable
    from iacrl.domains.kubernetes.yaml.reader import read

    def accepts(text: str) -> bool | None:
        try:
            documents = [document for document in read(text) if document is not None]
        except Unreadable:
            return False
        said = [accepts_one(document) for document in documents]
        if not said or False in said:
            return False
        return None if None in said else True

    def accepts_one(document: object) -> bool | None:
        match document:
            case {"apiVersion": "v1", "kind": "List", "items": list(items)}:
                said = [accepts_one(item) for item in items]
                return False if False in said else None if None in said else True
            case {"apiVersion": str(api), "kind": str(kind)} if _API_VERSION.fullmatch(api) and _KIND.fullmatch(kind):
                try:
                    kubernetes_validate.validate(document, version, strict=True)
                except kubernetes_validate.ValidationError:
                    return False
                except SchemaNotFoundError:  # a custom resource, or a kind that there is not
                    return None
                return True
        return False

    return accepts
