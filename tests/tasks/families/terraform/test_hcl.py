from iacrl.tasks.families.terraform.hcl import Call, HclBlock, Heredoc, Ref, block, module, resource


def test_runs_are_aligned_and_what_takes_several_lines_stands_apart():
    body = {
        "name": "orders",
        "delay_seconds": 5,
        "fifo_queue": True,
        "kms_key": Ref("aws_kms_key.main.arn"),
        "policy": Call("jsonencode", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*"}]}),
        "rule": [HclBlock({"a": 1}), HclBlock({})],
        "tags": {"Team": "x", "a.b": None},
    }
    assert resource("aws_sqs_queue", "q", body) == (
        'resource "aws_sqs_queue" "q" {\n'
        '  name          = "orders"\n'
        "  delay_seconds = 5\n"
        "  fifo_queue    = true\n"
        "  kms_key       = aws_kms_key.main.arn\n\n"
        "  policy = jsonencode({\n"
        '    Version = "2012-10-17"\n'
        "    Statement = [\n"
        "      {\n"
        '        Effect = "Allow"\n'
        '        Action = "*"\n'
        "      },\n"
        "    ]\n"
        "  })\n\n"
        "  rule {\n"
        "    a = 1\n"
        "  }\n\n"
        "  rule {}\n\n"
        "  tags = {\n"
        '    Team  = "x"\n'
        '    "a.b" = null\n'
        "  }\n"
        "}"
    )


def test_strings_are_escaped_and_long_lists_broken():
    text = block("locals", {"a": 'say "${x}" \\ 100%{', "b": ["x" * 40, "y" * 40], "c": Heredoc("one\n\ntwo\n")})
    assert text == (
        "locals {\n"
        '  a = "say \\"$${x}\\" \\\\ 100%%{"\n\n'
        "  b = [\n"
        f'    "{"x" * 40}",\n'
        f'    "{"y" * 40}",\n'
        "  ]\n\n"
        "  c = <<-EOT\n    one\n\n    two\n  EOT\n"
        "}"
    )


def test_blocks_of_a_module_are_apart():
    assert module("a {}", "b {}") == "a {}\n\nb {}\n"
