"""Definitions of custom kinds: created for the objects of a text, and deleted afterwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Final

from iacrl.domains.kubernetes.engine.answers import report
from iacrl.domains.kubernetes.engine.connections import Answer, Connections
from iacrl.domains.kubernetes.engine.kinds import Kinds, defined_kinds, root_of
from iacrl.domains.kubernetes.manifest_checks import Manifest

DRY_RUN: Final = "?dryRun=All&fieldValidation=Strict"
FOR_REAL: Final = "?fieldValidation=Strict"
_CRDS: Final = f"{root_of('apiextensions.k8s.io/v1')}/customresourcedefinitions"
#: How long it may take until a definition is served, and until it is gone.
_PATIENCE_S = 15.0
_POLL_S = 0.01


class Definitions:
    """Creates definitions on a server, for any number of threads. Definitions of one group wait for each other."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._groups: dict[str, threading.Lock] = {}

    @contextmanager
    def created(self, definitions: Sequence[Manifest]) -> Iterator[tuple[Kinds, dict[int, str]]]:
        """Create definitions, and delete them afterwards.

        Yields:
            Their kinds, and by a definition's id the reason why the server has not judged it.
        """
        kinds: dict[Any, Any] = {}
        unchecked: dict[int, str] = {}
        made: list[str] = []
        with ExitStack() as held:
            # Always in the same order, so that no two threads wait for each other.
            for group in sorted({_group(one) for one in definitions}):
                held.enter_context(self._groups.setdefault(group, threading.Lock()))
            try:
                for one in definitions:
                    answer = self._create(one.values)
                    if why := report(one, answer, own=True):
                        unchecked[id(one)] = f"{one.kind} {one.name}: {why}"
                    elif answer.status in {200, 201}:
                        made.append(f"{_CRDS}/{answer.body['metadata']['name']}")
                        served = self._is_served(made[-1], defined := defined_kinds(answer.body))
                        if served is None:
                            unchecked[id(one)] = f"{one.kind} {one.name}: not served within {_PATIENCE_S:g} s"
                        elif served:
                            kinds |= defined
                yield kinds, unchecked
            finally:
                for path in made:
                    self._connections.call("DELETE", path)
                for path in made:
                    _until(partial(self._is_gone, path))

    def _is_gone(self, path: str) -> bool:
        return self._connections.call("GET", path).status == 404

    def _create(self, values: dict[str, Any]) -> Answer:
        """Create a definition. A conversion webhook is judged, but not kept: nothing would answer it."""
        kept = _unconverted(values)
        if kept is not values:
            answer = self._connections.call("POST", f"{_CRDS}{DRY_RUN}", values)
            if answer.status not in {200, 201}:
                return answer
        return self._connections.call("POST", f"{_CRDS}{FOR_REAL}", kept)

    def _is_served(self, path: str, defined: Kinds) -> bool | None:
        """Wait until a definition is served; False if another one has its names, None if it takes too long."""

        def settled() -> bool:
            definition = self._connections.call("GET", path).body
            conditions = (definition.get("status") or {}).get("conditions") or ()
            states.update({each["type"]: each["status"] for each in conditions})
            if states.get("Established") == "True":
                return self._made_old(path, definition)
            return states.get("NamesAccepted") == "False"

        states: dict[str, str] = {}
        if not _until(settled):
            return None
        if states.get("Established") != "True":
            return False
        lists = [f"{each.root}/{each.plural}?limit=1" for each in defined.values()]
        return _until(lambda: all(self._connections.call("GET", each).status == 200 for each in lists)) or None

    def _made_old(self, path: str, definition: dict[str, Any]) -> bool:
        """Make a definition look old; False if it has changed meanwhile.

        If a definition is younger than two seconds, the server delays the creation of its objects by two seconds
        (`serveResource` in `apiextensions-apiserver/pkg/apiserver/customresource_handler.go`).
        """
        for condition in definition["status"]["conditions"]:
            condition["lastTransitionTime"] = "2000-01-01T00:00:00Z"
        return self._connections.call("PUT", f"{path}/status", definition).status == 200


def _group(definition: Manifest) -> str:
    spec = definition.values.get("spec")
    return str(spec.get("group")) if isinstance(spec, dict) else ""


def _unconverted(values: dict[str, Any]) -> dict[str, Any]:
    match values:
        case {"spec": {"conversion": {"strategy": "Webhook"}} as spec}:
            return {**values, "spec": {**spec, "conversion": {"strategy": "None"}}}
    return values


def _until(done: Callable[[], bool]) -> bool:
    """Wait until a condition is true; False if it takes too long."""
    end = time.monotonic() + _PATIENCE_S
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(_POLL_S)
    return True
