"""Mentions and the persons they are, slow and obvious."""

from collections import defaultdict


def slow_mentions(rows, plan, plans):
    """For each tuple its mentions: (payload, [(word, owner, kind)]), where a number that is an owner is a pair."""
    found = []
    for row, which in zip(rows, plan, strict=True):
        found.append([])
        for payload, name_at, numbers in plans[which] if which >= 0 else ():
            name = row[name_at] if name_at >= 0 else 0
            held = [(row[place], kind) for place, kind in numbers if row[place]]
            strong = [number for number in held if number[1] & 1]
            owner = name or (strong[0] if strong else 0)
            if held:
                found[-1].append(
                    (payload, [(word, name if kind & 1 else owner, kind) for word, kind in held])
                )
    return found


class Slow:
    """Parents with no thought for speed: the lowest mention of each set."""

    def __init__(self, size):
        self.sets = [{mention} for mention in range(size)]

    def join(self, one, two):
        if self.sets[one] is self.sets[two]:
            return
        joined = self.sets[one] | self.sets[two]
        for mention in joined:
            self.sets[mention] = joined

    def roots(self):
        return [min(one) for one in self.sets]


def slow_unite(nodes, slow):
    """Pairs of sets, conflicts; see the kernel."""
    numbers = defaultdict(list)
    for word, owner, mention, kind in nodes:
        numbers[word, kind].append((owner, mention))
    for (_, kind), held in numbers.items():
        for owner, mention in held:
            for other, second in held:
                if kind & 1 or owner == other:
                    slow.join(mention, second)
    root = slow.roots()
    pairs, conflicts = [], []
    for (word, kind), held in numbers.items():
        owners = {owner: mention for owner, mention in held if owner}
        bare = [mention for owner, mention in held if not owner]
        if kind & 1:
            if len(owners) > 1:
                conflicts.append((word, kind, len(owners)))
        elif bare:
            pairs += [(root[bare[0]], root[mention]) for mention in owners.values()]
    return sorted(pairs), sorted(conflicts)
