"""Task files on the Hugging Face hub: `hf://datasets/OWNER/NAME[@REVISION]/FILE`."""

from __future__ import annotations

import re
from pathlib import Path

from iacrl.errors import UserError, first_line
from iacrl.extras import require

_SCHEME = "hf://"
_ADDRESS = re.compile(r"hf://datasets/(?P<repo>[\w.-]+/[\w.-]+)(@(?P<revision>[^/]+))?/(?P<file>.+)")


def is_on_hub(source: str) -> bool:
    """Say whether a task file is named by its address on the hub."""
    return source.startswith(_SCHEME)


def task_file(source: str) -> Path:
    """Return the path of a task file. One of the hub is downloaded into its cache, if it is not there yet.

    Args:
        source: A path, or `hf://datasets/OWNER/NAME[@REVISION]/FILE`. The revision is a branch, a tag or a commit.

    Raises:
        UserError: The address is incomplete, or the hub has no such file, refuses, or cannot be reached.
    """
    if not is_on_hub(source):
        return Path(source)
    parts = _ADDRESS.fullmatch(source)
    if parts is None:
        raise UserError(f"{source}: expected hf://datasets/OWNER/NAME/FILE, with @REVISION after NAME if you like.")
    require(source, "train", ["huggingface_hub"])
    import httpx2
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        found = hf_hub_download(parts["repo"], parts["file"], repo_type="dataset", revision=parts["revision"])
    except (HfHubHTTPError, LocalEntryNotFoundError, httpx2.HTTPError, OSError, ValueError) as error:
        raise UserError(f"{source}: the hub does not give this file: {first_line(error)}") from error
    return Path(found)
