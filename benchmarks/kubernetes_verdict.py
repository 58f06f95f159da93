"""How fast a Kubernetes verdict is, compared with kubernetes-validate and with its schema check by jsonschema-rs.

    python benchmarks/kubernetes_verdict.py

Everything is measured in one run, in processor time, and compared as ratios, because machines differ. Each manifest is
a 44-line Deployment with its own names, images and numbers, so no text is seen twice. The result goes to
`benchmarks/results/kubernetes_verdict.json`. The exit status is 1 if a target is missed.
"""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import kubernetes_validate
import yaml

from iacrl.domains.kubernetes import validate_text
from iacrl.domains.kubernetes.schema.api_schemas import DEFAULT_VERSION, schemas_of

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks" / "results" / "kubernetes_verdict.json"
COUNT = 400
PROCESSES = 15
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
import sys, time
began = time.process_time()
import iacrl
verdict = iacrl.validate(open(sys.argv[1]).read(), "kubernetes")
assert verdict.valid
print(time.process_time() - began)
"""
#: What is measured -> its maximum, or its minimum if its name contains `least`.
TARGETS = {
    "verdict_ms": 0.3,
    "first_verdict_of_a_process_ms": 100.0,
    "times_faster_than_kubernetes_validate_at_least": 30.0,
    "slower_than_schema_check_by_ms": 0.2,
}


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


def median_ms(judge: Callable[[Any], object], inputs: list[Any]) -> float:
    """Return the median processor time of one call, in milliseconds."""
    times = []
    for each in inputs:
        began = time.thread_time_ns()
        judge(each)
        times.append(time.thread_time_ns() - began)
    return statistics.median(times) / 1e6


def first_ms(text: str) -> float:
    """Return the median cost of import and first verdict in a fresh process, in milliseconds.

    The modules are already compiled, as after `pip install`. The first process only fills the cache.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "first.yaml"
        path.write_text(text)
        environment["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "cache")
        command = [sys.executable, "-c", FIRST, str(path)]
        times = [
            float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)
            for _ in range(PROCESSES + 1)
        ]
    return statistics.median(times[1:]) * 1000


def system() -> dict[str, Any]:
    """Return the machine and the versions that were measured."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "unknown"
    )
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "command": "python benchmarks/kubernetes_verdict.py",
        "commit": commit,
        "date": date.today().isoformat(),
        "machine": platform.machine(),
        "processor": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def measure() -> dict[str, float]:
    """Return every number."""
    texts = manifests(2 * COUNT)
    warm, fresh = texts[:COUNT], texts[COUNT:]
    documents = [yaml.load(text, yaml.CSafeLoader) for text in fresh]
    schemas = schemas_of(DEFAULT_VERSION)
    name = schemas.kinds["apps/v1"]["Deployment"]
    schema = jsonschema_rs.Draft202012Validator(schemas.schema(name))
    for text in warm:
        assert validate_text(text).valid
    ours = median_ms(validate_text, fresh)
    rust = median_ms(schema.is_valid, documents)
    load = median_ms(lambda text: yaml.load(text, yaml.CSafeLoader), fresh)
    theirs = median_ms(
        lambda document: kubernetes_validate.validate(document, DEFAULT_VERSION, strict=True), documents[:15]
    )
    return {
        "verdict_ms": ours,
        "first_verdict_of_a_process_ms": first_ms(texts[0]),
        "times_faster_than_kubernetes_validate_at_least": theirs / ours,
        "slower_than_schema_check_by_ms": ours - rust,
        "share_of_merely_loading_the_yaml": ours / load,
        "kubernetes_validate_ms": theirs,
        "schema_check_by_jsonschema_rs_ms": rust,
        "yaml_by_pyyaml_ms": load,
    }


def main() -> int:
    """Measure, print and save the numbers."""
    numbers = measure()
    met = {
        name: numbers[name] >= limit if name.endswith("at_least") else numbers[name] <= limit
        for name, limit in TARGETS.items()
    }
    for name, number in numbers.items():
        target = f"  target {TARGETS[name]:g}: {'met' if met[name] else 'MISSED'}" if name in TARGETS else ""
        print(f"{name:48} {number:10.3f}{target}")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    kept = {name: round(number, 4) for name, number in numbers.items()}
    RESULT.write_text(json.dumps({"system": system(), "numbers": kept, "targets_met": met}, indent=1) + "\n")
    return int(not all(met.values()))


if __name__ == "__main__":
    sys.exit(main())
