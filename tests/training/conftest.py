"""What the tests of training share."""

import pytest


@pytest.fixture
def checking_peak_memory(monkeypatch):
    """Makes training begin with a check of peak memory, as it does on a GPU."""
    from iacrl.training import stage
    from iacrl.training.callbacks import PeakMemoryCheck

    train = stage._train

    def checked(trainer, *args):
        trainer.add_callback(PeakMemoryCheck(trainer, [5] * 700))
        train(trainer, *args)

    monkeypatch.setattr(stage, "_train", checked)
