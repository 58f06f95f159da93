import pytest
import yaml

from iacrl.tasks.families.kubernetes.manifests import manifest


@pytest.mark.parametrize(
    "text",
    [
        "8080",
        "1.27",
        "true",
        "no",
        "y",
        "n",
        "null",
        "~",
        "1e3",
        "0x1F",
        "0o17",
        "12:30:45",
        "2024-01-01",
        "",
    ],
)
def test_strings_that_look_like_something_else_are_quoted(text):
    written = manifest({"value": text})
    assert f'"{text}"' in written
    assert yaml.safe_load(written) == {"value": text}


@pytest.mark.parametrize("text", ["500m", "1Gi", "nginx:1.27", "web-1", "/bin/sh", "v1", "7f3a9c"])
def test_other_strings_are_not(text):
    assert manifest({"value": text}) == f"value: {text}\n"


def test_objects_are_written_in_full_in_the_order_given_and_apart():
    labels = {"z": "1a", "a": "b"}
    text = manifest({"one": labels, "two": labels}, {"file": "a=1\nb=2\n", "list": [{"port": 1}]})
    assert text == ("one:\n  z: 1a\n  a: b\ntwo:\n  z: 1a\n  a: b\n---\nfile: |\n  a=1\n  b=2\nlist:\n- port: 1\n")
