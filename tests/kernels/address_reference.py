"""The address grammar in plain Python: words by slicing, divisions by lists, parts as objects. Slow, obvious.

It reads the lexicon and the gazetteer itself and shares nothing with the kernel but the data.
"""

from __future__ import annotations

from functools import cache

from reference import knowledge

from tests.kernels.address_reference_words import (
    CHECK_OF,
    FORMAT,
    HARD,
    NUMERALS,
    SOFT,
    Part,
    Span,
    Word,
    divisions,
    is_digit,
    is_han,
    is_letter,
    longest,
    words,
)

INNER = "-/~～—–－至、之.&+_"
BELOW_NUMBER = ("town", "village", "hamlet", "group", "road", "lane")
UP_TO_ROAD = ("town", "village", "hamlet", "group", "road")


class Reader:
    """Reads one run; ``whole``: the run begins its cell, and ends it."""

    def __init__(self, text: str, begins: bool, ends: bool) -> None:
        self.text, self.begins, self.ends = text, begins, ends
        self.points = knowledge.toml("address.toml")["points"]
        self.found: list[tuple[int, int, int, int]] = []
        self.span: Span | None = None
        self.at = self.pending = 0
        self.label = self.skip_soft(0)
        self.organisation = False

    def skip_soft(self, at: int) -> int:
        while at < len(self.text) and self.text[at] in SOFT:
            at += 1
        return at

    def word(self, at: int) -> tuple[Word | None, int]:
        return longest(words(), self.text, at)  # type: ignore[no-any-return]

    def named(self, at: int) -> str | None:
        word, _ = self.word(at)
        return word.named if word else None

    def behind_parenthesis(self, at: int) -> int:
        for i in range(at + 1, min(len(self.text), at + 49)):
            if self.text[i] in ")）]］】":
                return i + 1
        return at

    def blank(self, start: int, end: int) -> bool:
        return all(ch in SOFT for ch in self.text[start:end])

    def read(self) -> list[tuple[int, int, int, int]]:
        text = self.text
        while self.at < len(text):
            ch = text[self.at]
            # Only a character that may begin something can end a span for its distance.
            word, end = self.word(self.at)
            plain = is_han(ch) and ch not in NUMERALS
            if plain and not self.begins_word(ch) and not self.begins_name(ch):
                self.at += 1
                continue
            if self.span and self.at - self.span.end > 24:
                self.finish(self.span.end)
            if not (is_han(ch) or is_digit(ch) or is_letter(ch)):
                self.mark(ch)
                continue
            if not plain and self.number():
                continue
            if self.division(word, end):
                continue
            if word is None or word.named is None:
                self.at += 1
                continue
            kind = word.named
            if kind == "stop":
                ending = self.stop_as_ending(end)
                if ending:
                    self.ending(ending, end - 1, end)
                else:
                    self.at = end
            elif not self.other(kind, end):
                self.ending(kind, self.at, end)
        self.finish(len(text))
        return self.found

    @staticmethod
    @cache
    def begins_word(ch: str) -> bool:
        return any(word[0] == ch for word in words())

    @staticmethod
    @cache
    def begins_name(ch: str) -> bool:
        return any(name[0] == ch for name in divisions())

    def mark(self, ch: str) -> None:
        i = self.at
        if ch in ":：":
            self.finish(self.span.end if self.span else 0)
            if i - self.label <= 8:
                self.label = self.skip_soft(i + 1)
        elif ch in SOFT:
            if self.span and ch in "，,、/|":
                self.span.parted = True
        elif ch in "(（[［【":
            behind = self.behind_parenthesis(i)
            if self.span and behind > i:
                self.at = self.pending = behind
                return
        elif ch in "#＃":
            self.at = i + 1
            return
        elif ch not in ")）]］】-" and self.span:
            self.span.parted = True
        self.at = self.pending = i + 1

    def take(self, kind: str, start: int, end: int) -> None:
        if self.span is None:
            self.span = Span(start, end)
        if len(self.span.parts) < 24:
            self.span.parts.append(Part(kind, start, end))
        self.span.end = end
        self.span.parted = False
        self.at = self.pending = end

    def number(self) -> bool:
        text, i = self.text, self.at
        numeral = text[i] in NUMERALS
        j = i
        if numeral:
            while j < len(text) and j - i < 12 and text[j] in NUMERALS:
                j += 1
        else:
            while j < len(text):
                if is_digit(text[j]) or is_letter(text[j]):
                    j += 1
                elif (
                    text[j] in INNER
                    and j + 1 < len(text)
                    and (is_digit(text[j + 1]) or is_letter(text[j + 1]))
                ):
                    j += 2
                else:
                    break
        word, end = self.word(j)
        if word is None and text[j : j + 1] == " ":
            word, end = self.word(j + 1)
        kind = word.numbered if word else None
        if not kind and 2 <= j - i <= 4 and text[j - 1] in "Ff" and is_digit(text[j - 2]):
            kind, end = "floor", j
        span = self.span
        if kind:
            if not self.fits(kind, i, j, numeral):
                self.at = i + 1 if numeral else end
                return True
            start = i
            if span is None:
                if i - self.pending <= 12:
                    start = self.pending
            elif kind in ("lane", "zone") and i - self.pending <= 4:
                start = self.pending
            if kind == "number" and text[end : end + 1] == "之":
                k = end + 1
                while k < len(text) and (is_digit(text[k]) or text[k] in NUMERALS):
                    k += 1
                if k > end + 1:
                    end = k
            self.take(kind, start, end)
            return True
        if numeral:
            return False
        if (
            span
            and span.local
            and i - span.end <= 1
            and j - i <= 9
            and (
                j == len(text)
                or not is_han(text[j])
                or (span.parts[-1].kind in ("building", "unit") and self.named(j) == "break")
            )
        ):
            last = span.parts[-1].kind
            if last == "road":
                if is_digit(text[i]):
                    self.take("number", i, j)
            elif last != "lane" and (is_digit(text[i]) or is_digit(text[j - 1])):
                self.take("room", i, j)
            self.pending = j
        self.at = j
        return True

    def fits(self, kind: str, start: int, end: int, numeral: bool) -> bool:
        if kind == "number":
            return self.span is not None and (start == 0 or self.text[start - 1] not in "第月")
        if kind == "building" and end - start > 2 and self.text[end : end + 1] == "座":
            return False
        if kind == "lane" and not numeral and not (self.span and self.span.local):
            return False
        return self.span is not None or kind not in ("zone", "town", "village", "lane")

    def division(self, word: Word | None, word_end: int) -> bool:
        i, span = self.at, self.span
        holders, end = longest(divisions(), self.text, i)
        if not holders or (word and word_end > end and word.named != "district"):
            return False
        inside = [
            (division, full)
            for division, full in holders
            if span and any(code in division.above for code in span.divisions)
        ][:8]
        full = inside[-1][1] if inside else holders[0][1]
        if not full:
            following = self.named(end)
            after = (
                self.named(end + 1) if end + 1 < len(self.text) and self.begins_word(self.text[end]) else None
            )
            if following in CHECK_OF or after == "road":
                self.at = end
                return True
        local = bool(span and span.local)
        if (
            span
            and inside
            and (full or span.parted or i == span.end)
            and (not local or (full and i == span.end))
        ):
            self.place([division.code for division, _ in inside], full, i, end)
            return True
        any_full = any(full for _, full in holders)
        codes = [division.code for division, _ in holders[:8]]
        if span and span.divisions and not local and i == span.end and span.divisions[0] in codes:
            span.full = span.full or any_full
            span.end = span.parts[-1].end = self.at = self.pending = end
            return True
        lowest = min(division.level for division, _ in holders)
        if lowest == 3 and not (any_full and (end - i > 2 or i == self.label)):
            return False
        if span and not span.parted and (local or not any_full):
            return False
        self.finish(max(self.pending, span.end) if span else 0)
        self.place(codes, any_full, i, end)
        return True

    def place(self, codes: list[str], full: bool, start: int, end: int) -> None:
        self.take("region", start, end)
        assert self.span
        self.span.regions += 1
        self.span.full = self.span.full or full
        self.span.divisions = codes

    def stop_as_ending(self, end: int) -> str | None:
        word, stop = self.word(end - 1)
        if self.pending == self.at or stop != end or word is None or word.named not in UP_TO_ROAD:
            return None
        behind = self.text[end : end + 1]
        if behind and is_digit(behind):
            return word.named
        if self.span and self.span.local and (not behind or behind in SOFT or behind in "(（[［【"):
            return word.named
        return None

    def other(self, kind: str, end: int) -> bool:
        text = self.text
        if kind in ("before_number", "stop") or (
            kind == "break" and end - self.at >= 2 and self.named(end) == "road"
        ):
            self.at = end
        elif kind in ("break", "beside") or (kind == "lead" and self.span and text[self.at] in "在于"):
            self.finish(self.span.end if self.span else 0)
            self.at = self.pending = end
        elif kind == "lead":
            self.at = end
            if not self.span:
                self.pending = end
        elif kind == "organisation":
            self.at = end
            self.organisation = self.span is not None
        elif kind == "district":
            if (self.span and not self.span.local) or (not self.span and self.at - self.pending <= 4):
                self.take("region", self.pending if self.at - self.pending <= 8 else self.at, end)
            self.at = end
        else:
            return False
        return True

    def ending(self, kind: str, at: int, end: int) -> None:
        span, length = self.span, at - self.pending
        self.at = end
        if length == 0:
            if span and span.end == at:
                last = span.parts[-1]
                if last.kind in (*BELOW_NUMBER, "estate", "zone"):
                    if not (last.kind == "estate" and kind == "zone"):
                        last.kind = kind
                    last.end = span.end = self.pending = end
                elif kind == "estate" and end - at >= 3 and span.local:
                    self.take(kind, at, end)
            return
        if length > 8 and not span:
            self.pending = at - 4
        if length > 12 and span:
            self.pending = at - 12
        has_name = any(is_han(ch) and ch not in NUMERALS for ch in self.text[self.pending : at])
        if not has_name and (not span or length < 2):
            return
        if (kind == "group" and not (span and span.local)) or (kind == "hamlet" and not span):
            return
        if (
            kind in ("road", "town")
            and span
            and span.parted
            and any(part.kind == "number" for part in span.parts)
        ):
            self.finish(span.end)
        self.organisation = False
        self.take(kind, self.pending, end)

    def finish(self, tail: int) -> None:
        span, organisation = self.span, self.organisation
        self.span, self.organisation = None, False
        if span is None or not span.local or len(span.parts) < 2:
            return
        kinds = {part.kind for part in span.parts}
        fixed = bool(kinds & {"number", "building", "floor", "room"})
        alone = "zone" in kinds and kinds <= {"region", "zone"}
        points = self.points
        total = 0
        if "region" in kinds:
            total += points[
                "region_chain" if span.regions >= 2 else "region_full" if span.full else "region_short"
            ]
        for kind in kinds & {"town", "group", "building", "unit", "floor", "room"}:
            total += points[kind]
        if kinds & {"village", "hamlet"}:
            total += points["village" if "village" in kinds else "hamlet"]
        if kinds & {"road", "lane"}:
            total += points["road"] if "road" in kinds or fixed else points["lane"]
        if kinds & {"estate", "zone"}:
            if "estate" in kinds or fixed:
                total += points["estate"]
            elif not alone:
                total += points["zone"]
        if "number" in kinds:
            anchored = kinds - {"region", "number", "unit", "floor", "room"}
            total += points["number" if anchored else "number_loose"]
        behind = span.end
        if self.text[behind : behind + 1] and self.text[behind] in "(（[［【":
            behind = self.behind_parenthesis(behind)
        at_start = self.begins and self.blank(self.label, span.start)
        if not alone and at_start and self.ends and self.blank(behind, len(self.text)):
            total += points["whole"]
        if organisation and not fixed:
            total += points["organisation"]
        end = span.end
        name = self.text[end:tail]
        named = all(is_han(ch) or is_digit(ch) or is_letter(ch) for ch in name)
        if at_start and not organisation and 0 < len(name) <= 12 and named:
            end = tail
        checks = 0
        for kind in kinds:
            checks |= CHECK_OF[kind]
        if total >= knowledge.toml("address.toml")["threshold"]:
            checks |= FORMAT
        self.found.append((span.start, end, checks, total))


def find(raw: bytes) -> list[tuple[int, int, int, int]]:
    """(start, end, checks, score) of the spans in a cell; offsets in bytes."""
    if len(raw) < 6:
        return []
    # A byte that is not UTF-8 is a hard break like any other.
    text, sizes = "", []
    at = 0
    while at < len(raw):
        for size in (1, 2, 3, 4):
            try:
                ch = raw[at : at + size].decode("utf-8")
            except UnicodeDecodeError:
                continue
            text, at = text + ch, at + size
            sizes.append(size)
            break
        else:
            text, at = text + "；", at + 1
            sizes.append(1)
    offsets = [0]
    for size in sizes:
        offsets.append(offsets[-1] + size)
    if all(byte < 128 for byte in raw):
        return []
    found = []
    start, begins = 0, True
    for i in range(len(text) + 1):
        if i < len(text) and text[i] not in HARD and i - start < 1024:
            continue
        if i > start:
            cut = i < len(text) and text[i] not in HARD
            ends = i == len(text) or (
                not cut and all(ord(ch) <= 0x20 for ch in text[i + 1 :]) and ord(text[i]) <= 0x20
            )
            for a, b, checks, total in Reader(text[start:i], begins, ends).read():
                found.append((offsets[start + a], offsets[start + b], checks, total))
            begins = False
        start = i
        if i < len(text) and text[i] in HARD:
            if text[i] not in "\n\r":
                begins = False
            start = i + 1
    return found
