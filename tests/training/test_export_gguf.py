"""A GGUF file of a trained policy holds its weights, its tokenizer and its prompt format, or it is not written."""

import json
from importlib.util import find_spec

import pytest
import torch
from click.testing import CliRunner
from gguf import GGUFReader
from gguf.quants import dequantize
from stage_runs import run
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from iacrl.errors import UserError
from iacrl.training import gguf_tokenizer
from iacrl.training.gguf_base import read_gguf
from iacrl.training.gguf_check import _ODD
from iacrl.training.gguf_file import write_gguf
from iacrl.training.modelfile import chat_pieces, write_modelfile

HAS_LLAMA_CPP = find_spec("llama_cpp") is not None
NEEDS_LLAMA_CPP = pytest.mark.skipif(not HAS_LLAMA_CPP, reason="llama-cpp-python is not installed")

IDS = list(range(7, 120))
SHAPE = {
    "vocab_size": 608,  # eight rows more than tokens
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
}
SCALED = {
    "rope_type": "llama3",
    "rope_theta": 500_000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}


def splitting_tokenizer(steps):
    """Return a small tokenizer that splits text by these steps, written as in `gguf_tokenizer`."""
    known = {
        "bytes": pre_tokenizers.ByteLevel(add_prefix_space=False),
        "raw bytes": pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        "digits": pre_tokenizers.Digits(individual_digits=True),
    }
    whole_words = gguf_tokenizer._SPLITTINGS.get(steps) in gguf_tokenizer._WHOLE_WORDS
    backend = Tokenizer(models.BPE(ignore_merges=whole_words))
    parts = [known[step] if step in known else pre_tokenizers.Split(Regex(step), "isolated") for step in steps]
    backend.pre_tokenizer = pre_tokenizers.Sequence(parts)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<pad>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator([_ODD, "we don't 2024 12345 resource = [  ]\n\n}\n"] * 20, trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, pad_token="<pad>", eos_token="<|im_end|>")
    tokenizer.chat_template = (
        "{% for message in messages %}{{ '<|im_start|>' + message.role + '\n' }}"
        "{%- if message.role == 'assistant' -%}{%- generation -%}"
        "{{ message.content + '<|im_end|>' }}{%- endgeneration -%}"
        "{%- else -%}{{ message.content + '<|im_end|>' }}{%- endif -%}{{ '\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    )
    return tokenizer


@pytest.fixture(scope="module")
def plain():
    return splitting_tokenizer(("bytes",))


def shaped(kind):
    """Return a model with random weights, also of its norms and biases."""
    torch.manual_seed(1)
    made = {
        "llama": lambda: LlamaForCausalLM(LlamaConfig(**SHAPE, tie_word_embeddings=True)),
        "scaled": lambda: LlamaForCausalLM(LlamaConfig(**SHAPE, attention_bias=True, rope_parameters=SCALED)),
        "qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(**SHAPE, tie_word_embeddings=True)),
        "qwen3": lambda: Qwen3ForCausalLM(Qwen3Config(**SHAPE, head_dim=128)),
    }[kind]()
    with torch.no_grad():
        for weight in made.parameters():
            weight.normal_(0.5, 0.3) if weight.dim() == 1 else weight.normal_(0.0, 0.08)
    return made.float().eval()


def logits(model):
    with torch.no_grad():
        return model(input_ids=torch.tensor([IDS])).logits[0]


@pytest.mark.parametrize("kind", ["llama", "qwen2", "qwen3"])
def test_transformers_reads_the_same_model_from_the_file(kind, plain, tmp_path):
    model = shaped(kind)
    write_gguf(model, plain, tmp_path / "x.gguf", "f16", name="x")
    found = logits(read_gguf(tmp_path / "x.gguf", torch.float32))
    assert torch.allclose(found, logits(model), atol=0.01), (found - logits(model)).abs().max()


@NEEDS_LLAMA_CPP
@pytest.mark.parametrize("kind", ["llama", "scaled", "qwen2", "qwen3"])
@pytest.mark.parametrize(("form", "off"), [("f16", 0.01), ("bf16", 0.05), ("q8_0", 0.05)])
def test_llama_cpp_reads_the_same_model_from_the_file(kind, form, off, plain, tmp_path):
    from iacrl.training.llama_cpp import LlamaCpp

    model = shaped(kind)
    write_gguf(model, plain, tmp_path / "x.gguf", form, name="x")
    with LlamaCpp(tmp_path / "x.gguf", length=128, threads=1) as written:
        found = torch.from_numpy(written.logits(IDS))
    assert torch.allclose(found, logits(model), atol=off), (found - logits(model)).abs().max()


@NEEDS_LLAMA_CPP
@pytest.mark.parametrize("steps", gguf_tokenizer._SPLITTINGS)
def test_llama_cpp_splits_text_as_each_known_tokenizer(steps, tmp_path):
    from iacrl.training.llama_cpp import LlamaCpp

    tokenizer = splitting_tokenizer(steps)
    write_gguf(shaped("llama"), tokenizer, tmp_path / "x.gguf", "f16", name="x")
    with LlamaCpp(tmp_path / "x.gguf", length=128, threads=1) as written:
        for text in (_ODD, "<|im_start|>user\nhi<|im_end|>\n"):
            assert written.tokenize(text) == tokenizer(text, add_special_tokens=False)["input_ids"]


@NEEDS_LLAMA_CPP
def test_llama_cpp_makes_a_smaller_form(plain, tmp_path):
    from iacrl.training.llama_cpp import LlamaCpp, quantize_file

    write_gguf(shaped("llama"), plain, tmp_path / "x.gguf", "f16", name="x")
    quantize_file(tmp_path / "x.gguf", tmp_path / "small.gguf", "q4_0")
    assert (tmp_path / "small.gguf").stat().st_size < (tmp_path / "x.gguf").stat().st_size
    with LlamaCpp(tmp_path / "small.gguf", length=128, threads=1) as written:
        found = torch.from_numpy(written.logits(IDS)).flatten()
    likeness = torch.nn.functional.cosine_similarity(found, logits(shaped("llama")).flatten(), dim=0)
    assert 0.9 < likeness < 0.99999, "alike and not the same"


def test_q8_0_is_in_the_file_and_norms_are_not(plain, tmp_path):
    model = shaped("qwen2")
    write_gguf(model, plain, tmp_path / "x.gguf", "q8_0", name="mine")
    tensors = {tensor.name: tensor for tensor in GGUFReader(tmp_path / "x.gguf").tensors}
    assert tensors["blk.0.ffn_up.weight"].tensor_type.name == "Q8_0"
    assert {tensor.tensor_type.name for name, tensor in tensors.items() if "norm" in name} == {"F32"}
    up = tensors["blk.0.ffn_up.weight"]
    found = torch.from_numpy(dequantize(up.data, up.tensor_type))
    assert torch.allclose(found, model.model.layers[0].mlp.up_proj.weight, atol=0.005)
    assert "output.weight" not in tensors, "an embedding that is also the head is written once"


def test_a_tokenizer_that_llama_cpp_has_no_splitting_for_is_refused(tmp_path):
    own = splitting_tokenizer((r"`{3}|\p{L}+|\s", "raw bytes"))
    with pytest.raises(UserError, match=r"cannot express.*pattern of its own.*qwen2.*without --format"):
        write_gguf(shaped("llama"), own, tmp_path / "x.gguf", "f16", name="x")


def test_another_type_of_model_is_refused(plain, tmp_path):
    model = shaped("llama")
    model.config.model_type = "gemma3"
    with pytest.raises(UserError, match=r"gemma3 are not written here.*convert_hf_to_gguf"):
        write_gguf(model, plain, tmp_path / "x.gguf", "f16", name="x")


def test_the_chat_template_in_the_file_writes_the_same_without_the_tags_of_training(plain):
    told = gguf_tokenizer.describe_tokenizer(plain, 608).chat_template
    assert "generation" not in told.replace("add_generation_prompt", "")
    chat = [{"role": role, "content": f"{role} says"} for role in ("system", "user", "assistant", "user")]
    for messages in (chat, chat[:2], chat[1:2]):
        wanted = plain.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        assert (
            plain.apply_chat_template(messages, chat_template=told, tokenize=False, add_generation_prompt=True)
            == wanted
        )


CHAT = [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]


class TestModelfile:
    def test_it_has_the_prompt_format_the_ends_and_no_penalty(self, plain):
        pieces = chat_pieces(plain, CHAT)
        assert pieces.render(CHAT) == plain.apply_chat_template(CHAT, tokenize=False, add_generation_prompt=True)
        told = write_modelfile("x.gguf", pieces, ["<|im_end|>"], context=99)
        assert told.startswith("FROM ./x.gguf\nTEMPLATE ")
        assert (
            "<|im_start|>system\n{{ .Content }}" in told and "{{ .Content }}<|im_end|>\n<|im_start|>assistant\n" in told
        )
        assert 'PARAMETER stop "<|im_end|>"\nPARAMETER num_ctx 99\n' in told
        assert "PARAMETER repeat_penalty 1\n" in told

    @pytest.mark.parametrize(
        ("begin", "plain_text"), [("good", True), ('"""\nFROM x', False), ("{{ .Secret }}", False), ("{", False)]
    )
    def test_a_template_writes_nothing_else_into_the_modelfile(self, plain, begin, plain_text):
        """Only a conversation without a system text begins so: one with it would not show it."""
        other = PreTrainedTokenizerFast(tokenizer_object=plain.backend_tokenizer, eos_token="<|im_end|>")
        alone = f"{{% if loop.first and m.role == 'user' %}}{{{{ {begin!r} }}}}{{% endif %}}"
        other.chat_template = f"{{% for m in messages %}}{alone}{{{{ m.content }}}}[{{{{ m.role }}}}]{{% endfor %}}"
        assert (chat_pieces(other, CHAT) is not None) == plain_text

    def test_a_token_writes_nothing_else_into_the_modelfile(self):
        told = write_modelfile("x.gguf", None, ['a"\nADAPTER x', "b\nSYSTEM y", "<end>"], context=9)
        assert 'PARAMETER stop "<end>"' in told and told.count("stop") == 1
        assert "ADAPTER" not in told and "SYSTEM" not in told

    def test_a_template_that_changes_texts_is_left_to_ollama(self, plain):
        other = PreTrainedTokenizerFast(tokenizer_object=plain.backend_tokenizer, eos_token="<|im_end|>")
        other.chat_template = "{% for m in messages %}<{{ m.role }}>{{ m.content | upper }}{% endfor %}"
        assert chat_pieces(other, CHAT) is None
        assert "TEMPLATE" not in write_modelfile("x.gguf", None, ["<|im_end|>"], context=99)


@pytest.fixture(scope="module")
def trained(small_stages, tmp_path_factory):
    where = tmp_path_factory.mktemp("gguf-runs")
    return run("sft", [*small_stages, f"run.dir={where}", "sft.learning_rate=2e-2"])


class TestCommand:
    def call(self, *arguments):
        from iacrl.cli.export import command

        return CliRunner().invoke(command, [str(item) for item in arguments], catch_exceptions=False)

    def test_the_files_are_the_trained_policy(self, trained, tmp_path):
        more = ["--quantize", "q4_0"] if HAS_LLAMA_CPP else []
        done = self.call(trained.path, "--out", tmp_path / "out", "--format", "gguf", "--quantize", "q8_0", *more)
        assert done.exit_code == 0, done.output
        facts = json.loads((tmp_path / "out" / "iacrl.json").read_text())
        check = facts["files"]["small-q8_0.gguf"]
        assert facts["form"] == "gguf" and facts["read_by"] == ("llama.cpp" if HAS_LLAMA_CPP else "transformers")
        assert abs(check["log_probability_before"] - check["log_probability_after"]) < 0.05
        assert check["same_verdicts"] == check["tasks"] > 0
        names = {path.name for path in (tmp_path / "out").iterdir()}
        assert names == {"small-q8_0.gguf", "Modelfile", "iacrl.json", *(["small-q4_0.gguf"] if more else [])}
        assert "FROM ./small-q8_0.gguf" in (tmp_path / "out" / "Modelfile").read_text()
        assert "ollama create NAME -f" in done.stdout

    def test_weights_of_another_policy_are_refused(self, trained, tmp_path, monkeypatch):
        from iacrl.training import export_gguf

        def zeroed(model, *arguments, **options):
            model.model.norm.weight.data.zero_()
            return write_gguf(model, *arguments, **options)

        monkeypatch.setattr(export_gguf, "write_gguf", zeroed)
        with pytest.raises(UserError, match="is not the trained policy"):
            self.call(trained.path, "--out", tmp_path / "out", "--format", "gguf")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            (["--quantize", "q8_0"], "needs --format gguf"),
            (["--format", "gguf", "--quantize", "q9"], "expected one of"),
            (["--format", "gguf", "--adapter-only"], "has no effect with --adapter-only"),
        ],
    )
    def test_options_that_do_not_fit_are_refused(self, trained, tmp_path, options, told):
        done = self.call(trained.path, "--out", tmp_path / "out", *options)
        assert done.exit_code == 2 and told in done.stderr
        assert list(tmp_path.iterdir()) == []
