"""Which reward trained a run: recorded in its manifest, and compared with the present one on resuming."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iacrl.errors import UserError
from iacrl.runs.directory import RunDirectory
from iacrl.scoring.rubric import Rubric


def describe_reward(rubric: Rubric) -> dict[str, Any]:
    """Return the manifest's entry `reward`: the rubric's digest, and the SHA-256 of the file that declares each reward.

    The rubric's digest covers iacrl's own validators too.
    """
    files = {part.source: part.reward.file_digest for part in rubric.parts}
    return {"rubric": rubric.digest, "files": files}


def check_same_reward(run: RunDirectory, reward: Mapping[str, Any]) -> None:
    """Refuse to go on with a run whose reward has changed, because the same policy would earn other scores.

    Args:
        reward: The present result of `describe_reward`.

    Raises:
        UserError: It differs from the one that the run was started with.
    """
    before = run.read_manifest().get("reward")
    if before is None or before["rubric"] == reward["rubric"]:
        return
    names = before["files"].keys() | reward["files"].keys()
    changed = sorted(name for name in names if before["files"].get(name) != reward["files"].get(name))
    what = f"the code of {', '.join(changed)}" if changed else "iacrl's validators, or a package with a reward"
    raise UserError(
        f"{run.path} was started with another reward: {what} changed since. Start it again with --overwrite, or go on "
        "all the same with --resume --accept-reward; the manifest then names both."
    )
