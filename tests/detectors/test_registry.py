"""The registry: what it brings, and what it refuses with a sentence."""

from datetime import date
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from scanner.detectors import registry
from scanner.detectors.registry import checked, detectors
from scanner.errors import PatternError, PluginError
from scanner.model import Cells, Detector, Matches

AS_OF = date(2026, 1, 1)
LABELS = {
    *("resident_id", "foreign_resident_id", "hmt_residence_permit", "passport", "hm_permit", "taiwan_permit"),
    *("military_id", "mobile_phone", "landline_phone", "email", "qq", "wechat_id", "bank_card", "address"),
    *(
        "person_name",
        "license_plate",
        "vin",
        "imei",
        "imsi",
        "mac_address",
        "ip_address",
        "coordinate",
        "uscc",
        "masked",
    ),
}
PACK = """[[pattern]]
name = "badge"
label = "badge"
standard = "our own"
pattern = 'B-[0-9]{4}'
examples = ["B-1234"]
counterexamples = ["B-12345"]
"""


class Three:
    """A detector as the documentation shows it: cells that are the digit 3."""

    name = label = "three"
    standard = "none"
    required = 1
    basis = 0
    chance = 0.0
    rank = 70
    whole = 0.0
    roles = frozenset({"id_number"})
    header_only = False

    def find(self, cells: Cells) -> Matches:
        cell = np.array([i for i in range(len(cells)) if cells.raw(i) == b"3"], np.int32)
        return Matches(cell, np.zeros_like(cell), np.ones_like(cell), np.ones(len(cell), np.uint32))


def plug(monkeypatch, *values):
    for i, value in enumerate(values):
        setattr(registry, f"plugged_{i}", value)
    points = [
        EntryPoint(f"plug{i}", f"scanner.detectors.registry:plugged_{i}", registry.GROUP)
        for i in range(len(values))
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)


def test_all_labels_of_the_contract_and_no_others():
    assert {d.label for d in detectors(AS_OF)} == LABELS


def test_sorted_by_rank_with_unique_names_and_all_fit():
    found = detectors(AS_OF)
    assert [(d.rank, d.name) for d in found] == sorted((d.rank, d.name) for d in found)
    assert len({d.name for d in found}) == len(found)
    for d in found:
        assert checked(d, "it") is d
        assert isinstance(d, Detector)


def test_no_detector_trips_over_hostile_values():
    cells = Cells.of(
        [
            None,
            "",
            b"\xff\xfe\x00",
            "\x00" * 40,
            "9" * 400,
            "@" * 50,
            ":" * 50,
            "京" * 30,
            "a" * 3000,
            "１" * 60,
        ]
    )
    for d in detectors(AS_OF):
        found = d.find(cells)
        length = (cells.end - cells.start)[found.cell]
        assert (found.start >= 0).all()
        assert (found.start < found.end).all()
        assert (found.end <= length).all()


def test_a_users_pack_is_added(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(PACK)
    own = [d for d in detectors(AS_OF, [path]) if d.name == "badge"]
    assert len(own) == 1
    assert own[0].find(Cells.of(["see B-1234", "B-99"])).cell.tolist() == [0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"B-1234"', '"C-1234"', ["own.toml", "badge", "C-1234"]),
        ('name = "badge"', 'name = "email"', ["own.toml", "'name'", "email"]),
    ],
)
def test_a_pack_that_does_not_fit_is_refused(tmp_path, old, new, words):
    path = tmp_path / "own.toml"
    path.write_text(PACK.replace(old, new))
    with pytest.raises(PatternError) as caught:
        detectors(AS_OF, [path])
    assert all(word in str(caught.value) for word in words)


def test_the_same_pack_twice_is_refused(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(PACK)
    with pytest.raises(PatternError, match="badge"):
        detectors(AS_OF, [path, path])


@pytest.mark.parametrize("value", [Three, Three(), lambda: Three()])
def test_a_plugin_may_be_a_class_an_object_or_a_function(monkeypatch, value):
    plug(monkeypatch, value)
    assert [d.name for d in detectors(AS_OF) if d.rank == 70] == ["three"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rank": "high"}, ["rank", "high", "int"]),
        ({"rank": True}, ["rank"]),
        ({"roles": ["x"]}, ["roles"]),
        ({"chance": 2.0}, ["chance"]),
        ({"name": ""}, ["name", "empty"]),
        ({"find": None}, ["find"]),
        ({"name": "email"}, ["email", "two"]),
    ],
)
def test_a_plugin_that_does_not_fit_is_refused_with_a_sentence(monkeypatch, fields, words):
    plug(monkeypatch, type("Odd", (Three,), fields))
    with pytest.raises(PluginError) as caught:
        detectors(AS_OF)
    assert all(word in str(caught.value) for word in words)
    assert str(caught.value).endswith(".")


def test_a_plugin_that_lacks_something_or_fails_is_refused(monkeypatch):
    plug(monkeypatch, object)
    with pytest.raises(PluginError, match="no attribute 'name'"):
        detectors(AS_OF)

    def broken():
        raise RuntimeError("no luck")

    plug(monkeypatch, broken)
    with pytest.raises(PluginError, match="no luck"):
        detectors(AS_OF)
