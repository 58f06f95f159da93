"""How long vLLM takes for the completions of `rollouts.py`, which calls this by an interpreter that has vLLM.

The engine runs in this process, so that its processor time counts. Each turn has new prompts: vLLM keeps those it has
read.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time

os.environ |= {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "VLLM_CPU_KVCACHE_SPACE": "1",
    "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1",
}  # fmt: skip


def main() -> None:
    """Print, for each batch, the least processor seconds; on a GPU, the least wall seconds."""
    from vllm import LLM, SamplingParams

    asked = json.loads(sys.argv[1])
    length, group = asked["length"], asked["group"]
    tokens = {int(rows): new for rows, new in asked["new"].items()}
    model = LLM(
        asked["model"], dtype=asked["dtype"], skip_tokenizer_init=True, enforce_eager=True,
        max_model_len=length + max(tokens.values()),
    )  # fmt: skip
    clock = time.process_time if asked["device"] == "cpu" else time.perf_counter
    numbers = random.Random(0)
    found = {}
    for rows, new in tokens.items():
        sampling = SamplingParams(temperature=1.0, max_tokens=new, ignore_eos=True, detokenize=False)
        times = []
        for _ in range(asked["turns"] + 1):  # the first one warms up
            unlike = [[numbers.randrange(5, 2000) for _ in range(length)] for _ in range(max(1, rows // group))]
            prompts = [{"prompt_token_ids": ids} for ids in unlike for _ in range(min(group, rows))]
            start = clock()
            written = model.generate(prompts, sampling, use_tqdm=False)
            times.append(clock() - start)
            assert all(len(one.outputs[0].token_ids) == new for one in written)
        found[rows] = min(times[1:])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
