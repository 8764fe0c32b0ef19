"""A run of the benchmark that may be made in several steps: what raw.json holds."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from .measures import Results
from .process import Run

Profiles = dict[str, dict[str, float]]  # input: stage: processor seconds, and "total"


@dataclass(slots=True)
class Made:
    """What was measured, by which commands, where, with which sizes, and the profiles that show why."""

    facts: dict[str, str]
    plan: dict[str, int]
    commands: list[str] = field(default_factory=list)
    results: Results = field(default_factory=Results)
    profiles: Profiles = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For raw.json; ``load`` makes it again."""
        runs = {name: [run.as_dict() for run in runs] for name, runs in self.results.runs.items()}
        return {
            "commands": self.commands,
            "machine": self.facts,
            "plan": self.plan,
            "sizes": self.results.sizes,
            "runs": runs,
            "reasons": self.results.reasons,
            "profiles": self.profiles,
        }


def load(folder: Path, now: Made) -> Made:
    """The run in a folder, to be added to. ValueError where machine, versions or sizes are not those of ``now``."""
    raw = json.loads((folder / "raw.json").read_text(encoding="utf-8"))
    for before, after in ((raw["machine"], now.facts), (raw["plan"], now.plan)):
        differing = [name for name in after if before.get(name) != after[name]]
        if differing:
            raise ValueError(f"another {differing[0]}: {before.get(differing[0])}, now {after[differing[0]]}")
    return made_of(raw)


def made_of(raw: dict[str, Any]) -> Made:
    """What raw.json says."""
    names = {each.name for each in fields(Run)}
    runs = {
        name: [Run(**{key: value for key, value in run.items() if key in names}) for run in some]
        for name, some in raw["runs"].items()
    }
    results = Results(runs, raw["reasons"], raw["sizes"])
    return Made(raw["machine"], raw["plan"], raw["commands"], results, raw["profiles"])
