"""What a column is called: header words to roles, from the lexicon in patterns/headers.

A header is matched whole, then by the longest lexicon word it ends with (the last word tells what a thing is:
客户身份证号码 is a number, 手机品牌 is a brand). Latin words end only at token borders (``t_user.phone``,
``cSFZH``), apart from pinyin initials of four letters or more, which are written together (``KHSJHM``).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple

from scanner import knowledge
from scanner.errors import PatternError

Strength = Literal["sure", "weak"]

LONGEST = 100  # characters; longer text is prose, not a header
OTHER_NUMBER, OTHER_WORDS = "other_number", "other_words"
_BRACKETS = re.compile(r"[(\[{（【〔《<][^)\]}）】〕》>]*[)\]}）】〕》>]?")
_SEPARATORS = re.compile(r"[/\\|、,，;；:：+&]")
# Han are told by what they are not: Python compiles a range of many characters one by one.
_NOT_HAN = r"\x00-\u33ff\ufb00-\U0010ffff"
_TOKENS = re.compile(rf"[^{_NOT_HAN}]+|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_BETWEEN = re.compile(rf"(?![\dA-Za-z\n])[{_NOT_HAN}]")  # no part of a token
_PROSE = re.compile(r"[^\w\s()（）\[\]【】/.\-:：*#%、\"'&]")


class Role(NamedTuple):
    """What a column is by its header.

    ``name``: role of patterns/headers; ``strength``: "sure", or "weak" for ambiguous words, which never
    decide alone; ``word``: the lexicon word that matched, folded.
    """

    name: str
    strength: Strength
    word: str


class _Word(NamedTuple):
    """A lexicon word. ``roles`` is empty for ordinary words; ``whole``: matches only as the whole header;
    ``inside``: may end a token without a border before it; ``other``: of ordinary words, what
    ``subject`` says of them, or ""."""

    roles: tuple[str, ...]
    weak: bool
    whole: bool
    inside: bool
    other: str = ""


class _Lexicon(NamedTuple):
    """All words, folded, with what folding and matching need."""

    words: dict[str, _Word]
    leads: tuple[str, ...]
    tails: tuple[str, ...]
    qualifiers: frozenset[str]
    longest: int
    shapes: dict[str, str]


def role(header: str) -> Role | None:
    """The role a header names, or None; the first of ``roles``."""
    found = roles(header)
    return found[0] if found else None


@lru_cache(maxsize=4096)
def roles(header: str) -> tuple[Role, ...]:
    """All roles a header may name: one if sure, any number if weak, none for ordinary or unknown headers.

    A header that names two things (姓名/手机) gives both, weak.
    PatternError if the lexicon is not well formed.
    """
    if not header or len(header) > LONGEST:
        return ()
    parts = [found for part in _SEPARATORS.split(header) if (found := _roles(part))]
    if len({each.name for found in parts for each in found}) > 1 and len(parts) > 1:
        return tuple(Role(each.name, "weak", each.word) for found in parts for each in found)
    found_here = _roles(header)
    if (
        found_here is None and "." in header
    ):  # a path, such as contacts[].name: its last part tells what it holds
        return roles(header.rpartition(".")[2])
    return found_here or ()


@lru_cache(maxsize=4096)
def subject(header: str | None) -> str | None:
    """What a header surely names: its role, OTHER_NUMBER for a number that is no identifier of these (会员编号,
    invoice_no), OTHER_WORDS for words that are no names (品牌), None where it leaves open what the column
    holds (编号, id)."""
    if not header or len(header) > LONGEST:
        return None
    if found := roles(header):
        return None if found[0].strength == "weak" else found[0].name
    for tokens in _variants(header.rpartition(".")[2]):
        if _asks(tokens):
            return None
        _, word = _ending(tokens)
        if word is not None:
            return word.other or None
    return None


@lru_cache(maxsize=4096)
def is_header_word(text: str) -> bool:
    """Whether a cell reads like a header: a sure or ordinary word, also after an owner (客户姓名, user_id).

    Two or three weak initials (XM) and everything that looks like a value or a sentence give False.
    """
    if not text or len(text) > LONGEST // 2 or _PROSE.search(text):
        return False
    # Plates, domains and serial numbers end in letters that may be a word (702.id).
    if sum(c.isdigit() for c in text) > 2 or (text[0].isdigit() and not _han(text)):
        return False
    for tokens in _variants(text):
        joined = "".join(tokens).casefold()
        word = _lexicon().words.get(joined)
        if word is not None:
            return not word.weak or _telling(joined)
        start, word = _ending(tokens)
        if word is None or (word.weak and not _telling(joined[start:])):
            continue
        name_like = "_" in text and " " not in text.strip() and not _han(text)
        if name_like or _known(joined[:start]):
            return True
    return False


def role_names() -> tuple[str, ...]:
    """All roles of the lexicon, sorted."""
    return tuple(sorted({name for word in _lexicon().words.values() for name in word.roles}))


def shape(name: str) -> str | None:
    """The key ``shape`` of a role: what its cells must hold to be plausible; None where the lexicon gives none."""
    return _lexicon().shapes.get(name)


def _roles(header: str) -> tuple[Role, ...] | None:
    """``roles`` of a header that names one thing; None where it ends with no known word."""
    for tokens in _variants(header):
        if _asks(tokens):
            return ()
        start, word = _ending(tokens)
        if word is not None:
            text = "".join(tokens).casefold()[start:]
            return tuple(Role(name, "weak" if word.weak else "sure", text) for name in word.roles)
    return None


def _variants(header: str) -> list[list[str]]:
    """Token lists to try in turn: as it stands, without brackets, without tails, each script alone."""
    found: list[list[str]] = []
    for text in (header, _BRACKETS.sub(" ", header)):
        tokens = _tokens(text)
        bare = _without_tails(tokens)
        for each in (tokens, bare):
            if each and each not in found:
                found.append(each)
    scripts = [[t for t in found[-1] if _han(t)], [t for t in found[-1] if t.isascii()]] if found else []
    return found + [each for each in scripts if each and each not in found]


def _tokens(text: str) -> list[str]:
    """The words of a header in order, simplified and half-width, letters still in their case."""
    if not text.isascii():
        folded = unicodedata.normalize("NFKC", text).translate(_simplified())
        text = "".join(c for c in folded if unicodedata.category(c) != "Cf")
    return _TOKENS.findall(text)


def _without_tails(tokens: list[str]) -> list[str]:
    """Without numerals and words at either end that do not change the meaning (手机号1, tel_home, 1.姓名)."""
    kept = list(tokens)
    while len(kept) > 1 and kept[0].isdigit():
        kept.pop(0)
    while len(kept) > 1 and (kept[-1].isdigit() or kept[-1].casefold() in _lexicon().tails):
        kept.pop()
    if kept and _han(kept[-1]):
        for tail in _lexicon().tails:
            if kept[-1].endswith(tail) and len(kept[-1]) > len(tail):
                kept[-1] = kept[-1][: -len(tail)]
                break
    return kept


def _asks(tokens: list[str]) -> bool:
    """Whether the header asks about the thing or counts it (是否实名手机, is_mobile), not holds it."""
    joined = "".join(tokens).casefold()
    first = tokens[0].casefold()
    return any(
        first == lead or (not lead.isascii() and joined.startswith(lead)) for lead in _lexicon().leads
    ) and (len(tokens) > 1 or not first.isascii())


def _ending(tokens: list[str]) -> tuple[int, _Word | None]:
    """The longest word the header ends with, and where it starts in the joined, folded tokens."""
    lexicon = _lexicon()
    joined = "".join(tokens).casefold()
    borders = set()
    at = 0
    for token in tokens:
        borders.add(at)
        if _han(token):
            borders.update(range(at, at + len(token)))
        at += len(token)
    for start in range(max(0, len(joined) - lexicon.longest), len(joined)):
        word = lexicon.words.get(joined[start:])
        if word is None:
            continue
        if start == 0 or (not word.whole and (start in borders or word.inside)):
            return start, word
    return 0, None


def _han(text: str) -> bool:
    """Whether a Chinese character stands in a text, of those that a token is made of."""
    return not text.isascii() and any("\u3400" <= char < "\ufb00" for char in text)


def _telling(word: str) -> bool:
    """Whether a weak word, whatever its role, is plainly a header: Chinese, or longer than initials."""
    return len(word) > 3 or _han(word)


@lru_cache(maxsize=4096)
def _known(prefix: str) -> bool:
    """Whether ``prefix`` is made of qualifiers and lexicon words only."""
    lexicon = _lexicon()
    reached = {0}
    for end in range(1, len(prefix) + 1):
        if any(
            start in reached
            and (prefix[start:end] in lexicon.qualifiers or prefix[start:end] in lexicon.words)
            for start in range(max(0, end - lexicon.longest), end)
        ):
            reached.add(end)
    return len(prefix) in reached


@cache
def _simplified() -> dict[int, str]:
    """Traditional characters that occur in headers, to simplified ones."""
    pairs = str(knowledge.toml("headers/folding.toml")["folding"]["traditional"]).split()
    wrong = [pair for pair in pairs if len(pair) != 2]
    if wrong:
        raise PatternError(f"headers/folding.toml: traditional holds '{wrong[0]}', which is not a pair.")
    return {ord(pair[0]): pair[1] for pair in pairs if pair[0] != pair[1]}


def _folded(words: list[str]) -> list[str]:
    """Words as they are looked up: simplified, half-width, lower case, without spaces and punctuation."""
    text = unicodedata.normalize("NFKC", "\n".join(words)).translate(_simplified())
    return _BETWEEN.sub("", text).casefold().split("\n") if words else []


@cache
def _lexicon() -> _Lexicon:
    """Reads all of patterns/headers; PatternError names file, role, word and reason."""
    words: dict[str, _Word] = {}
    shapes: dict[str, str] = {}
    for relative in knowledge.names("headers"):
        content = knowledge.toml(relative)
        for name, entry in content.get("role", {}).items():
            _add(words, relative, name, entry)
            if "shape" in entry:
                if not isinstance(entry["shape"], str):
                    raise PatternError(f"{relative}: the shape of '{name}' is not a name.")
                shapes[name] = entry["shape"]
        if "ordinary" in content:
            _add(words, relative, "", content["ordinary"])
    folding = knowledge.toml("headers/folding.toml")["folding"]
    return _Lexicon(
        words,
        tuple(_folded(folding["leads"])),
        tuple(sorted(folding["tails"], key=len, reverse=True)),
        frozenset(_folded(folding["qualifiers"])),
        max(map(len, words)),
        shapes,
    )


def _add(words: dict[str, _Word], relative: str, name: str, entry: dict[str, Any]) -> None:
    """Adds the words of one role ("" for ordinary words)."""
    roles = (name,) if name else ()
    kinds: dict[tuple[bool, bool, bool, str], _Word] = {}
    for key, values in entry.items():
        if key in ("zh", "note", "shape"):
            continue
        if not isinstance(values, list) or not all(
            isinstance(value, str) and "\n" not in value for value in values
        ):
            raise PatternError(f"{relative}: '{key}' of '{name or 'ordinary'}' is not a list of words.")
        for value, text in zip(values, _folded(values), strict=True):
            if not text:
                raise PatternError(f"{relative}: '{value}' of '{name or 'ordinary'}' holds no letter.")
            inside = key == "pinyin" and len(text) >= 4
            # One character ends too many words to mean anything there.
            whole = key == "whole" or len(text) < 2
            other = next((each for each in (OTHER_NUMBER, OTHER_WORDS) if key.startswith(each)), "")
            kind = key == "weak", whole, inside, other
            word = kinds.get(kind)
            if word is None:
                word = kinds[kind] = _Word(roles, *kind)
            words[text] = _merged(words[text], word, relative, value) if text in words else word


def _merged(old: _Word, new: _Word, relative: str, value: str) -> _Word:
    """A word that is listed again: under one role in several languages, or weak under several roles."""
    if old.roles != new.roles and not (old.weak and new.weak):
        raise PatternError(f"{relative}: '{value}' is listed for '{'/'.join(old.roles) or 'ordinary'}' too.")
    if old.weak != new.weak:
        raise PatternError(f"{relative}: '{value}' is both sure and weak.")
    names = old.roles + tuple(name for name in new.roles if name not in old.roles)
    return _Word(names, new.weak, old.whole and new.whole, old.inside or new.inside, old.other or new.other)
