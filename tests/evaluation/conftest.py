import json

import pytest
from evaluation_server import Server

import iacrl
from iacrl.tasks import write_tasks


@pytest.fixture(scope="session")
def some_tasks():
    """Three tasks of each domain, of three families each."""
    found = []
    for domain in ("terraform", "kubernetes"):
        families = {}
        for task in iacrl.load_tasks(domain, split="test"):
            families.setdefault(task.family, task)
        found += list(families.values())[:3]
    return found


@pytest.fixture
def small_eval(tmp_path, some_tasks, kept_hosts, monkeypatch):
    """Overrides that make an evaluation small: those six tasks, which the trivial policies know too."""
    for name in ("IACRL_API_KEY", "OPENAI_API_KEY", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "tasks.jsonl"
    write_tasks(file, some_tasks)
    return [f"run.dir={tmp_path / 'runs'}", f"data.test={file}", f"data.train={file}", "rewards.workers=1"]


@pytest.fixture
def write_completions(tmp_path):
    def write(name, rows):
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write


@pytest.fixture
def endpoint():
    server = Server()
    yield server
    server.close()


@pytest.fixture
def gold_of(some_tasks):
    """From a request's body to the gold answer of the task that it asks."""

    def find(body):
        asked = body["messages"][-1]["content"]
        return next(task.output for task in some_tasks if asked.startswith(task.instruction))

    return find
