"""Evaluates one Rego policy in a separate process. Run as a script; reads and writes one JSON object.

The process has no environment, because a policy can read it with `opa.runtime`. It is killed when its time is up.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def evaluate(request: dict[str, Any]) -> dict[str, Any]:
    """Return the query's value, or the error in the policy."""
    from regopy import Interpreter, RegoError

    interpreter = Interpreter()
    try:
        interpreter.add_module("policy", request["policy"])
        interpreter.set_input(request["document"])
        output = interpreter.query(request["query"])
    except (RegoError, ValueError) as error:  # ValueError: regopy reads the interpreter's report of errors as JSON
        return {"error": str(error)}
    if not output.ok():
        return {"error": str(output)}
    results = json.loads(str(output)).get("expressions", [])
    return {"value": results[0] if results else None}


def main() -> None:
    """Answer the request on standard input; the interpreter's own output goes to standard error."""
    answer = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(answer, "w", encoding="utf-8") as out:
        json.dump(evaluate(json.load(sys.stdin)), out)


if __name__ == "__main__":
    main()
