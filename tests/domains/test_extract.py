import pytest

import iacrl

BLOCK = 'variable "a" {}\n'


@pytest.mark.parametrize(
    ("completion", "expected"),
    [
        (BLOCK, BLOCK),
        (f"Here it is:\n```terraform\n{BLOCK}```\nDone.", BLOCK),
        (f"```hcl\n{BLOCK}```", BLOCK),
        (f"```HCL title=main.tf\n{BLOCK}```", BLOCK),
        (f"~~~tf\n{BLOCK}~~~", BLOCK),
        (f"````terraform\n{BLOCK}````", BLOCK),
        # A longer fence holds shorter ones.
        ('````terraform\nlocals {\n  a = "```"\n}\n````', 'locals {\n  a = "```"\n}\n'),
        # The files of one module are joined, other languages left out.
        (f"```terraform\n{BLOCK}```\n```sh\nterraform init\n```\n```tf\nlocals {{}}\n```", BLOCK + "\nlocals {}\n"),
        # Without the domain's language: the last fence.
        (f"```sh\nls\n```\n```\n{BLOCK}```", BLOCK),
        # A truncated answer is judged by what it holds.
        (f"```terraform\n{BLOCK}", BLOCK + "\n"),
        # Fences inside the reasoning do not count.
        (f"<think>\n```terraform\nwrong {{}}\n```\n</think>\n```terraform\n{BLOCK}```", BLOCK),
        # Some chat templates open the reasoning in the prompt.
        (f"Such as\n```terraform\nwrong {{}}\n```\n</think>\n\n```terraform\n{BLOCK}```", BLOCK),
        (f"```terraform\n{BLOCK}# not </think> within a line\n```", BLOCK + "# not </think> within a line\n"),
        ("```terraform", ""),
        (f"```terraform\r\n{BLOCK}```\r\n", BLOCK),
        ("", ""),
    ],
)
def test_terraform(completion, expected):
    assert iacrl.extract(completion, domain="terraform") == expected


def test_kubernetes_blocks_are_documents_of_one_stream():
    completion = "First:\n```yaml\na: 1\n```\nthen\n```yaml\nb: 2\n```"
    assert iacrl.extract(completion, domain="kubernetes") == "a: 1\n---\nb: 2\n"


def test_a_fence_of_the_other_domain_counts_only_as_the_last_resort():
    completion = f"```yaml\na: 1\n```\n```terraform\n{BLOCK}```"
    assert iacrl.extract(completion, domain="terraform") == BLOCK
    assert iacrl.extract(completion, domain="kubernetes") == "a: 1\n"
