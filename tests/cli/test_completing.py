"""What a shell completes, by click's own mechanism."""

import pytest
from click.shell_completion import ShellComplete

from iacrl.cli import cli


def completed(*arguments, incomplete=""):
    shell = ShellComplete(cli, {}, "iacrl", "_IACRL_COMPLETE")
    return [(item.type, item.value) for item in shell.get_completions(list(arguments), incomplete)]


def values(*arguments, incomplete=""):
    return [value for _, value in completed(*arguments, incomplete=incomplete)]


def test_commands_and_options_are_completed():
    assert values(incomplete="va") == ["validate"]
    assert values("validate", incomplete="--expl") == ["--explain"]
    assert values("validate", "--domain", incomplete="terr") == ["terraform"]


@pytest.mark.parametrize(
    "arguments", [["validate"], ["score", "--task", "a"], ["schema", "add"], ["validate", "--jsonl"]]
)
def test_files_are_left_to_the_shell(arguments):
    assert ("file", "ma") in completed(*arguments, incomplete="ma")


def test_codes_are_completed_also_after_a_comma():
    assert values("validate", "--explain", incomplete="tf30") == values("validate", "--explain", incomplete="TF30")
    assert "TF304" in values("validate", "--explain", incomplete="TF30")
    assert "KB1,SEC401" in values("validate", "--select", incomplete="KB1,SEC40")


@pytest.mark.parametrize(
    "arguments", [["sft", "--config"], ["eval", "--config"], ["config", "show"], ["doctor", "--config"]]
)
def test_recipes_are_completed_and_else_files(arguments):
    assert values(*arguments, incomplete="tiny-c") == ["tiny-cpu"]
    assert completed(*arguments, incomplete="./mine") == [("file", "./mine")]


def test_ids_of_tasks_are_completed():
    assert values("score", "--task", incomplete="aws_apigatewayv2_api-2025-125") == ["aws_apigatewayv2_api-2025-125"]
    assert 0 < len(values("score", "--task")) <= 500


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_lines_of_the_page_print_a_script(shell, monkeypatch, capsys):
    monkeypatch.setenv("_IACRL_COMPLETE", f"{shell}_source")
    monkeypatch.setattr("click.shell_completion.BashComplete._check_version", staticmethod(lambda: None))
    with pytest.raises(SystemExit) as stop:
        cli.main(prog_name="iacrl", args=[])
    assert stop.value.code == 0
    assert "_IACRL_COMPLETE" in capsys.readouterr().out
