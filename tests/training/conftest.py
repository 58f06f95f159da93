"""What the tests of training share."""

import pytest


@pytest.fixture
def rehearsing(monkeypatch):
    """Makes training begin with a rehearsal, as it does on a GPU."""
    from iacrl.training import stage
    from iacrl.training.callbacks import Rehearsal

    train = stage._train

    def rehearsed(trainer, *args):
        trainer.add_callback(Rehearsal(trainer, [5] * 700))
        train(trainer, *args)

    monkeypatch.setattr(stage, "_train", rehearsed)
