"""A small file that claims a huge model is refused from its header, before anything is built from it."""

import json
import os
import struct

import pytest
from tiny_gguf import write_gguf

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.training.claimed_sizes import check_folder, check_gguf
from iacrl.training.pretrained import from_pretrained
from iacrl.training.trained_files import saved_digest


class Never:
    """A loader that must not be asked."""

    @staticmethod
    def from_pretrained(*_, **__):
        pytest.fail("asked to load it")


SIZES = {"num_hidden_layers": 2, "hidden_size": 64, "intermediate_size": 128, "vocab_size": 320}


def tensor(kind, shape, *offsets):
    return {"dtype": kind, "shape": shape, "data_offsets": offsets}


def weights(header, stored=100_000, length=None):
    """A safetensors file of this size with this header."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (struct.pack("<Q", len(head) if length is None else length) + head).ljust(stored, b"\0")


def folder_of(place, config, stored=100_000):
    (place / "config.json").write_text(config if isinstance(config, str) else json.dumps({**SIZES, **config}))
    size = stored - 1_000
    header = json.dumps({"a": tensor("U8", [size], 0, size)}).encode().ljust(992)
    (place / "model.safetensors").write_bytes(weights(header, stored))
    return place


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"num_hidden_layers": 2**31}, "num_hidden_layers is 2,147,483,648"),
        ({"text_config": {"n_routed_experts": 10**9}}, "n_routed_experts"),
        ({"num_hidden_layers": 9_000}, "9,000 layers"),
        ({"hidden_size": 2**40}, "its files have 100,000 bytes"),
        ({"vocab_size": 2**40}, "its files have"),
        ({"intermediate_size": 2**40}, "its files have"),
        ("[" * 100_000, "not JSON that can be read"),
        ("[]", "expected a JSON object"),
    ],
)
def test_a_configuration_that_claims_too_much(tmp_path, config, told):
    section = load_config("tiny-cpu", [f"model.id={folder_of(tmp_path, config)}"]).model
    with pytest.raises(UserError, match=told):
        from_pretrained(Never, section)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_pipe_among_the_files_of_a_model(tmp_path, name):
    folder = folder_of(tmp_path, {})
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    with pytest.raises(UserError, match=f"{name}: is a device, a socket or a pipe"):
        from_pretrained(Never, load_config("tiny-cpu", [f"model.id={folder}"]).model)
    with pytest.raises(UserError, match=f"{name}: is a device, a socket or a pipe"):
        saved_digest(folder)


def test_an_honest_configuration(tmp_path):
    check_folder(folder_of(tmp_path, {}))
    check_folder(folder_of(tmp_path, {"num_hidden_layers": None, "hidden_size": "x"}))
    check_folder(tmp_path / "none")


ONE = tensor("F32", [4], 0, 16)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (weights(b"", length=2**63), "claims 9,223,372,036,854,775,808 bytes"),
        (weights(b"", length=99_000_000), "claims 99,000,000 bytes"),
        (weights({f"a{number}": tensor("F32", [0], 0, 0) for number in range(200_001)}, 0), "200,001 tensors"),
        (weights({"a": ONE, "b": ONE}, 0), "invalid offset"),
        (weights({"a": tensor("F32", [2**40], 0, 2**42)}), "cannot be read"),
        (weights({"a": tensor("F32", [2**40, 2**40], 0, 16)}), "overflow"),
        (weights({"a": tensor("F32", [-4], 0, 16)}), "cannot be read"),
        (weights({"a": tensor("F9", [4], 0, 16)}), "unknown variant"),
        (weights(b'{"a":' * 100_000, 0), "recursion limit"),
        (weights([]), "cannot be read"),
        (b"\0\0", "cannot be read"),
    ],
)
def test_weights_that_are_not_what_they_say(tmp_path, content, told):
    folder = folder_of(tmp_path, {})
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(UserError, match=f"model.safetensors: .*{told}"):
        from_pretrained(Never, load_config("tiny-cpu", [f"model.id={folder}"]).model)
    with pytest.raises(UserError, match=f"model.safetensors: .*{told}"):
        saved_digest(folder)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        *(({"b": name}, "not in this folder") for name in ("../secret.safetensors", "/etc/passwd", "", "..", ["a/b"])),
        ("x", "weight_map is missing"),
        (None, "weight_map is missing"),
    ],
)
def test_an_index_that_names_files_elsewhere(tmp_path, found, told):
    folder = folder_of(tmp_path, {})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": found}))
    with pytest.raises(UserError, match=told):
        from_pretrained(Never, load_config("tiny-cpu", [f"model.id={folder}"]).model)


def test_a_base_that_is_an_adapter(tmp_path):
    folder = folder_of(tmp_path, {})
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "/dev/zero"}')
    with pytest.raises(UserError, match="holds an adapter"):
        from_pretrained(Never, load_config("tiny-cpu", [f"model.id={folder}"]).model)


@pytest.mark.parametrize(
    "error", [KeyError("a"), TypeError("b"), RuntimeError("c"), AttributeError("d"), Exception("e")]
)
def test_whatever_a_library_comes_upon_in_the_files(tmp_path, error):
    class Failing:
        @staticmethod
        def from_pretrained(*_, **__):
            raise error

    with pytest.raises(UserError, match="cannot be loaded: "):
        from_pretrained(Failing, load_config("tiny-cpu", [f"model.id={folder_of(tmp_path, {})}"]).model)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    return write_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf").read_bytes()


def test_an_honest_header(tmp_path, honest):
    (tmp_path / "a.gguf").write_bytes(honest)
    check_gguf(tmp_path / "a.gguf")


def header(*entries, tensors=0, count=None, version=3):
    """A header with entries of a name, a type and the bytes of a value."""
    written = b"".join(
        struct.pack("<Q", len(name)) + name + struct.pack("<I", kind) + value for name, kind, value in entries
    )
    return struct.pack("<4sIQQ", b"GGUF", version, tensors, len(entries) if count is None else count) + written


LAYERS = (b"llama.block_count", 4)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (header((*LAYERS, struct.pack("<I", 2**31))), "llama.block_count is 2,147,483,648"),
        (header((b"llama.expert_count", 4, struct.pack("<I", 2**31))), "llama.expert_count"),
        (header((b"llama.vocab_size", 4, b"\xff" * 4), (b"llama.embedding_length", 4, b"\xff" * 4)), "weights"),
        (header((b"llama.block_count", 9, struct.pack("<IQI", 4, 1, 2**31))), "llama.block_count is 2,147,483,648"),
        (
            header(
                (b"a.embedding_length", 4, b"\1\0\0\0"),
                (b"llama.embedding_length", 4, b"\xff" * 4),
                (b"llama.vocab_size", 4, b"\xff" * 4),
            ),
            "weights",
        ),
        (header(tensors=2**62), "claims 4,611,686,018,427,387,904 tensors"),
        (header(count=2**62), "entries and has"),
        (header((b"a", 9, struct.pack("<IQ", 0, 2**60))), "claims 1,152,921,504,606,846,976 elements"),
        (header((b"a", 9, struct.pack("<IQ", 0, 1000))), "1,000 elements of an array"),
        (header((b"a", 9, struct.pack("<IQ", 8, 1000))), "1,000 elements of an array"),
        (header((b"a", 9, struct.pack("<IQ", 9, 1))), "an array of arrays"),
        (header((b"a", 8, struct.pack("<Q", 2**63))), "bytes of a text"),
        (header((b"a", 77, b"0")), "unknown type 77"),
        (header(version=9), "its version is 9"),
        (b"GGUF\x03\0\0\0cut off", "cannot be read"),
    ],
)
def test_a_header_that_claims_too_much(tmp_path, content, told):
    file = tmp_path / "a.gguf"
    file.write_bytes(content)
    with pytest.raises(UserError, match=told):
        check_gguf(file)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (header(count=2**31), "claims 2,147,483,648 entries"),
        (header(tensors=2**31), "claims 2,147,483,648 tensors"),
        (header((b"a", 8, struct.pack("<Q", 2**31))), "claims 2,147,483,648 bytes of a text"),
        (header((b"a", 9, struct.pack("<IQ", 8, 2**31))), "claims 2,147,483,648 elements of an array"),
    ],
)
def test_a_sparse_file_has_room_for_what_it_claims(tmp_path, content, told):
    file = tmp_path / "a.gguf"
    with file.open("wb") as written:
        written.write(content)
        written.truncate(2**36)
    with pytest.raises(UserError, match=told):
        from_pretrained(Never, load_config("tiny-cpu", [f"model.id={file}"]).model)
