"""How fast a Terraform verdict is, compared with the real program through the engine.

    python benchmarks/terraform_verdict.py [--rounds 5]

Both judge configurations of the same form in one run, round by round. They are compared as ratios, because machines
differ: in processor seconds (this process and the children that it waits for) and in the seconds that a user waits. The
ratio uses each side's best round, because other work on the machine can only add time. The median of the rounds' own
ratios is reported next to it. Each text has its own names, so none is seen twice.

The first verdict is that of a fresh interpreter, from `import iacrl` to the verdict, in processor time. The start of
the interpreter does not count, and the modules are compiled to bytecode, as after `pip install`.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from record import fresh_process_ms, keep

from iacrl.domains.terraform import validate_text
from iacrl.domains.terraform.engine import TerraformEngine
from iacrl.domains.verdict import Verdict

#: Number of texts in a round, and of those that the real program judges too.
COUNT, REAL = 400, 6
TARGETS = {
    "warm_ms": ("at most", 1.0),
    "first_of_a_process_ms": ("at most", 60.0),
    "times_faster_in_processor_time": ("at least", 200.0),
}
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
print(time.process_time() - started)
"""


def processor_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def texts(count: int, first: int) -> list[str]:
    return [TEMPLATE.format(n=number) for number in range(first, first + count)]


def measure(judge: Callable[[str], Verdict], some: Sequence[str]) -> tuple[float, float]:
    """Return the processor time and the wall time per verdict, in milliseconds."""
    processor, wall = processor_s(), time.perf_counter()
    for text in some:
        assert judge(text).valid
    return (processor_s() - processor) / len(some) * 1000, (time.perf_counter() - wall) / len(some) * 1000


def measure_real(some: Sequence[str]) -> tuple[float, float]:
    """Return the same for the real program. Its engine starts and ends inside, because children count when they end."""
    processor, wall = processor_s(), time.perf_counter()
    with TerraformEngine() as engine:
        for text in some:
            assert engine.validate(text).valid
    return (processor_s() - processor) / len(some) * 1000, (time.perf_counter() - wall) / len(some) * 1000


def best(rounds: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the shortest processor time and wall time: other programs can only add to them."""
    return min(processor for processor, _ in rounds), min(wall for _, wall in rounds)


def median_ms(some: Sequence[str]) -> float:
    """Return the median processor time of single verdicts in this thread."""
    taken = []
    for text in some:
        started = time.thread_time()
        validate_text(text)
        taken.append(time.thread_time() - started)
    return statistics.median(taken) * 1000


def main() -> int:
    """Print the figures; exit 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    measure(validate_text, texts(COUNT, 0))
    measure_real(texts(1, 0))
    ours, real, ratios = [], [], []
    for number in range(1, rounds + 1):
        before = measure(validate_text, texts(COUNT // 2, number * 10_000))
        real.append(measure_real(texts(REAL, number * 10_000)))
        after = measure(validate_text, texts(COUNT // 2, number * 10_000 + COUNT))
        ours += [before, after]
        ratios.append(real[-1][0] * 2 / (before[0] + after[0]))
    (processor, wall), (real_processor, real_wall) = map(best, (ours, real))
    one = texts(1, 0)[0]
    numbers = {
        "lines": TEMPLATE.count("\n"),
        "warm_ms": median_ms(texts(COUNT, 1_000_000)),
        "first_of_a_process_ms": fresh_process_ms(_FIRST, one, rounds),
        "processor_ms": processor,
        "terraform_validate_processor_ms": real_processor,
        "terraform_validate_wall_ms": real_wall,
        "times_faster_in_processor_time": real_processor / processor,
        "times_faster_in_a_median_round": statistics.median(ratios),
        "times_faster_in_wall_time": real_wall / wall,
    }
    return 0 if keep("terraform_verdict", numbers, TARGETS) else 1


if __name__ == "__main__":
    sys.exit(main())
