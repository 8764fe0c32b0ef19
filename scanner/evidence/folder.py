"""What lies in the folder of a set and is no part of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scanner.evidence.output_set import is_private
from scanner.evidence.sign_command import SUFFIXES

#: Time stamps (RFC 3161) may be laid beside a manifest later.
STAMPS = (".tsq", ".tsr")


def strangers(
    folder: Path, manifest: str, content: Mapping[str, Any], building: bool = False
) -> Iterator[str]:
    """Names, from ``folder``, of files and links in it that the manifest called ``manifest`` does not name.

    ``content``: the manifest; ``building``: outputs are being finished in private folders, which are passed over.
    """
    own = [manifest, content["checksums"], *(manifest + suffix for suffix in (*SUFFIXES, *STAMPS))]
    named = [each.get("location") or "" for each in (*content["inputs"], *content["own_files"])]
    named += [each["name"] for each in content["outputs"]]
    known = {os.path.normpath(name) for name in (*own, *named)}
    for place, folders, files in os.walk(folder):
        if building:
            folders[:] = [name for name in folders if not is_private(name)]
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]  # noqa: PTH114,PTH118
        for name in sorted([*files, *links]):
            shown = os.path.relpath(os.path.join(place, name), folder)  # noqa: PTH118
            if shown not in known:
                yield shown
