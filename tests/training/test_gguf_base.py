import pytest
import torch
from tiny_gguf import write_gguf
from transformers import AutoModelForCausalLM

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.training import gguf_base
from iacrl.training.model import base_digest, load_base
from iacrl.training.tokenizer import load_tokenizer


@pytest.fixture(scope="module")
def gguf_file(tmp_path_factory):
    return write_gguf(tmp_path_factory.mktemp("gguf") / "tiny-q8_0.gguf")


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setattr(gguf_base, "user_cache_path", lambda name: folder / name)
        yield folder


def model_section(*overrides):
    return load_config("tiny-cpu", overrides).model


def test_a_gguf_file_is_a_base_that_can_be_held_in_4_bits(gguf_file):
    own = model_section(f"model.id={gguf_file}", "model.compute_dtype=float32")
    quantized = load_base(own)
    plain = AutoModelForCausalLM.from_pretrained(gguf_file.parent, gguf_file=gguf_file.name, dtype=torch.float32)
    assert sum(type(module).__name__ == "Linear4bit" for module in quantized.modules()) == 2 * 7
    ids = torch.arange(24)[None]
    with torch.no_grad():
        likeness = torch.nn.functional.cosine_similarity(
            quantized(input_ids=ids).logits.flatten(), plain(input_ids=ids).logits.flatten(), dim=0
        )
    assert likeness > 0.97  # of random weights NF4 keeps about that much
    full = load_base(model_section(f"model.id={gguf_file}", "model.quantization=none", "model.compute_dtype=float32"))
    with torch.no_grad():
        assert torch.allclose(full(input_ids=ids).logits, plain(input_ids=ids).logits, atol=0.05)


def test_it_is_unpacked_once_and_known_by_its_content(gguf_file, cache, monkeypatch, tmp_path):
    own = model_section(f"model.id={gguf_file}")
    digest = base_digest(load_base(own), own)
    monkeypatch.setattr(gguf_base, "_write", lambda file, folder: pytest.fail("unpacked again"))
    copy = tmp_path / "renamed.gguf"
    copy.write_bytes(gguf_file.read_bytes())
    assert base_digest(load_base(model_section(f"model.id={copy}")), model_section(f"model.id={copy}")) == digest
    assert [path.name for path in (cache / "iacrl" / "gguf").iterdir() if path.name.startswith(".")] == []


def test_its_padding_token_is_not_its_end_token(gguf_file):
    tokenizer = load_tokenizer(model_section(f"model.id={gguf_file}"))
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("<|im_end|>", "<|endoftext|>")


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "no such file"), (b"PK", "not a GGUF file"), (b"GGUF\x03\0\0\0cut off", "cannot be read")],
)
def test_what_is_no_gguf_file_is_refused(tmp_path, cache, content, told):
    file = tmp_path / "broken.gguf"
    if content is not None:
        file.write_bytes(content)
    before = sorted(cache.rglob("*.safetensors"))
    with pytest.raises(UserError, match=told):
        load_tokenizer(model_section(f"model.id={file}"))
    assert sorted(cache.rglob("*.safetensors")) == before
    assert not list(cache.rglob(".*-*"))


def test_a_file_that_lacks_weights_is_refused(gguf_file, tmp_path, cache):
    """Such as the first of a model's files: transformers would fill the others with random numbers."""
    content = gguf_file.read_bytes()
    for name, told in ((b"blk.1.attn_q.weight", "layers.1.self_attn.q_proj"), (b"output_norm.weight", "norm")):
        assert content.count(name) == 1
        (tmp_path / "part.gguf").write_bytes(content.replace(name, b"x" * len(name)))
        with pytest.raises(UserError, match=rf"lacks weights of the model .*\(1\), such as model\.{told}\.weight\."):
            load_base(model_section(f"model.id={tmp_path / 'part.gguf'}"))
    assert not list(cache.rglob(".*-*"))
