"""What several commands' tests share."""

import pytest

from iacrl.domains.programs import SecondOpinion
from iacrl.domains.ranges import Position, Range
from iacrl.domains.verdict import Diagnostic, Verdict

START = Range(Position(1, 1), Position(1, 1))


@pytest.fixture
def fake_kubernetes_engine(monkeypatch):
    """Replace the Kubernetes engine by one that starts nothing and refuses every text; return those that were made."""
    made = []

    class FakeEngine:
        name = "the fake"

        def __init__(self, assets=None, *, context=None):
            self.assets, self.context, self.texts = assets, context, []
            made.append(self)

        def __enter__(self):
            return self

        def __exit__(self, *raised):
            pass

        def validate(self, text):
            self.texts.append(text)
            return Verdict("kubernetes", (Diagnostic("KB904", "error", "refused by the fake.", "schema", START),))

        def judge(self, texts):
            return [SecondOpinion(found.valid, found.diagnostics) for found in map(self.validate, texts)]

    monkeypatch.setattr("iacrl.domains.kubernetes.engine.KubernetesEngine", FakeEngine)
    return made
