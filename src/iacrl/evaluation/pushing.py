"""A run on the Hugging Face hub: its policy, with a model card of what was measured."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError, OfflineModeIsEnabled

from iacrl.errors import UserError, first_line
from iacrl.evaluation.report.outputs import make_report
from iacrl.evaluation.report.summary import is_local, model_name
from iacrl.files import read_text, write_json
from iacrl.training.export import export_adapter, export_merged, find_run

CARD = "README.md"


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a push sends.

    Attributes:
        folder: Holds the files, and nothing else.
        files: Name of each to its size in bytes.
        card: The model card, which is one of them.
    """

    folder: Path
    files: dict[str, int]
    card: str


def check_repo(repo: str) -> None:
    """Refuse a name that cannot be one of a repository.

    Raises:
        UserError: It is not of the form OWNER/NAME.
    """
    if "/" not in repo:
        raise UserError(f"{repo}: name the owner too, as in OWNER/{repo}.")
    if not re.fullmatch(r"[\w.-]+/[\w.-]{1,96}", repo, re.ASCII):
        raise UserError(f"{repo}: not the name of a repository: OWNER/NAME of letters, digits, `-`, `_` and `.`.")


@contextmanager
def packed(path: Path, *, adapter_only: bool, trust: bool) -> Iterator[Parcel]:
    """Yield what a push of a run sends; it is deleted at the end.

    Args:
        path: The run, such as runs/NAME, or one of its stages.
        adapter_only: The adapter instead of merged weights.
        trust: Whether code that the run's configuration names may be run; see `iacrl.config.of_run`.

    Raises:
        UserError: The run has no finished stage or no evaluation; its adapter belongs to a base that only this machine
            has; or `iacrl.training.export` refuses it.
    """
    stage = find_run(path)
    whole = path if stage.path != path else path.parent
    card = make_report([whole], ["card"])["card"]
    if not isinstance(card, str):
        raise TypeError("the report's card is not a text")
    lineage = stage.read_manifest()["lineage"]
    base = str(lineage["base_model"])
    if adapter_only and is_local(base, lineage.get("base_digest")):
        raise UserError(
            f"{path}: its adapter belongs to {base}, a base on this machine, which nobody else could load. Push the "
            "merged weights, without --adapter-only."
        )
    place = Path(tempfile.mkdtemp(prefix="iacrl-push-"))
    try:
        folder = place / "parcel"
        if adapter_only:
            export_adapter(stage, folder)
        else:
            export_merged(stage, folder, trust=trust)
            card = card.replace("library_name: peft", "library_name: transformers", 1)
        _leave_paths_out(folder, whole.resolve().name)
        (folder / CARD).write_text(card, encoding="utf-8")
        names = sorted(file for file in folder.rglob("*") if file.is_file())
        yield Parcel(folder, {str(file.relative_to(folder)): file.stat().st_size for file in names}, card)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _leave_paths_out(folder: Path, name: str) -> None:
    """Name the run and its base without their places on this machine."""
    facts = json.loads(read_text(folder / "iacrl.json"))
    lineage = facts["lineage"]
    lineage["base_model"] = model_name(str(lineage["base_model"]), lineage.get("base_digest"))
    write_json(folder / "iacrl.json", {**facts, "run": name})
    description = folder / "adapter_config.json"
    if description.is_file():  # peft writes from where the base was loaded
        content = json.loads(read_text(description))
        write_json(description, {**content, "base_model_name_or_path": lineage["base_model"]})


def push(parcel: Parcel, repo: str, *, public: bool) -> str:
    """Create the repository if it does not exist, upload the files in one commit, and return its address.

    A repository that exists keeps its visibility.

    Args:
        repo: OWNER/NAME.
        public: Whether a new repository is public.

    Raises:
        UserError: No token is there, the hub refuses, or it cannot be reached.
    """
    hub = HfApi()
    try:
        url = hub.create_repo(repo, private=not public, exist_ok=True)
        hub.upload_folder(repo_id=repo, folder_path=parcel.folder, commit_message="Upload by iacrl")
    except LocalTokenNotFoundError:
        raise UserError("The hub needs a token: `hf auth login`, or set HF_TOKEN.") from None
    except (HfHubHTTPError, httpx2.HTTPError, OfflineModeIsEnabled, OSError) as error:
        raise UserError(f"{repo}: the hub refused, or cannot be reached: {first_line(error)}") from error
    return str(url)
