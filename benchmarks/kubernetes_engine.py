"""What a verdict of the real API server costs: alone, in batches, and with definitions of custom kinds.

    KUBEBUILDER_ASSETS=DIR python benchmarks/kubernetes_engine.py [texts]

`*_processor_ms` is the processor time of a verdict, of this process and of the servers, which other work on the machine
hardly changes. The others are by the clock, and true only on a machine that does nothing else. The outcome is kept in
`benchmarks/results/kubernetes_engine.json`; the status is 1 where a target is missed.
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
#: Texts with a definition and an object of it.
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
#: "A few milliseconds" of a core for one verdict: two cores give some hundreds a second.
TARGETS = {"alone_processor_ms": ("at most", 5.0), "batch_processor_ms": ("at most", 5.0)}


def texts(count: int) -> list[str]:
    """Return manifests of many built-in kinds, by turns."""
    objects = yaml.safe_load_all(CORPUS.read_text())
    some = [yaml.safe_dump(each) for each in objects if each["kind"] != "CustomResourceDefinition"]
    return [some[number % len(some)] for number in range(count)]


def processor_s() -> float:
    """Return what this process and its servers have used."""
    this = psutil.Process()
    used = [each.cpu_times() for each in (this, *this.children(recursive=True))]
    return sum(each.user + each.system for each in used)


def measure(name: str, count: int, work: Callable[[], Any]) -> dict[str, float]:
    """Run, and return what one verdict took."""
    clock, processor = time.perf_counter(), processor_s()
    work()
    used, passed = processor_s() - processor, time.perf_counter() - clock
    return {f"{name}_processor_ms": used / count * 1000, f"{name}_per_second": count / passed}


def main(count: int) -> int:
    """Measure, print and keep."""
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
