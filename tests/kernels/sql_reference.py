"""The grammar of SQL dumps, slow and obvious: one complete text, read with regular expressions and plain loops."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sql_reference_texts import copied, hexadecimal, mysql, points, postgres

SPACE = b" \t\n\r\v\f"
NAME = re.compile(rb"[A-Za-z0-9_$#@\x80-\xff]*")
DOTTED = re.compile(rb"[A-Za-z0-9_$#@.\x80-\xff]*")
STATEMENTS = rb"insert|replace|upsert|into|copy|create|comment|use|exec|execute|\\connect|\\c"
OTHERS = rb"alter|drop|set|unlock|lock|commit|go|update|delete|select|begin|end|prompt|rem"
OTHERS += rb"|analyze|pragma|truncate|print"
BEGINS_STATEMENT = re.compile(rb"(?:" + STATEMENTS + rb")(?![A-Za-z0-9_$#@\x80-\xff])", re.IGNORECASE)
BEGINS_LINE = re.compile(
    rb"--|/\*|(?:" + STATEMENTS + rb"|" + OTHERS + rb")(?![A-Za-z0-9_$#@\x80-\xff])", re.IGNORECASE
)
COMMENT = re.compile(rb"--(?![0-9])[^\n]*|#(?=[ \t\n\r\v\f]|\Z)[^\n]*|/\*.*?\*/", re.DOTALL)
FOLLOWS = re.compile(rb"as|using|collate|at|n|e|year|month|day|hour|minute|second", re.IGNORECASE)
CONSTANT = re.compile(
    rb"nan|inf|true|user|false|infinity|.+\.(?:nextval|currval)|current_.*|sysdate.*|localtime.*|systimestamp.*",
    re.IGNORECASE,
)
Span = tuple[int, int]


class BrokenError(Exception):
    def __init__(self, at: int = -1) -> None:
        self.at = at


@dataclass
class Value:
    start: int
    end: int
    text: Callable[[], bytes]
    variable: bool = False


@dataclass
class Literal:
    first: int
    stop: int
    next: int
    text: bytes
    raw: bytes


@dataclass
class Read:
    """Rows as (head, texts), damaged spans with their head, and spans of free text."""

    rows: list[tuple[str, list[bytes]]] = field(default_factory=list)
    loose: list[tuple[str, Span, int]] = field(default_factory=list)
    texts: list[Span] = field(default_factory=list)


@dataclass
class Reference:
    """``heads(data, at)`` gives (name, end, is_copy) of the head at a place, or None."""

    data: bytes
    backslash: bool
    heads: Callable[[bytes, int], tuple[str, int, bool] | None]
    found: Read = field(default_factory=Read)
    widths: dict[str, int] = field(default_factory=dict)

    def run(self) -> Read:
        data, at = self.data, 0
        while True:
            while at < len(data) and (data[at] in SPACE or data[at] == ord(";")):
                at += 1
            if at == len(data):
                return self.found
            head = self.heads(data, at) if BEGINS_STATEMENT.match(data, at) else None
            if head is None:
                at = self.text_line(at)
            elif head[2]:
                at = self.lines(head[0], head[1])
            else:
                at = self.tuples(head[0], head[1])

    def text_line(self, at: int) -> int:
        data = self.data
        end = data.find(b"\n", at)
        after = end + 1 if end >= 0 else len(data)
        end = end if end >= 0 else len(data)
        if not data.startswith((b"--", b"#"), at) or (at + 1 >= end and data[at] == ord("-")):
            for found in re.compile(rb";[ \t\r\v\f]*").finditer(data, at, end):
                if found.end() < end and BEGINS_STATEMENT.match(data, found.end()):
                    end = after = found.end()
                    break
        text = data[at:end].rstrip(SPACE)
        if text.rstrip(b";").lower() not in (b"", b"--", b"#", b"/", b"go", b"begin", b"end", b"commit"):
            self.found.texts.append((at, at + len(text)))
        return after

    def skip(self, at: int) -> int:
        while at < len(self.data):
            comment = COMMENT.match(self.data, at)
            if self.data[at] in SPACE:
                at += 1
            elif comment:
                self.found.texts.append(comment.span())
                at = comment.end()
            elif self.data.startswith(b"/*", at):
                raise BrokenError(at)
            else:
                break
        return at

    def tuples(self, name: str, at: int) -> int:
        data, first, start = self.data, True, at
        while True:
            try:
                place = self.skip(at)
            except BrokenError as broken:
                return broken.at
            at = place
            if at == len(data):
                return at
            if data[at] == ord(",") and not first:
                at += 1
                start = at
                continue
            over = re.compile(rb";[ \t\r\v\f]*(?=\()").match(data, at)
            if over and not first:
                at = over.end()
                continue
            if data[at] != ord("("):
                word = NAME.match(data, at).end() > at and not data[at : at + 1].isdigit()
                if first or word or data[at] in b"-/#;" or b"\n" in COMMENT.sub(b"", data[start:at]):
                    return at
                next_, at = self.going(at, at, name)
                start = at
                if next_ == "tuple":
                    continue
                return at
            width = self.widths.get(name)
            tries = [self.attempt(at, self.backslash)]
            if tries[0] is None or (width is not None and len(tries[0][0]) != width):
                tries.append(self.attempt(at, not self.backslash))
                other = tries[1]
                if other is not None and width in (None, len(other[0])):
                    tries[0] = other
            if tries[0] is None:
                next_, at = self.going(at, at + 1, name)
                start = at
                first = False
                if next_ == "tuple":
                    continue
                return at
            values, comments, after = tries[0]
            if first and any(value.variable for value in values):
                return self.text_line(at)
            first = False
            if values and width in (None, len(values)):
                self.widths[name] = len(values)
                self.found.rows.append((name, [value.text() for value in values]))
                self.found.texts += comments
            else:
                self.found.loose.append((name, (at, after), len(self.found.rows)))
            at = start = after

    def going(self, start: int, since: int, name: str) -> tuple[str, int]:
        """Where reading goes on behind the broken tuple at ``start``; looked for from ``since`` on."""
        data = self.data
        for found in re.compile(rb"[)\n]").finditer(data, since):
            at = found.start()
            if found[0] == b"\n":
                after = re.compile(rb"[ \t\n\r\v\f]*").match(data, at + 1).end()
                if BEGINS_LINE.match(data, after):
                    self.found.loose.append((name, (start, at), len(self.found.rows)))
                    return "statement", after
                continue
            more = re.compile(rb"[ \t\n\r\v\f]*,[ \t\n\r\v\f]*(?=\()").match(data, at + 1)
            if more:
                self.found.loose.append((name, (start, at + 1), len(self.found.rows)))
                return "tuple", more.end()
            over = re.compile(rb"[ \t\n\r\v\f]*;").match(data, at + 1)
            if over:
                then = re.compile(rb"[ \t\r\v\f]*").match(data, over.end()).end()
                if then == len(data) or data[then] == 10 or BEGINS_STATEMENT.match(data, then):
                    self.found.loose.append((name, (start, at + 1), len(self.found.rows)))
                    return "statement", over.end()
        self.found.loose.append((name, (start, len(data)), len(self.found.rows)))
        return "statement", len(data)

    def attempt(self, at: int, backslash: bool) -> tuple[list[Value], list[Span], int] | None:
        """The values of the tuple at ``at``, the comments in it, where it goes on; None where it is none."""
        before, kept = self.found.texts, self.backslash
        self.found.texts, self.backslash = [], backslash
        try:
            values: list[Value] = []
            at = self.skip(at + 1)
            if self.data[at : at + 1] == b")":
                return values, self.found.texts, at + 1
            while True:
                at = self.skip(at)
                value, at = self.value(at)
                values.append(value)
                if self.data[at : at + 1] == b")":
                    return values, self.found.texts, at + 1
                at += 1
        except (BrokenError, IndexError):
            return None
        finally:
            self.found.texts, self.backslash = before, kept

    def close(self, first: int, quote: int, backslash: bool) -> tuple[int, bool, bool]:
        """The closing quote, and whether there are doubled quotes and escapes."""
        data, at, doubled, escaped = self.data, first, False, False
        while at < len(data):
            if data[at] == quote:
                if data[at + 1 : at + 2] != bytes([quote]):
                    return at, doubled, escaped
                doubled = True
                at += 2
            elif data[at] == ord("\\") and backslash:
                escaped = True
                at += 2
            else:
                at += 1
        raise BrokenError

    def literal(self, low: int, at: int) -> Literal:
        """The string whose quote is at ``at``, with its prefix, that begins at ``low`` at the earliest."""
        data, quote, first = self.data, self.data[at], at + 1
        word = re.compile(rb"[A-Za-z0-9_$#@\x80-\xff]*\Z").search(data[low:at])[0].lower()
        if quote == ord("'") and word in (b"q", b"nq"):
            close = {b"[": b"]", b"(": b")", b"{": b"}", b"<": b">"}.get(
                data[first : first + 1], data[first : first + 1]
            )
            stop = (
                data.index(close + b"'", first + 1)
                if first < len(data) and close + b"'" in data[first + 1 :]
                else -1
            )
            if stop < 0:
                raise BrokenError
            return Literal(first + 1, stop, stop + 2, data[first + 1 : stop], data[first + 1 : stop])
        unicode_ = data[max(at - 2, low) : at].lower() == b"u&"
        backslash = (self.backslash and not unicode_) or word == b"e"
        stop, _, _ = self.close(first, quote, backslash)
        raw = data[first:stop]
        if unicode_:
            text = points(raw.replace(bytes([quote]) * 2, bytes([quote])))
        elif word == b"e":
            text = postgres(raw, bytes([quote]))
        elif word == b"x":
            text = hexadecimal(raw)
        elif backslash:
            text = mysql(raw, bytes([quote]))
        else:
            text = raw.replace(bytes([quote]) * 2, bytes([quote]))
        return Literal(first, stop, stop + 1, text, raw)

    def dollar(self, at: int) -> Literal | None:
        found = re.compile(rb"\$[A-Za-z0-9_#@\x80-\xff]{0,126}\$").match(self.data, at)
        if not found:
            return None
        stop = self.data.find(found[0], found.end())
        if stop < 0:
            raise BrokenError
        text = self.data[found.end() : stop]
        return Literal(found.end(), stop, stop + len(found[0]), text, text)

    def ends(self, at: int) -> int | None:
        """Where the comma or bracket is that ends a value which stopped at ``at``; None where more follows."""
        at = self.skip(at)
        if at == len(self.data):
            raise BrokenError
        return at if self.data[at] in b",)" else None

    def value(self, at: int) -> tuple[Value, int]:
        data, c = self.data, self.data[at : at + 1]
        if c in (b"'", b'"'):
            return self.string(at, at)
        if c.isdigit() or c in (b"-", b"+", b"."):
            stop = at + 1
            while stop < len(data):
                power = data[stop] in b"+-" and data[stop - 1] in b"eE" and data[at + 1] not in b"xX"
                if power or NAME.match(data, stop).end() > stop or data[stop] == ord("."):
                    stop += 1
                else:
                    break
            is_hex = c == b"0" and data[at + 1 : at + 2] in (b"x", b"X") and stop > at + 1
            raw = data[at + 2 : stop] if is_hex else data[at:stop]
            end = self.ends(stop)
            if end is not None:
                return Value(at, stop, (lambda: hexadecimal(raw)) if is_hex else (lambda: raw)), end
            place = self.skip(stop)
            if data[place] in b"'\"" or NAME.match(data, place).end() > place:
                raise BrokenError
            return self.expression(at)
        if c == b"$":
            literal = self.dollar(at)
            if literal:
                end = self.ends(literal.next)
                if end is None:
                    raise BrokenError
                return Value(literal.first, literal.stop, lambda: literal.text), end
        if NAME.match(data, at).end() > at or c in (b":", b"?", b"\\", b"`"):
            return self.word(at)
        if c == b"(":
            return self.expression(at)
        raise BrokenError

    def string(self, low: int, at: int) -> tuple[Value, int]:
        literal = self.literal(low, at)
        end = self.ends(literal.next)
        if end is not None:
            return Value(literal.first, literal.stop, lambda: literal.text), end
        if self.may_follow(self.skip(literal.next), literal.next):
            return self.expression(low)
        raise BrokenError

    def may_follow(self, at: int, closed: int) -> bool:
        c = self.data[at : at + 1]
        if c in (b",", b")", b"]", b":", b"|", b"+"):
            return True
        if c in (b"'", b'"'):
            return at > closed
        return at > closed and FOLLOWS.fullmatch(NAME.match(self.data, at)[0]) is not None

    def word(self, at: int) -> tuple[Value, int]:
        data = self.data
        stop = DOTTED.match(data, at + 1).end()
        if stop == len(data):
            raise BrokenError
        word, c = data[at:stop], data[stop : stop + 1]
        if c in (b"'", b'"'):
            if word[:1] == b"_" or word.lower() in (b"n", b"e", b"x", b"b", b"q", b"nq"):
                return self.string(at, stop)
            raise BrokenError
        if c == b"&" and word.lower() == b"u" and data[stop + 1 : stop + 2] == b"'":
            return self.string(at, stop + 1)
        if c in (b",", b")"):
            return self.lone(at, stop, word), stop
        if c[0] not in SPACE:
            return self.expression(at)
        place = self.skip(stop)
        if place == len(data):
            raise BrokenError
        if data[place] in b",)":
            return self.lone(at, stop, word), place
        return self.value(place) if word[:1] == b"_" else self.expression(at)

    @staticmethod
    def lone(at: int, stop: int, word: bytes) -> Value:
        if word.lower() in (b"null", b"default") or word == b"\\N":
            return Value(at, at, lambda: b"")
        variable = word.isascii() and CONSTANT.fullmatch(word) is None
        return Value(at, stop, lambda: word, variable)

    def expression(self, start: int) -> tuple[Value, int]:
        data, at, depth = self.data, start, 0
        while True:
            if at >= len(data):
                raise BrokenError
            c = data[at : at + 1]
            if c in (b"'", b'"'):
                literal = self.literal(start, at)
                at = self.skip(literal.next)
                if at == len(data) or not self.may_follow(at, literal.next):
                    raise BrokenError
                continue
            if c == b"," and not depth:
                break
            if c in (b")", b"]"):
                if not depth:
                    if c == b"]":
                        raise BrokenError
                    break
                depth -= 1
            elif c in (b"(", b"["):
                depth += 1
            elif c == b";":
                raise BrokenError
            elif c == b"$" and (at == start or not NAME.match(data, at - 1).end() > at - 1):
                dollar = self.dollar(at)
                if dollar:
                    at = dollar.next
                    continue
            elif c in (b"-", b"/", b"#"):
                comment = COMMENT.match(data, at)
                if comment:
                    self.found.texts.append(comment.span())
                    at = comment.end()
                    continue
                if data.startswith(b"/*", at):
                    raise BrokenError
            at += 1
        end = start + len(data[start:at].rstrip(SPACE))
        # What expressions come to is a table of its own in the tests: here only that they are some.
        return Value(start, end, lambda: b"<expression>"), at

    def lines(self, name: str, at: int) -> int:
        data = self.data
        while at < len(data):
            end = data.find(b"\n", at)
            after = end + 1 if end >= 0 else len(data)
            line = data[at : end if end >= 0 else len(data)]
            line = line[:-1] if line.endswith(b"\r") else line
            if line == b"\\.":
                return after
            cells = [b""]
            for piece in re.findall(rb"\\.?|[^\\]", line, re.DOTALL):
                if piece == b"\t":
                    cells.append(b"")
                else:
                    cells[-1] += piece
            if self.widths.get(name) in (None, len(cells)):
                self.widths[name] = len(cells)
                self.found.rows.append((name, [b"" if cell == b"\\N" else copied(cell) for cell in cells]))
            elif BEGINS_LINE.match(data, at):
                return at
            elif line:
                self.found.loose.append((name, (at, at + len(line)), len(self.found.rows)))
            at = after
        return at
