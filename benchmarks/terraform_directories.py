"""How fast one process validates real repositories, as `iacrl validate FOLDER` does.

    python benchmarks/terraform_directories.py FOLDER...

A folder contains checkouts, such as those that `tools/directory_differential.py` compares. Processor time counts, from
finding the modules to the last verdict. The first module includes the imports. Each file counts once, although a module
that four examples call is judged again with each of them. The peak memory is that of the whole process.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from pathlib import Path

from record import keep

from iacrl.domains.terraform.module_files import files_beside, module_files
from iacrl.sources.judged import fast_judges, find_sources, judge


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    options = parser.parse_args()
    started = time.process_time()
    found = find_sources(tuple(map(str, options.folders)), "terraform")
    modules = [thing for thing in found.things if thing.path.is_dir()]
    finding = time.process_time() - started
    times = []
    valid = partly = 0
    before = time.process_time()
    for judged in judge(modules, fast_judges({})):
        now = time.process_time()
        times.append((now - before) * 1000)
        before = now
        valid += judged.verdict.valid
        partly += bool(judged.verdict.unchecked)
    files = [file for module in modules for file in (*module_files(module.path), *files_beside(module.path))]
    seconds = finding + sum(times) / 1000
    numbers = {
        "directories": len(modules),
        "files": len(files),
        "megabytes": sum(file.stat().st_size for file in files if file.is_file()) / 1e6,
        "valid": valid,
        "with_something_unchecked": partly,
        "processor_s": seconds,
        "finding_the_modules_s": finding,
        "files_a_second": len(files) / seconds,
        "directories_a_second": len(modules) / seconds,
        "median_ms_a_directory": statistics.median(times),
        "slowest_ms_a_directory": max(times),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    keep("terraform_directories", numbers, {})


if __name__ == "__main__":
    main()
