import re

from pages import follow


def test_the_commands_of_write_a_reward_run_in_their_order(tmp_path, monkeypatch, run_cli):
    monkeypatch.chdir(tmp_path)
    printed = follow("write-a-reward.md", tmp_path, run_cli=run_cli)
    tested = [text for body, text in printed if "pytest" in body]
    assert "3 passed" in tested[0] and "5 passed" in tested[1]
    (scored,) = [text for body, text in printed if "iacrl score" in body]
    assert re.search(r"^documented +0\.000 +0\.1 ", scored, re.MULTILINE)
    samples = (tmp_path / "runs" / "mine" / "grpo" / "samples.jsonl").read_text().splitlines()
    assert len(samples) == 16 and all('"documented"' in row for row in samples)
