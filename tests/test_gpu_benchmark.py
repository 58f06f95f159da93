"""The GPU benchmark as far as a CPU can tell: both programs go through every part, and without a GPU it refuses."""

import importlib.util
import sys
from pathlib import Path

import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "gpu.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("gpu_benchmark", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_without_a_gpu_it_says_so_and_keeps_nothing(benchmark, monkeypatch):
    monkeypatch.setattr(benchmark.torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(sys, "argv", ["gpu.py"])
    monkeypatch.setattr(benchmark, "write_json", lambda *args: pytest.fail("nothing was measured"))
    with pytest.raises(SystemExit, match="no CUDA device"):
        benchmark.main()


@pytest.mark.parametrize("program", ["iacrl", "trl"])
def test_every_part_is_measured(program, benchmark, tmp_path):
    benchmark.build_base(tmp_path / "base", benchmark.TINY)
    config = benchmark.configured(tmp_path, quantization="none", smoke=True, steps=2)
    found = benchmark.with_iacrl(config) if program == "iacrl" else benchmark.with_trl(config, tmp_path / "trl")
    assert set(found["sft"]) == {"training"}
    assert set(found["grpo"]) == {"generation", "reward", "training"}
    parts = [found["sft"]["training"], *found["grpo"].values()]
    assert all(part["tokens"] > 0 and part["tokens_per_second"] > 0 for part in parts)
    # The second step generates two prompts times two completions of eight tokens: the first one does not count.
    assert found["grpo"]["generation"]["tokens"] == found["grpo"]["reward"]["tokens"] == 2 * 2 * 8
