"""What every test stands on: no network, one thread, and a place of its own for a user's data."""

import gc
import json
import os
import signal
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

from iacrl.tasks import task_files

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_finish():
    """Keep what is imported out of garbage collection: each training begins with one, which would walk all of torch."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter):
    """Say why tests were skipped: one line for each reason, where pytest has one for each place."""
    skipped = (report.longrepr for report in terminalreporter.getreports("skipped"))
    reasons = Counter(reason.removeprefix("Skipped: ") for _, _, reason in skipped)
    if reasons:
        terminalreporter.section("skipped")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:5} {reason}")


ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "datasets"


_read_tasks = task_files.read_tasks
_read_shipped = cache(_read_tasks)


def _read_once(path, **options):
    """Read shipped tasks once: many modules ask for one of them. Training tasks are too many to be kept."""
    path = Path(path)
    kept = path.parent == SHIPPED and "train" not in path.name
    return list(_read_shipped(path)) if kept and not options else _read_tasks(path, **options)


task_files.read_tasks = _read_once  # what `load_tasks` calls; everyone else has the function itself


@dataclass(frozen=True)
class CliResult:
    status: int
    out: str
    err: str


#: How long drawing an example takes is the machine's affair.
settings.register_profile("iacrl", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("iacrl")


@pytest.fixture(scope="session", autouse=True)
def kubernetes_assets():
    """The folder of a kube-apiserver, or None. Only tests that ask for it start one: that takes longer than most."""
    assets = os.environ.pop("KUBEBUILDER_ASSETS", None)
    yield assets
    if assets is not None:
        os.environ["KUBEBUILDER_ASSETS"] = assets


@pytest.fixture
def run_cli(capsys, monkeypatch):
    """Run `iacrl ARGS` in this process, exactly as the installed command does."""

    def run(*args):
        from iacrl.cli import main

        monkeypatch.setattr(sys, "argv", ["iacrl", *map(str, args)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        return CliResult(stop.value.code or 0, captured.out, captured.err)

    return run


@pytest.fixture
def install_domain(monkeypatch):
    """Install a domain for one test, as the entry point of a package does."""
    from iacrl.domains import registry

    def forget():
        registry.domain_names.cache_clear()
        registry._find.cache_clear()

    def install(domain):
        module = ModuleType(f"{domain.name}_domain")
        module.DOMAIN = domain
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(registry, "_entry_points", lambda: {domain.name: f"{module.__name__}:DOMAIN"})
        forget()

    yield install
    monkeypatch.undo()
    forget()


@pytest.fixture
def interruptible():
    """What a test starts obeys SIGINT, which a shell's background jobs, and all that they start, ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """The path of a Qwen2-shaped model with random weights, small enough to train a few steps in a second."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=["<pad>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    with (SHIPPED / "terraform-train.jsonl").open(encoding="utf-8") as lines:
        texts = [json.loads(line)["output"] for line in islice(lines, 200)]
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<|im_end|>")
    fast.chat_template = (
        "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=len(fast),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id,
    )
    path = tmp_path_factory.mktemp("tiny-model")
    Qwen2ForCausalLM(config).save_pretrained(path)
    fast.save_pretrained(path)
    return path


class KeptHosts:
    """Hosts that go on judging when a test has ended, for starting one costs more than most tests.

    Two runtimes share one where their rubrics have the same digest, so that they score every text the same. Only
    rewards that cannot misbehave are judged by it: the shipped ones and `letters`.
    """

    def __init__(self):
        self._links = {}

    def link(self, rubric, limits, *, place_met=False):
        """Stand in for the constructor of `Link`."""
        from iacrl.scoring.runtime.link import Link

        class Kept(Link):
            def close(self):
                """Leave it to the next test."""

        if any(part.reward.name != "letters" and ROOT not in part.reward.file.parents for part in rubric.parts):
            return Link(rubric, limits, place_met=place_met)
        key = (rubric.digest, limits, place_met)
        kept = self._links.get(key)
        if kept is None or kept._process.poll() is not None:
            kept = self._links[key] = Kept(rubric, limits, place_met=place_met)
        return kept

    def end(self):
        for link in self._links.values():
            link._end()


@pytest.fixture(scope="session")
def every_kept_host():
    hosts = KeptHosts()
    yield hosts
    hosts.end()


@pytest.fixture
def kept_hosts(every_kept_host, monkeypatch):
    """Let runs and evaluations of this test be judged by hosts that are there already."""
    monkeypatch.setattr("iacrl.scoring.runtime.runtime.Link", every_kept_host.link)


@pytest.fixture
def letters_reward(tmp_path):
    """A reward that a random model can raise, so that GRPO has gradients: the share of lower-case letters."""
    path = tmp_path / "letters.py"
    path.write_text(
        "import iacrl\n\n\n"
        "@iacrl.reward\n"
        "def letters(task, verdict):\n"
        '    """The share of lower-case letters."""\n'
        "    text = verdict.completion\n"
        "    return sum(c.islower() for c in text) / len(text) if text else 0.0\n"
    )
    return path


@pytest.fixture(scope="session")
def few_tasks(tmp_path_factory):
    """Overrides that name task files with a seventh of the demonstration's tasks: every stage reads all of a file."""
    folder = tmp_path_factory.mktemp("tasks")
    for split in ("train", "validation", "test"):
        lines = (SHIPPED / "tiny" / f"{split}.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / f"{split}.jsonl").write_text("".join(lines[::7]), encoding="utf-8")
    return [f"data.{split}={folder / split}.jsonl" for split in ("train", "validation", "test")]


@pytest.fixture(scope="session")
def small_stages(tiny_model, few_tasks):
    """Overrides that make any recipe small: a tiny model, few rows, short completions."""
    return [
        f"model.id={tiny_model}",
        *few_tasks,
        "model.device=cpu",
        "run.name=small",
        "run.threads=1",
        "data.sft_rows=16",
        "data.grpo_rows=8",
        "sft.batch_size=2",
        "sft.accumulation=2",
        "sft.steps=2",
        "sft.log_every=1",
        "grpo.steps=2",
        "grpo.prompts_per_step=2",
        "grpo.group_size=2",
        "grpo.batch_size=2",
        "grpo.max_completion_tokens=8",
        "grpo.log_every=1",
        "grpo.learning_rate=1e-3",
        "grpo.rollout=policy",
        "model.decoder=transformers",
        "guards.truncation.action=ignore",  # a model with random weights never stops
        "gates.action=skip",
        "probe.every=null",
        "eval.rows=4",
        "eval.batch_size=4",
        "eval.max_completion_tokens=8",
    ]


@pytest.fixture
def small(small_stages, letters_reward, kept_hosts, tmp_path):
    """Those overrides, in a place of this test's own, with a reward that can be raised."""
    return [*small_stages, f"run.dir={tmp_path / 'runs'}", f'rewards.weights={{"{letters_reward}": 1.0}}']


@pytest.fixture
def chats(tmp_path):
    """A file of 20 general chats, as `data.replay` takes it."""

    def row(number):
        asked = {"role": "user", "content": f"What is {number}?"}
        return {"messages": [asked, {"role": "assistant", "content": f"A number, and {number + 1} is the next."}]}

    path = tmp_path / "chat.jsonl"
    path.write_text("".join(json.dumps(row(number)) + "\n" for number in range(20)))
    return path
