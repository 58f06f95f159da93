"""Settings of a process before a model is loaded: seeds, threads, and what the libraries print."""

from __future__ import annotations

import warnings
from importlib.util import find_spec

import datasets
import torch
import transformers
from transformers import set_seed

from iacrl.config.recipes import Config
from iacrl.errors import UserError


def set_up(config: Config) -> None:
    """Seed everything, set the CPU threads, and keep the libraries' own messages off the terminal.

    Raises:
        UserError: A logger that `run.report_to` names is not installed.
    """
    for name in config.run.report_to:
        found = find_spec(name)
        if found is None or found.origin is None:  # a folder of that name, as loggers leave in the working directory
            raise UserError(f"run.report_to names {name}, which is not installed: pip install {name}")
    if config.run.threads is not None:
        torch.set_num_threads(config.run.threads)
    set_seed(config.run.seed)
    transformers.utils.logging.set_verbosity_error()
    datasets.disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore", category=UserWarning, module=r"(torch|transformers|trl|peft|bitsandbytes)\b.*")
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(torch|transformers|trl|peft|bitsandbytes)\b.*")
