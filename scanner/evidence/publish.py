"""Adds manifest, checksums and signature to the outputs of a scan, and puts the whole set in place."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.document import canonical
from scanner.evidence import manifest as manifests
from scanner.evidence import sign_command
from scanner.evidence.checksums import render
from scanner.evidence.output_set import OutputSet
from scanner.evidence.sign_command import SUFFIXES
from scanner.evidence.signature import Signer
from scanner.run.job import Options


@dataclass(frozen=True, slots=True)
class Attestation:
    """What shall vouch for the outputs. ``manifest``: where it goes; ``whole_folder``: its folder is the set's own.

    At most one of ``signer`` and ``command`` is given.
    """

    manifest: Path
    whole_folder: bool
    signer: Signer | None = None
    command: str | None = None

    @property
    def checksums(self) -> Path:
        """Where the list of checksums goes."""
        name = manifests.SUMS if self.whole_folder else f"{self.manifest.name}.sha256"
        return self.manifest.with_name(name)


def add(
    outputs: OutputSet,
    wanted: Attestation,
    document: Mapping[str, Any],
    options: Options,
    paths: Sequence[str],
) -> None:
    """Stages manifest, checksums and signature for what ``outputs`` holds; OutputError, SourceError."""
    content = manifests.build(
        document,
        options,
        paths,
        wanted.manifest,
        dict(outputs.places),
        wanted.checksums.name,
        wanted.whole_folder,
        wanted.signer.public_key if wanted.signer else None,
    )
    data = canonical.render(content)
    outputs.write(wanted.manifest, data, private=options.reveal)
    sums = render([*manifests.listed(content), (wanted.manifest.name, hashlib.sha256(data).hexdigest())])
    outputs.write(wanted.checksums, sums, private=options.reveal)
    suffix, signature = manifests.SIGNATURE, None
    if wanted.signer:
        signature = wanted.signer.sign(data, wanted.manifest.name, int(time.time()))
    elif wanted.command:
        with outputs.staged(wanted.manifest) as place:
            suffix, signature = sign_command.sign(wanted.command, place)
    for other in SUFFIXES:
        outputs.forget(wanted.manifest.with_name(wanted.manifest.name + other))
    if signature is not None:
        outputs.write(wanted.manifest.with_name(wanted.manifest.name + suffix), signature)
