"""Every built-in detector with what docs/add-a-detector.md says of it: what it requires, when a column is one of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache, partial

from reference import expressions, knowledge
from reference import identifiers as ids
from reference.identifiers import Candidate

DOCUMENTS = frozenset({"id_number", "document_number", "passport_number", "permit_number", "military_number"})
CARDS = frozenset({"bank_card", "bank_account"})
PHONES = frozenset({"phone", "caller", "callee"})


@dataclass(frozen=True)
class Detector:
    """``required``, ``basis``, ``lenient``: names of checks; see ``scanner/model.py`` for what each is for."""

    name: str
    label: str
    find: Callable[[bytes], list[Candidate]]
    required: frozenset[str]
    rank: int
    basis: frozenset[str] = frozenset()
    chance: float = 0.0
    lenient: frozenset[str] = frozenset()
    whole: float = 0.0
    variety: float = 0.0
    roles: frozenset[str] = frozenset()
    header_only: bool = False
    few_under: frozenset[str] = frozenset()
    other_headers: bool = True
    none_under: frozenset[str] = frozenset()
    words_under: frozenset[str] = frozenset()
    pure: float = 0.0
    strays: float = 0.0


WORDS_UNDER = frozenset(knowledge.toml("person_names.toml")["words_under"])


@cache
def detectors(as_of: date) -> tuple[Detector, ...]:
    """All of them, by rank, then name."""
    sound = frozenset({"format", "checksum", "date", "region"})
    shape = frozenset({"format"})
    found = [
        Detector(
            name, name, partial(ids.identity_numbers, wanted=name, as_of=as_of), sound, rank,
            sound - {"checksum"}, 1 / 11, roles=DOCUMENTS,
        )
        for name, rank in (("resident_id", 10), ("hmt_residence_permit", 11), ("foreign_resident_id", 11))
    ]  # fmt: skip
    found += [
        Detector(
            "resident_id_15", "resident_id", partial(ids.identity_numbers_15, as_of=as_of), sound - {"checksum"},
            30, shape, ids.chance_15(), whole=0.6, roles=DOCUMENTS,
        ),
        Detector(
            "resident_id_15_named", "resident_id", partial(ids.named_numbers_15, as_of=as_of), sound - {"checksum"},
            29, shape, ids.chance_15(), roles=DOCUMENTS,
        ),
        Detector(
            "mobile_phone", "mobile_phone", ids.mobiles, shape | {"prefix"}, 50, shape, ids.chance_mobile(),
            roles=PHONES | {"mobile"},
        ),
        Detector(
            "landline_phone", "landline_phone", ids.landlines, shape | {"prefix"}, 60, shape,
            ids.chance_landline(), roles=PHONES,
        ),
        Detector(
            "bank_card", "bank_card", partial(ids.cards, scheme=False), shape | {"checksum", "bin"}, 40,
            shape | {"bin"}, 0.1, shape | {"checksum"}, roles=CARDS, strays=0.03,
        ),
        Detector(
            "bank_card_scheme", "bank_card", partial(ids.cards, scheme=True), shape | {"checksum", "bin"}, 41,
            shape | {"bin"}, 0.1, whole=0.6, roles=CARDS,
        ),
        Detector(
            "bank_card_named", "bank_card", ids.named_cards, shape | {"checksum", "bin"}, 39,
            shape | {"bin"}, 0.1, roles=CARDS,
        ),
        Detector(
            "uscc", "uscc", ids.credit_codes, shape | {"checksum"}, 20, shape, 1 / 31,
            roles=frozenset({"company_id"}), none_under=frozenset({"bank_card", "bank_account"}),
        ),
        Detector("address", "address", ids.addresses, shape, 60, roles=frozenset({"address"})),
        Detector(
            "person_name", "person_name", ids.names, shape | {"surname"}, 200, shape, 0.35, shape, 0.6, 0.2,
            frozenset({"name"}), pure=0.8, words_under=WORDS_UNDER,
        ),
    ]  # fmt: skip
    for each in expressions.all_expressions():
        entry = each.entry
        found.append(
            Detector(
                entry["name"],
                entry["label"],
                each.find,
                each.required,
                entry.get("rank", 100),
                frozenset(entry.get("basis", ())),
                entry.get("chance", 0.0),
                whole=entry.get("whole", 0.0),
                roles=frozenset(entry.get("roles", ())),
                header_only=entry.get("header_only", False),
                few_under=frozenset(entry.get("few_under", ())),
                other_headers=entry.get("other_headers", True),
                none_under=frozenset(entry.get("none_under", ())),
            )
        )
    return tuple(sorted(found, key=lambda each: (each.rank, each.name)))
