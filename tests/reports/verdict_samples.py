"""Made-up verdicts: an entry of "verdicts" under a policy with tiers, and under one with levels."""

READINGS = ("low", "main", "high")


def reading(counts, sizes=(50, 500, 5000), standard=5000, higher=50000):
    """One reading of a sum; ``higher``: None where the policy knows no higher standard."""
    score = sum(count * (sizes[-1] // size) for count, size in zip(counts, sizes, strict=True))
    grave = higher is not None and score >= higher
    level = "below" if score < standard else "especially_serious" if grave else "serious"
    sign = {"below": f"< {standard}", "serious": f"≥ {standard}", "especially_serious": f"≥ {higher}"}[level]
    if level == "serious" and higher is not None:
        sign += f", < {higher}"
    terms = [
        f"{sizes[-1] // size}×{count}" if size != sizes[-1] else f"{count}"
        for count, size in zip(counts, sizes, strict=True)
    ]
    return {
        **{f"n{size}": count for count, size in zip(counts, sizes, strict=True)},
        "score": score,
        "level": level,
        "arithmetic": f"{' + '.join(terms)} = {score} {sign}",
    }


def tiers(low, main, high, sizes=(50, 500, 5000), standard=5000, higher=50000, **more):
    """A verdict of the criminal policy's kind; counts of each reading in the order of ``sizes``."""
    readings = {
        name: reading(counts, sizes, standard, higher)
        for name, counts in zip(READINGS, (low, main, high), strict=True)
    }
    fewer = {
        name: reading([n // 2 for n in counts], sizes, standard, higher)
        for name, counts in zip(READINGS, (low, main, high), strict=True)
    }
    articles = ("第五条第一款第三项", "第五条第一款第四项", "第五条第一款第五项")
    return {
        "policy": "cn-criminal-2017",
        "title": {
            "zh": "按《解释》第五条数量标准测算",
            "en": "Computed by the quantity standards of Art. 5 of the 2017 Interpretation",
        },
        "instrument": "法释〔2017〕10号",
        "article": "第五条",
        "kind": "tiers",
        "unit": "record",
        "units": dict(zip(map(str, sizes), articles, strict=True)),
        "weights": {str(size): sizes[-1] // size for size in sizes},
        "serious": standard,
        "especially_serious": higher,
        "insider": False,
        "recipients": 1,
        **readings,
        "by_unit": {"record": readings, "person": fewer, "person_category": readings},
        "union": None,
        "illegal_income": None,
        "differs": [],
        "sensitivity": [],
        "gaps": [],
        "caveats": [],
        **more,
    }


def platform(low, main, high, **more):
    """Other tiers, and no higher standard."""
    given = tiers(low, main, high, (500, 5000, 50000), 50000, None)
    articles = {"500": "第四条第一项", "5000": "第四条第二项", "50000": "第四条第三项"}
    named = {
        "policy": "cn-platform-2019",
        "title": {
            "zh": "按《解释》第四条用户信息数量标准测算",
            "en": "Computed by the quantity standards of Art. 4",
        },
        "instrument": "法释〔2019〕15号",
        "article": "第四条",
        "units": articles,
    }
    return {**given, **named, **more}


def rung(name, zh, en, article, *when):
    return {"name": name, "zh": zh, "en": en, "article": article, "when": list(when)}


def asked(count, limit, article, strict=False):
    return {
        "count": count,
        "more_than" if strict else "at_least": limit,
        "article": article,
        "wording": None,
        "verified": "V-WEB",
        "certainty": "clear",
    }


#: Two levels begin at one number, one from it on and one beyond it; two measures.
LADDER = [
    rung("none", "未达到下列人数", "fewer than the numbers below", "第一条"),
    rung(
        "contract",
        "订立标准合同或者通过个人信息保护认证",
        "standard contract or certification",
        "第八条",
        asked("other", 100_000, "第八条第一款"),
        asked("sensitive", 1, "第八条第一款"),
    ),
    rung(
        "assessment",
        "申报数据出境安全评估",
        "security assessment",
        "第七条",
        asked("other", 1_000_000, "第七条第二项"),
        asked("sensitive", 10_000, "第七条第二项"),
    ),
    rung(
        "audit",
        "每两年至少审计一次",
        "audit every two years",
        "第四条",
        asked("other", 1_000_000, "第四条", True),
    ),
]


def compared(count, limit):
    return f"{count} {'≥' if count >= limit else '<'} {limit}"


def ladder(low, main, high, **more):
    """A verdict that counts persons; each reading is (without, with sensitive data)."""
    found = {}
    for name, (other, sensitive) in zip(READINGS, (low, main, high), strict=True):
        counts = {"persons": other + sensitive, "sensitive": sensitive, "other": other}
        reached = [
            each
            for each in LADDER
            if not each["when"]
            or any(
                counts[one["count"]] > one["more_than"]
                if "more_than" in one
                else counts[one["count"]] >= one["at_least"]
                for one in each["when"]
            )
        ]
        last = reached[-1]
        found[name] = {
            **counts,
            "level": last["name"],
            "level_zh": last["zh"],
            "level_en": last["en"],
            "article": last["article"],
            "reached": [each["name"] for each in reached],
            "arithmetic": {"other": compared(other, 100_000), "sensitive": compared(sensitive, 1)},
        }
    return {
        "policy": "made-up-ladder",
        "title": {"zh": "按人数标准测算", "en": "Computed by numbers of persons"},
        "instrument": "某规定",
        "article": "第八条",
        "kind": "levels",
        "unit": "person",
        "unlinked": 0,
        "levels": LADDER,
        **found,
        "differs": [],
        "sensitivity": [],
        "gaps": [],
        "caveats": [],
        **more,
    }
