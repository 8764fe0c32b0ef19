"""What a header names, by the lexicon in patterns/headers: the whole header, or the longest word it ends with."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

from reference import knowledge

LONGEST = 100
OTHERS = ("other_number", "other_words")
HAN = "㐀-鿿豈-﫿"
BRACKETS = re.compile(r"[(\[{（【〔《<][^)\]}）】〕》>]*[)\]}）】〕》>]?")
TOKENS = re.compile(f"[{HAN}]+|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
NOT_IN_WORDS = re.compile(r"[^\w\s()（）\[\]【】/.\-:：*#%、\"'&]")


class Word(NamedTuple):
    """``roles``: none for ordinary words; ``whole``: as the whole header only; ``inside``: without a border, too."""

    roles: tuple[str, ...]
    weak: bool
    whole: bool
    inside: bool
    other: str = ""


def is_han(text: str) -> bool:
    return re.match(f"[{HAN}]", text) is not None


@cache
def _folding() -> tuple[dict[int, str], list[str], list[str], frozenset[str]]:
    content = knowledge.toml("headers/folding.toml")["folding"]
    simple = {ord(pair[0]): pair[1] for pair in content["traditional"].split()}
    tails = sorted(content["tails"], key=len, reverse=True)
    return simple, content["leads"], tails, content["qualifiers"]


def tokens(text: str) -> list[str]:
    """The words of a header, simplified and half-width."""
    plain = unicodedata.normalize("NFKC", text).translate(_folding()[0])
    return TOKENS.findall("".join(c for c in plain if unicodedata.category(c) != "Cf"))


def fold(text: str) -> str:
    return "".join(tokens(text)).casefold()


@cache
def lexicon() -> dict[str, Word]:
    words: dict[str, Word] = {}
    for content in knowledge.folder("headers"):
        entries = [(name, entry) for name, entry in content.get("role", {}).items()]
        if "ordinary" in content:
            entries.append(("", content["ordinary"]))
        for name, entry in entries:
            for key, values in entry.items():
                if key in ("zh", "note", "shape"):
                    continue
                for value in values:
                    text = fold(value)
                    other = next((each for each in OTHERS if key.startswith(each)), "")
                    one = Word((name,) if name else (), key == "weak", key == "whole" or len(text) < 2,
                               key == "pinyin" and len(text) > 3, other)  # fmt: skip
                    old = words.get(text)
                    if old:
                        roles = tuple(dict.fromkeys(old.roles + one.roles))
                        one = Word(
                            roles,
                            one.weak,
                            old.whole and one.whole,
                            old.inside or one.inside,
                            old.other or one.other,
                        )
                    words[text] = one
    return words


@cache
def qualifiers() -> frozenset[str]:
    return frozenset(map(fold, _folding()[3]))


def without_tails(words: list[str]) -> list[str]:
    kept, tails = list(words), _folding()[2]
    while len(kept) > 1 and kept[0].isdigit():
        kept = kept[1:]
    while len(kept) > 1 and (kept[-1].isdigit() or kept[-1].casefold() in tails):
        kept = kept[:-1]
    if kept and is_han(kept[-1]):
        tail = next((tail for tail in tails if kept[-1].endswith(tail) and len(kept[-1]) > len(tail)), "")
        kept[-1] = kept[-1].removesuffix(tail)
    return kept


def ways(header: str) -> list[list[str]]:
    """How a header may be read, one after the other."""
    found: list[list[str]] = []
    for text in (header, BRACKETS.sub(" ", header)):
        found += [tokens(text), without_tails(tokens(text))]
    found = [each for each in found if each]
    if found:
        last = found[-1]
        found += [[t for t in last if is_han(t)], [t for t in last if t.isascii()]]
    return [each for each in found if each]


def asks(words: list[str]) -> bool:
    """Is it asked whether, or how many?"""
    joined, first = "".join(words).casefold(), words[0].casefold()
    for lead in map(fold, _folding()[1]):
        if first == lead or (not lead.isascii() and joined.startswith(lead)):
            return len(words) > 1 or not first.isascii()
    return False


def ending(words: list[str]) -> tuple[int, Word] | None:
    """The longest word that a header ends with, and where it begins."""
    joined = "".join(words).casefold()
    borders, at = set(), 0
    for word in words:
        borders |= set(range(at, at + len(word))) if is_han(word) else {at}
        at += len(word)
    for start in range(len(joined)):
        word_here = lexicon().get(joined[start:])
        if word_here and (start == 0 or (not word_here.whole and (start in borders or word_here.inside))):
            return start, word_here
    return None


def _of_one(header: str) -> list[tuple[str, bool]] | None:
    """(role, weak) of a header that names one thing; None where it ends with no known word."""
    for words in ways(header):
        if asks(words):
            return []
        if found := ending(words):
            return [(name, found[1].weak) for name in found[1].roles]
    return None


@lru_cache(maxsize=4096)
def roles(header: str) -> tuple[tuple[str, bool], ...]:
    """(role, weak) of each role that a header may name."""
    if not header or len(header) > LONGEST:
        return ()
    parts = [found for part in re.split(r"[/\\|、,，;；:：+&]", header) if (found := _of_one(part))]
    if len(parts) > 1 and len({name for part in parts for name, _ in part}) > 1:
        return tuple((name, True) for part in parts for name, _ in part)
    found = _of_one(header)
    if found is None and "." in header:
        return roles(header.rpartition(".")[2])
    return tuple(found or ())


def sure_role(header: str | None) -> str | None:
    found = roles(header) if header else ()
    return found[0][0] if found and not found[0][1] else None


def subject(header: str | None) -> str | None:
    """The sure role, one of OTHERS for a number or words of another kind, None where it leaves open what there is."""
    if not header or len(header) > LONGEST:
        return None
    if roles(header):
        return sure_role(header)
    for words in ways(header.rpartition(".")[2]):
        if asks(words):
            return None
        if found := ending(words):
            return found[1].other or None
    return None


def telling(word: str) -> bool:
    return len(word) > 3 or any(map(is_han, word))


def known(prefix: str) -> bool:
    """Is it made of qualifiers and words of the lexicon?"""
    if not prefix:
        return True
    sizes = range(1, len(prefix) + 1)
    return any(
        (prefix[:size] in qualifiers() or prefix[:size] in lexicon()) and known(prefix[size:])
        for size in sizes
    )


@lru_cache(maxsize=4096)
def is_word(text: str) -> bool:
    """Does a cell read like a header?"""
    if not text or len(text) > LONGEST // 2 or NOT_IN_WORDS.search(text):
        return False
    if sum(map(str.isdigit, text)) > 2 or (text[0].isdigit() and not any(map(is_han, text))):
        return False
    for words in ways(text):
        joined = "".join(words).casefold()
        if joined in lexicon():
            return not lexicon()[joined].weak or telling(joined)
        found = ending(words)
        if found is None or (found[1].weak and not telling(joined[found[0] :])):
            continue
        technical = "_" in text and " " not in text.strip() and not any(map(is_han, text))
        if technical or known(joined[: found[0]]):
            return True
    return False
