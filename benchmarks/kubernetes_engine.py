"""The cost of a verdict by the real API server: alone, in batches, and with definitions of custom kinds.

    KUBEBUILDER_ASSETS=DIR python benchmarks/kubernetes_engine.py [texts]

`*_processor_ms` is the processor time of a verdict, in this process and in the servers. Other work on the machine
hardly changes it. The other times are wall time, and are right only on an idle machine. The result goes to
`benchmarks/results/kubernetes_engine.json`. The exit status is 1 if a target is missed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import psutil
import yaml
from record import ROOT, keep

from iacrl.domains.kubernetes.engine import KubernetesEngine

CORPUS = ROOT / "tests" / "fixtures" / "kubernetes" / "corpus.yaml"
#: Number of texts with a definition and an object of it.
DEFINING = 16
DEFINITION = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: things.g{number}.example.com}}
spec:
  group: g{number}.example.com
  scope: Namespaced
  names: {{plural: things, kind: Thing}}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema: {{type: object, properties: {{size: {{type: integer, maximum: 3}}}}}}
---
apiVersion: g{number}.example.com/v1
kind: Thing
metadata: {{name: a}}
size: 3
"""
#: "A few milliseconds" of a core for one verdict: two cores return some hundreds per second.
TARGETS = {"alone_processor_ms": ("at most", 5.0), "batch_processor_ms": ("at most", 5.0)}


def texts(count: int) -> list[str]:
    """Return manifests of many built-in kinds, in turn."""
    objects = yaml.safe_load_all(CORPUS.read_text())
    some = [yaml.safe_dump(each) for each in objects if each["kind"] != "CustomResourceDefinition"]
    return [some[number % len(some)] for number in range(count)]


def processor_s() -> float:
    """Return the processor time that this process and its servers have used."""
    this = psutil.Process()
    used = [each.cpu_times() for each in (this, *this.children(recursive=True))]
    return sum(each.user + each.system for each in used)


def measure(name: str, count: int, work: Callable[[], Any]) -> dict[str, float]:
    """Run, and return the cost of one verdict."""
    clock, processor = time.perf_counter(), processor_s()
    work()
    used, passed = processor_s() - processor, time.perf_counter() - clock
    return {f"{name}_processor_ms": used / count * 1000, f"{name}_per_second": count / passed}


def main(count: int) -> int:
    """Measure, print and save."""
    some = texts(count)
    defining = [DEFINITION.format(number=number) for number in range(DEFINING)]
    clock = time.perf_counter()
    with KubernetesEngine() as engine:
        numbers = {"start_s": time.perf_counter() - clock}
        engine.judge(some)  # the server fills its caches
        numbers |= measure("alone", count, lambda: [engine.validate(text) for text in some])
        numbers |= measure("batch", count, lambda: engine.judge(some))
        numbers |= measure("defining_alone", 4, lambda: [engine.validate(text) for text in defining[:4]])
        numbers |= measure("defining_batch", DEFINING, lambda: engine.judge(defining))
        print(engine.name)
    return int(not keep("kubernetes_engine", numbers, TARGETS))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
