"""The real program as Terraform's second judge."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from iacrl.domains.programs import SecondOpinion
from iacrl.domains.terraform.engine import TerraformEngine
from iacrl.domains.terraform.engine.engine import BY_SCHEMA


class ProgramJudge:
    """What the terraform or tofu on the PATH says; see `TerraformEngine`.

    Raises:
        UserError: There is no such program.
    """

    def __init__(self) -> None:
        self._engine = TerraformEngine()
        self.name = self._engine.program.name

    def __enter__(self) -> Self:
        self._engine.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.__exit__(kind, error, trace)

    def judge(self, texts: Sequence[str]) -> list[SecondOpinion]:
        """Return what the program says of each text, in order."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(self._opinion, texts))

    def _opinion(self, text: str) -> SecondOpinion:
        try:
            verdict = self._engine.validate(text)
        except RuntimeError as error:  # a fault of the program says nothing about the text
            return SecondOpinion(None, fault=str(error))
        passed_over = any(BY_SCHEMA not in words for words in verdict.unchecked)
        judged = verdict.errors or (verdict.layers and not passed_over)
        return SecondOpinion(verdict.valid if judged else None, verdict.diagnostics)
