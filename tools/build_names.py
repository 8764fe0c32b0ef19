"""Builds patterns/tables/surnames.csv, given_characters.csv and word_characters.csv: what Chinese personal names are
made of, and what they are not."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from public_packages import python_package
from source_modules import load_literal
from table_file import run, write_table

HAN = re.compile("[\u3400-\u9fff]+")
FEWEST = 3  # names a character must occur in, to be called frequent
COMMON_IN_WORDS = 10  # words in which one must stand that is not, to tell that names do not have it
RAREST = 10.0  # per million: rarer than that, sinonym's surnames are mostly slips
COMMON = 100  # surnames (86 % of the population); rarer ones begin many transliterated names in jieba's list
LICENCE = (
    "Apache-2.0 (jionlp, dongrixinyu); Apache-2.0 (sinonym, Sergey Feldman; its counts come from ORCID); "
    "MIT (Faker, Copyright (c) 2012 Daniele Faraglia); MIT (mingzi, Copyright (c) 2024 Aliyacs Souna)"
)
SURNAMES = {
    "origin": "union of the surname lists of Faker 40.54.0 (zh_CN), mingzi 1.2.3 and jionlp 1.5.31, and the "
    "surnames of sinonym 0.5.1 (familyname_orcid.csv) that are no given names",
    "licence": f"{LICENCE}; texts in NOTICE.md",
    "date": "2026-08-31",
    "rebuilt_by": "python tools/build_names.py",
    "columns": "weight = per cent of the population (Faker, else mingzi, else sinonym), empty where unknown; "
    "rank = place by weight, 1 is the commonest, empty where unknown",
}
GIVEN = {
    "origin": "jieba 0.42.1 dict.txt (person entries, tag nr), Faker 40.54.0 (zh_CN) and mingzi 1.2.3 "
    "given names, sinonym 0.5.1 (givenname_orcid.csv); only counts of characters are taken, no names",
    "licence": f"MIT (jieba, Sun Junyi); {LICENCE}; texts in NOTICE.md",
    "date": "2026-08-31",
    "rebuilt_by": "python tools/build_names.py",
    "columns": "weight = names that have the character in the given part: distinct ones of two or three "
    "characters in jieba, Faker and mingzi, plus as many again shared out by sinonym's frequencies; "
    "words = distinct words of two or three characters, no names, that have it behind the first character",
    "note": "of jieba only names with one of the 100 commonest surnames are counted, which keeps "
    "transliterations out",
}
WORDS = {
    **GIVEN,
    "columns": "as in given_characters.csv",
    "note": f"characters of fewer than {FEWEST} names and at least {COMMON_IN_WORDS} words",
}


def surnames(packages: Path) -> dict[str, float | None]:
    """Surname -> per cent of the population, None where no source weighs it."""
    faker = python_package("Faker", "40.54.0", packages) / "faker" / "providers" / "person" / "zh_CN"
    found: dict[str, float | None] = dict(load_literal(faker / "__init__.py", "last_names"))
    other = mingzi(packages)
    for surname, share in other["surname"].items():
        found.setdefault(surname, 100 * share)
    rule = python_package("jionlp", "1.5.31", packages) / "jionlp" / "rule" / "rule_pattern.py"
    single = load_literal(rule, "SINGLE_CHINESE_FAMILY_NAME")
    double = load_literal(rule, "TWO_CHAR_CHINESE_FAMILY_NAME").split("|")
    for surname in (*single, *double, *other["com_surname"]):
        found.setdefault(surname, None)
    family, given = frequencies(packages)
    for surname, share in family.items():
        # People swap the fields: what is a given name more often than a surname is no evidence of a surname.
        likely = share >= RAREST and share > given.get(surname, 0.0)
        if likely and found.get(surname) is None and (surname in found or len(surname) == 1):
            found[surname] = share / 10_000
    return {surname: share for surname, share in found.items() if HAN.fullmatch(surname)}


def mingzi(packages: Path) -> dict[str, dict[str, float]]:
    """mingzi's lists, all as dicts."""
    lists = json.loads((python_package("mingzi", "1.2.3", packages) / "mingzi" / "data.json").read_bytes())
    return {
        name: value if isinstance(value, dict) else dict.fromkeys(value, 0.0) for name, value in lists.items()
    }


def frequencies(packages: Path) -> tuple[dict[str, float], dict[str, float]]:
    """sinonym: how many in a million have this surname, or this character in their given name."""
    folder = python_package("sinonym", "0.5.1", packages) / "sinonym" / "data"
    family: dict[str, float] = {}
    given: dict[str, float] = {}
    with (folder / "familyname_orcid.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            family[row["surname"]] = float(row["ppm"])
    with (folder / "givenname_orcid.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):  # a row for each reading, with the same figure
            given[row["character"]] = max(float(row["ppm"]), given.get(row["character"], 0.0))
    return family, given


def unswapped(family: dict[str, float], given: dict[str, float]) -> dict[str, float]:
    """Given-name frequencies without those who wrote their surname into the field of the given name.

    Their share is the one at which the ten commonest surnames stand in it, none of which is a given name.
    """
    commonest = sorted(family, key=lambda surname: -family[surname])[:10]
    swapped = sum(given.get(surname, 0.0) for surname in commonest) / sum(family[s] for s in commonest)
    return {c: max(0.0, share - swapped * family.get(c, 0.0)) for c, share in given.items()}


def entries(packages: Path) -> Iterator[tuple[str, str]]:
    """jieba's words of two or three Han characters with their tags; nr is a person's name."""
    archive = python_package("jieba", "0.42.1", packages)
    for line in (archive / "jieba-0.42.1" / "jieba" / "dict.txt").read_text("utf-8").splitlines():
        word, _, tag = line.split(" ")
        if len(word) in (2, 3) and HAN.fullmatch(word):
            yield word, tag


def given_names(packages: Path) -> Iterator[str]:
    """The given names that Faker and mingzi draw from."""
    faker = python_package("Faker", "40.54.0", packages) / "faker" / "providers" / "person" / "zh_CN"
    other = mingzi(packages)
    for sex in ("male", "female"):
        yield from load_literal(faker / "__init__.py", f"first_names_{sex}")
        yield from other[f"{sex}_single"]
        yield from other[f"{sex}_double"]


Rows = list[tuple[str, int, int]]


def given_characters(packages: Path, common: set[str]) -> tuple[Rows, Rows]:
    """(character, names, words) of the characters frequent in given names, and of others common in words; the most
    frequent first."""
    names: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for word, tag in entries(packages):
        if tag == "nr" and word[0] in common:
            names.update(set(word[1:]))
        elif not tag.startswith("nr"):
            words.update(set(word[1:]))
    for name in given_names(packages):
        names.update(set(name))
    modern = unswapped(*frequencies(packages))
    scale = names.total() / sum(modern.values())
    for character, share in modern.items():
        names[character] += round(share * scale)
    frequent = [(character, count, words[character]) for character, count in names.items() if count >= FEWEST]
    others = [
        (character, names[character], count)
        for character, count in words.items()
        if names[character] < FEWEST and count >= COMMON_IN_WORDS
    ]
    given = sorted((row for row in frequent if HAN.fullmatch(row[0])), key=lambda row: (-row[1], row[0]))
    return given, sorted((row for row in others if HAN.fullmatch(row[0])), key=lambda row: (-row[2], row[0]))


def build(packages: Path, out: Path) -> None:
    """Writes both tables and says how many rows they have."""
    known = surnames(packages)
    weighed = sorted((-share, surname) for surname, share in known.items() if share is not None)
    ranks = {surname: rank for rank, (_, surname) in enumerate(weighed, 1)}
    rows = [
        (surname, ranks.get(surname, ""), "" if share is None else f"{share:.4f}")
        for surname, share in sorted(
            known.items(), key=lambda item: (ranks.get(item[0], len(ranks) + 1), item[0])
        )
    ]
    count = write_table(out / "surnames.csv", SURNAMES, ("surname", "rank", "weight"), rows)
    compound = sum(len(row[0]) > 1 for row in rows)
    print(f"surnames.csv: {count} surnames, {compound} compound, {len(ranks)} ranked")
    given, others = given_characters(packages, {surname for surname, rank in ranks.items() if rank <= COMMON})
    total = write_table(out / "given_characters.csv", GIVEN, ("character", "weight", "words"), given)
    print(f"given_characters.csv: {total} characters")
    total = write_table(out / "word_characters.csv", WORDS, ("character", "weight", "words"), others)
    print(f"word_characters.csv: {total} characters")


if __name__ == "__main__":
    run(build, __doc__ or "")
