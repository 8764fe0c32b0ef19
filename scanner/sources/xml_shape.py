"""Which elements of an XML text are its records, decided on its beginning."""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner.sources.xml_tokens import attributes_of

MOST_PATHS = 4096  # paths of elements; further ones are one
DEEPEST = 200  # levels of elements; what lies deeper is text of the last one
KEYS = ("name", "key", "column", "field")  # attributes that may name what an element holds
MOST_KEYS = 512  # names of that kind
OTHER = "(other)"
MANY = 10  # elements in one other, or of one path
FEW = 3  # values of an element that holds a long list


@dataclass(slots=True)
class Place:
    """All elements of one path."""

    name: str
    above: Place | None = None
    below: dict[str, Place] = field(default_factory=dict)
    count: int = 0
    filled: int = 0  # elements with text of their own
    attributes: set[str] = field(default_factory=set)
    keys: dict[str, set[str]] = field(default_factory=dict)  # the values of its attributes of KEYS
    seen: set[tuple[str, str]] = field(default_factory=set)  # such values within the present element above
    within: int = 0  # the number of that element
    twice: int = 0  # values that an element above holds more than once
    key: str | None = None  # which of KEYS names what the element holds
    is_record: bool = False

    @property
    def repeats(self) -> bool:
        """Are there several in one element above?"""
        return self.above is None or self.count > self.above.count

    @property
    def fields(self) -> int:
        """How many values an element has at least: of attributes, and of elements without further ones."""
        return len(self.attributes) + sum(
            1 + (each.key is not None) for each in self.below.values() if not each.below
        )


class Places:
    """The paths of a text; a taker of tokens that counts them."""

    def __init__(self) -> None:
        self.root = Place("", count=1)
        self._known = 1
        self._open = [self.root]
        self._beyond = 0  # open elements that lie too deep

    def below(self, place: Place, name: str) -> Place:
        """The place of an element within another."""
        found = place.below.get(name)
        if found is None:
            if self._known >= MOST_PATHS:
                name = OTHER
                if name in place.below:
                    return place.below[name]
            self._known += 1
            found = place.below[name] = Place(name, place)
        return found

    def leaf(self, name: str, text: str) -> None:
        """An element with nothing but text."""
        self.start(name, "")
        self.text(text)
        self.end(name)

    def start(self, name: str, attributes: str) -> None:
        """An element begins."""
        if len(self._open) > DEEPEST:
            self._beyond += 1
            return
        place = self.below(self._open[-1], name)
        place.count += 1
        self._open.append(place)
        for given, value in attributes_of(attributes) if attributes else ():
            if len(place.attributes) < MOST_PATHS:
                place.attributes.add(given)
            if given in KEYS and len(place.keys.setdefault(given, set())) < MOST_KEYS:
                self._note(place, given, value)

    def _note(self, place: Place, key: str, value: str) -> None:
        """Keeps a value that may name what an element holds."""
        number = self._open[-2].count
        if place.within != number:
            place.within = number
            place.seen.clear()
        place.twice += (key, value) in place.seen
        place.seen.add((key, value))
        place.keys[key].add(value)

    def end(self, name: str) -> None:
        """An element ends, and those in it that were left open."""
        if self._beyond:
            self._beyond -= 1
            return
        for at in range(len(self._open) - 1, 0, -1):
            if self._open[at].name == name:
                del self._open[at:]
                return

    def text(self, text: str) -> None:
        """Text of an element."""
        if text and not text.isspace():
            self._open[-1].filled += 1

    def aside(self, text: str) -> None:
        """Nothing that tells a path."""

    def decide(self) -> None:
        """Marks the records, and the elements whose attribute names what they hold."""
        places = [self.root]
        for place in places:
            places += place.below.values()
            place.key = _key_of(place)
        self._choose()

    def _choose(self) -> None:
        """From below: an element is a record if it repeats and has values, or if it has several and no record in it."""
        order = [self.root]
        for place in order:
            order += place.below.values()
        holds: set[int] = set()  # places that hold records with several values
        for place in reversed(order[1:]):
            below = place.below.values()
            if place.key is not None:  # a value of the record above
                continue
            fields = place.fields + (place.filled > 0)
            if not place.below and fields < 2:
                place.is_record = place.repeats
                continue
            inside = any(id(each) in holds for each in below)
            direct = any(not each.below and id(each) not in holds for each in below)
            if place.repeats:
                place.is_record = direct or (fields > 1 and (not inside or len(place.attributes) > 1))
            else:
                place.is_record = fields > 1 and not inside
            if place.fields <= FEW and any(
                each.count >= MANY * place.count for each in below if not each.key
            ):
                place.is_record = False
            if inside or place.is_record:
                holds.add(id(place))


def _key_of(place: Place) -> str | None:
    """The attribute whose values name what elements hold: a few, each once within an element above."""
    above = place.above
    if place.below or above is None or place.count < 2 * above.count or MANY * place.twice > place.count:
        return None
    for key in KEYS:
        values = place.keys.get(key, ())
        few = 2 <= len(values) < MOST_KEYS and len(values) * above.count <= 4 * place.count
        if few and (above.count >= MANY or all(map(is_name, values))):
            return key
    return None


def is_name(text: str) -> bool:
    """May a text be the name of a column?"""
    return len(text) <= 64 and text.isascii() and text[:1].isalpha() and text.replace("_", "").isalnum()
