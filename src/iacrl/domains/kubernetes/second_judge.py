"""The package kubernetes-validate as Kubernetes' second judge: only the schemas of the API, no further rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType

from iacrl.domains.base import Options
from iacrl.domains.kubernetes.yaml.reader import read
from iacrl.domains.kubernetes.yaml.text_limits import Unreadable
from iacrl.domains.programs import SecondOpinion
from iacrl.extras import require

#: kubernetes-validate combines these two to a file's path.
_API_VERSION = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9]+)?")
_KIND = re.compile(r"[A-Za-z0-9]+")


class SchemaJudge(AbstractContextManager["SchemaJudge"]):
    """The judge that runs kubernetes-validate.

    iacrl's own reader reads the text, as kubectl does and within limits. The package's reader follows YAML 1.1
    literally and expands every alias.

    Args:
        options: The domain's options: `version` is the API version, such as `1.37`.

    Raises:
        UserError: kubernetes-validate is not installed.
    """

    name = "kubernetes-validate"

    def __init__(self, options: Options) -> None:
        require("A second judge of manifests", "eval", ("kubernetes_validate",))
        self._version = options["version"]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def judge(self, texts: Sequence[str]) -> list[SecondOpinion]:
        """Return the package's results for the texts, in order."""
        return [SecondOpinion(self._accepts(text)) for text in texts]

    def _accepts(self, text: str) -> bool | None:
        try:
            documents = [document for document in read(text) if document is not None]
        except Unreadable:
            return False
        return _all([self._accepts_one(document) for document in documents]) if documents else False

    def _accepts_one(self, document: object) -> bool | None:
        import kubernetes_validate
        from kubernetes_validate.utils import SchemaNotFoundError

        match document:
            case {"apiVersion": "v1", "kind": "List", "items": list(items)}:
                return _all([self._accepts_one(item) for item in items])
            case {"apiVersion": str(api), "kind": str(kind)} if _API_VERSION.fullmatch(api) and _KIND.fullmatch(kind):
                try:
                    kubernetes_validate.validate(document, self._version, strict=True)
                except kubernetes_validate.ValidationError:
                    return False
                except SchemaNotFoundError:  # a custom resource, or an unknown kind
                    return None
                return True
        return False


def _all(said: Sequence[bool | None]) -> bool | None:
    """Return False if one is False, else None if one is None."""
    return False if False in said else None if None in said else True
