"""How fast a Kubernetes verdict is, against kubernetes-validate and against its schema check by jsonschema-rs.

    python benchmarks/kubernetes_verdict.py

Everything is measured in one run, in CPU time of the thread, and compared as ratios: machines differ. Each manifest is
a 44-line Deployment with names, images and numbers of its own, so that no text is seen twice.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import kubernetes_validate
import yaml

from iacrl.validators.kubernetes import validate_text
from iacrl.validators.kubernetes.schemas import DEFAULT_VERSION, schemas_of

COUNT = 400
TEMPLATE = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app: {name}
    tier: frontend
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app: {name}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 25%
  template:
    metadata:
      labels:
        app: {name}
        tier: frontend
    spec:
      containers:
        - name: {name}
          image: registry.example.com/{name}:{tag}
          imagePullPolicy: IfNotPresent
          ports:
            - name: http
              containerPort: {port}
          env:
            - name: LOG_LEVEL
              value: info
          resources:
            requests:
              cpu: {cpu}m
              memory: 128Mi
            limits:
              memory: {memory}Mi
          readinessProbe:
            httpGet:
              path: /{name}/healthz
              port: http
"""
FIRST = """
import time
began = time.thread_time()
import iacrl
verdict = iacrl.validate(open({path!r}).read(), "kubernetes")
assert verdict.valid
print(time.thread_time() - began)
"""


def manifests(count: int) -> list[str]:
    """Return distinct manifests."""
    chance = random.Random(7)
    return [
        TEMPLATE.format(
            name=f"app-{at}-{chance.randrange(10**6)}",
            namespace=f"team-{chance.randrange(50)}",
            replicas=chance.randint(1, 20),
            tag=f"{chance.randint(1, 9)}.{chance.randint(0, 99)}",
            port=chance.randint(1024, 65535),
            cpu=chance.randint(50, 900),
            memory=chance.randint(128, 2048),
        )
        for at in range(count)
    ]


def median_microseconds(judge: Callable[[Any], object], inputs: list[Any]) -> float:
    """Return the median CPU time of one call, in microseconds."""
    times = []
    for each in inputs:
        began = time.thread_time_ns()
        judge(each)
        times.append(time.thread_time_ns() - began)
    return statistics.median(times) / 1000


def main() -> int:
    """Print the numbers as JSON; the status is 1 where a target is missed."""
    texts = manifests(2 * COUNT)
    warm, fresh = texts[:COUNT], texts[COUNT:]
    documents = [yaml.load(text, yaml.CSafeLoader) for text in fresh]
    schemas = schemas_of(DEFAULT_VERSION)
    name = schemas.kinds["apps/v1"]["Deployment"]
    schema = jsonschema_rs.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schemas.closure(name)})
    for text in warm:
        assert validate_text(text).valid
    ours = median_microseconds(validate_text, fresh)
    rust = median_microseconds(schema.is_valid, documents)
    load = median_microseconds(lambda text: yaml.load(text, yaml.CSafeLoader), fresh)
    theirs = median_microseconds(
        lambda document: kubernetes_validate.validate(document, DEFAULT_VERSION, strict=True), documents[:15]
    )
    path = Path(__file__).parent / "first.yaml"
    path.write_text(texts[0])
    try:
        first = min(
            float(
                subprocess.run(
                    [sys.executable, "-c", FIRST.format(path=str(path))], check=True, capture_output=True, text=True
                ).stdout
            )
            for _ in range(5)
        )
    finally:
        path.unlink()
    result = {
        "verdict_us": round(ours, 1),
        "schema_by_jsonschema_rs_us": round(rust, 1),
        "yaml_by_pyyaml_us": round(load, 1),
        "kubernetes_validate_us": round(theirs, 1),
        "times_faster_than_kubernetes_validate": round(theirs / ours, 1),
        "slower_than_schema_check_by_us": round(ours - rust, 1),
        "share_of_merely_loading_the_yaml": round(ours / load, 2),
        "first_verdict_of_a_process_ms": round(first * 1000, 1),
    }
    print(json.dumps(result, indent=2))
    return int(theirs / ours < 30 or ours - rust > 200 or ours > 300)


if __name__ == "__main__":
    sys.exit(main())
