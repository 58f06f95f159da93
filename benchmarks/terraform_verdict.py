"""How fast a Terraform verdict is, against the real program's through the engine.

    python benchmarks/terraform_verdict.py [--runs 5]

Both are measured in one run, on the same configurations, and compared as ratios, for machines differ: in processor
seconds (this process and the children that it waits for), which other work on the machine hardly changes, and in the
seconds that a user waits. Each text has names of its own, so that none is seen twice. The first verdict is that of a
fresh interpreter, its start not counted.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from iacrl.validators.terraform import validate_text
from iacrl.validators.terraform.engine import TerraformEngine
from iacrl.validators.verdict import Verdict

COUNT = 400
#: A configuration of 40 lines, as a model writes them.
TEMPLATE = """\
terraform {{
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }}
  }}
}}

variable "region_{n}" {{
  type    = string
  default = "eu-west-1"
}}

locals {{
  tags = {{ Project = "project-{n}", Region = var.region_{n} }}
}}

resource "aws_s3_bucket" "logs_{n}" {{
  bucket = "logs-{n}-${{var.region_{n}}}"
  tags   = merge(local.tags, {{ Name = "logs" }})
}}

resource "aws_instance" "web_{n}" {{
  count         = 2
  ami           = "ami-12345678"
  instance_type = "t3.micro"
  tags          = local.tags

  root_block_device {{
    volume_size = 20
  }}
}}

output "bucket" {{
  value = aws_s3_bucket.logs_{n}.arn
}}

output "ids" {{
  value = aws_instance.web_{n}[*].id
}}
"""

_FIRST = """
import sys, time
text = sys.stdin.read()
started = time.process_time()
import iacrl
verdict = iacrl.validate(text, domain="terraform")
assert verdict.valid, verdict.diagnostics
print((time.process_time() - started) * 1000)
"""


def processor_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def texts(count: int, first: int) -> list[str]:
    return [TEMPLATE.format(n=number) for number in range(first, first + count)]


def milliseconds(judge: Callable[[str], Verdict], some: Sequence[str]) -> float:
    """Return the processor time per verdict."""
    started = processor_s()
    for text in some:
        assert judge(text).valid
    return (processor_s() - started) / len(some) * 1000


def median_milliseconds(some: Sequence[str]) -> float:
    """Return the median processor time of single verdicts in this thread."""
    taken = []
    for text in some:
        started = time.thread_time()
        validate_text(text)
        taken.append(time.thread_time() - started)
    return statistics.median(taken) * 1000


def first_milliseconds(runs: int) -> float:
    """Return the median processor time of imports and first verdict in a fresh process."""
    command = [sys.executable, "-c", _FIRST]
    text = texts(1, 0)[0]
    times = [
        float(subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout)
        for _ in range(runs + 1)
    ]
    return statistics.median(times[1:])  # the very first one may have to compile the modules


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="verdicts of the real program, and fresh processes")
    options = parser.parse_args()
    validate_text(texts(1, 0)[0])
    warm = milliseconds(validate_text, texts(COUNT, 1))
    median = median_milliseconds(texts(COUNT, 10_000))
    began = time.perf_counter()
    milliseconds(validate_text, texts(COUNT, 30_000))
    warm_wall = (time.perf_counter() - began) / COUNT * 1000
    started, began = processor_s(), time.perf_counter()
    with TerraformEngine() as engine:
        for text in texts(options.runs, 20_000):
            assert engine.validate(text).valid
    real_wall = (time.perf_counter() - began) / options.runs * 1000
    real = (processor_s() - started) / options.runs * 1000
    result = {
        "lines": TEMPLATE.count("\n"),
        "warm_ms_mean": round(warm, 3),
        "warm_ms_median": round(median, 3),
        "first_ms": round(first_milliseconds(options.runs), 1),
        "terraform_validate_processor_ms": round(real, 1),
        "terraform_validate_wall_ms": round(real_wall, 1),
        "times_faster_processor": round(real / warm),
        "times_faster_wall": round(real_wall / warm_wall),
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
