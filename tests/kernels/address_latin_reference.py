"""Latin addresses in plain Python: tokens by a regular expression, parts by looking at the neighbours."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reference import knowledge

from tests.kernels.address_reference_words import CHECK_OF, FORMAT

TOKEN = re.compile(
    r"[A-Za-z](?:[A-Za-z]|'(?=[A-Za-z]))*|[0-9](?:[0-9A-Za-z-]|'(?=[A-Za-z]))*|[ ,.#/-]+|.", re.DOTALL
)


@dataclass
class Token:
    kind: str
    start: int
    end: int


def chains(text: str) -> list[list[Token]]:
    known = {word: kind for kind, words in knowledge.toml("address.toml")["latin"].items() for word in words}
    found: list[list[Token]] = [[]]
    for match in TOKEN.finditer(text):
        piece = match[0]
        if piece[0] in " ,.#/-":
            continue
        kind = None
        if "0" <= piece[0] <= "9":
            kind = "numeric"
        elif piece[0].isalpha():
            kind = known.get(piece.lower()) or ("proper" if piece[0].isupper() else None)
        if kind is None or len(found[-1]) == 32:
            found.append([])
        if kind:
            found[-1].append(Token(kind, match.start(), match.end()))
    return found


def house_number(chain: list[Token], road: int) -> int | None:
    names = 0
    while road - names - 1 >= 0 and chain[road - names - 1].kind == "proper" and names < 5:
        names += 1
    before = road - names - 1
    if names < 5 and before >= 0 and chain[before].kind == "numeric":
        return before
    if road + 1 < len(chain) and chain[road + 1].kind == "numeric":
        return road + 1
    return None


def find(raw: bytes) -> list[tuple[int, int, int, int]]:
    """(start, end, checks, score) of the spans in a cell of ASCII."""
    text = raw.decode("ascii")
    if len(text) < 10 or " " not in text or not re.search("[0-9]", text):
        return []
    points = knowledge.toml("address.toml")["points"]
    found = []
    for chain in chains(text):
        used: set[int] = set()
        kinds: set[str] = set()
        for at, token in enumerate(chain):
            before = chain[at - 1].kind if at else None
            behind = chain[at + 1].kind if at + 1 < len(chain) else None
            if token.kind in ("road", "region", "estate"):
                if before != "proper":
                    continue
            elif token.kind in ("proper", "numeric") or "numeric" not in (before, behind):
                continue
            kinds.add(token.kind)
            used.add(at)
            if before in ("proper", "numeric"):
                used.add(at - 1)
            if token.kind == "road":
                house = house_number(chain, at)
                if house is not None:
                    kinds.add("number")
                    used.add(house)
            elif token.kind != "region" and behind == "numeric":
                used.add(at + 1)
        if not {"road", "number"} <= kinds:
            continue
        first, last = min(used), max(used)
        if "region" in kinds and len(chain) - 1 - last <= 3 and chain[-1].end == len(text):
            last = len(chain) - 1
        total = sum(points["region_full" if kind == "region" else kind] for kind in kinds)
        if chain[first].start == 0 and chain[last].end == len(text):
            total += points["whole"]
        checks = 0
        for kind in kinds:
            checks |= CHECK_OF[kind]
        if total > knowledge.toml("address.toml")["threshold"]:
            checks |= FORMAT
        found.append((chain[first].start, chain[last].end, checks, total))
    return found
