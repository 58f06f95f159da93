"""The cost of a verdict by Terraform's engine, alone and shared. Run: python benchmarks/engine.py [texts]

Every way judges the same texts. The unit is processor seconds of this process and its descendants. Other work on the
machine hardly changes these. The ratios are to the first way.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from iacrl.domains.terraform.engine import TerraformEngine
from iacrl.domains.terraform.engine.encoded_schemas import EncodedSchema
from iacrl.domains.terraform.engine.workspace import workspace
from iacrl.domains.terraform.schema.packs import find_provider

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks" / "results" / "engine.json"


def texts(count: int) -> list[str]:
    with (ROOT / "tests" / "fixtures" / "iac_eval.csv").open(newline="") as file:
        some = [row[column] for row in csv.DictReader(file) for column in ("Reference output", "Wrong output")]
    return [some[number % len(some)] for number in range(count)]


def processor_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(work: Callable[[], int]) -> dict[str, float]:
    """Run, and return the cost per verdict. Close engines inside, because children only count when they end."""
    wall, processor = time.perf_counter(), processor_s()
    verdicts = work()
    return {
        "verdicts": verdicts,
        "processor_s": (processor_s() - processor) / verdicts,
        "wall_s": (time.perf_counter() - wall) / verdicts,
    }


def one_engine_for_each(some: list[str]) -> int:
    for text in some:
        with TerraformEngine() as engine:
            engine.validate(text)
    return len(some)


def one_engine(some: list[str]) -> int:
    with TerraformEngine() as engine:
        for text in some:
            engine.validate(text)
    return len(some)


def one_engine_and_threads(some: list[str]) -> int:
    with TerraformEngine() as engine, ThreadPoolExecutor(os.cpu_count()) as pool:
        return len(list(pool.map(engine.validate, some)))


def plans(some: list[str]) -> int:
    with TerraformEngine() as engine:
        for text in some:
            engine.plan(text)
    return len(some)


def whole_schemas(some: list[str]) -> int:
    """Like one_engine, but serve every type of aws completely, as the real provider binary does."""
    aws = find_provider("hashicorp/aws")
    assert aws is not None
    message = EncodedSchema(aws).message({*aws.resource_types, *aws.data_types}, {})
    with TerraformEngine() as engine:
        encoded = engine._providers._encode(aws)
        encoded._base = message
        for text in some:
            engine.validate(text)
    return len(some)


def the_program_alone(some: list[str]) -> int:
    """The lowest possible cost of a run: the program prints its version, in the same sandbox."""
    with TerraformEngine() as engine:
        for text in some:
            with workspace(engine._folder, text) as here:
                engine._run(here, ("version", "-json"))
    return len(some)


WAYS: dict[str, Callable[[list[str]], int]] = {
    "validate, an engine for each text": one_engine_for_each,
    "validate, one engine": one_engine,
    "validate, one engine, a thread for each core": one_engine_and_threads,
    "validate, one engine, whole aws schema": whole_schemas,
    "plan, one engine": plans,
    "the program's version": the_program_alone,
}


def main(count: int) -> None:
    some = texts(count)
    one_engine(some[:2])  # the packs are read and the program is in the page cache
    results: dict[str, Any] = {name: measure(lambda way=way: way(some)) for name, way in WAYS.items()}
    first = results["validate, an engine for each text"]["processor_s"]
    for name, result in results.items():
        result["ratio"] = first / result["processor_s"]
        result["verdicts_per_core_s"] = 1 / result["processor_s"]
        print(f"{name:46} {result['processor_s'] * 1000:7.0f} ms {result['ratio']:5.2f} x")
    system = {"machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({"system": system, "ways": results}, indent=1) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 52)
