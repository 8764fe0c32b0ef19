"""A policy for people: thresholds, then every category with its three readings and their basis."""

from __future__ import annotations

from scanner.policy import READINGS, Policy
from scanner.reports.layout import grid, wrap
from scanner.reports.words import Words

WIDTH = 100


def render(policy: Policy, lang: str = "zh") -> str:
    """The text that ``leaktally policy`` prints; ``lang``: "zh" or "en"."""
    words = Words(lang)
    limits = policy.thresholds
    lines = [
        f"{policy.name}  {policy.instrument} {policy.article}",
        words.pick(policy.title),
        words.ui("policy_dates", valid_from=policy.valid_from, checked_on=policy.checked_on),
        "",
        words.ui("policy_sum", scale=f"{limits.scale:,}", tenfold=f"{limits.scale * limits.tenfold:,}"),
        words.ui(
            "policy_insider", divisor=limits.insider_divisor, basis=words.article(limits.basis["insider"])
        ),
        "",
    ]
    for tier in policy.tiers:
        kind = tier.zh if lang == "zh" else tier.en
        lines += wrap(f"{tier.size:>5,}  {words.article(tier.article)}  {kind}", WIDTH)
    heads = [
        words.ui("category"),
        *(words.name("readings", name) for name in READINGS),
        words.ui("certainty"),
    ]
    rows = [
        [
            each.zh if lang == "zh" else each.en,
            _size(each.low),
            _size(each.main),
            _size(each.high),
            words.name("certainty", each.certainty),
        ]
        for each in policy.categories
    ]
    lines += ["", *grid(heads, rows, WIDTH), ""]
    for each in policy.categories:
        name, basis = (each.zh, each.basis) if lang == "zh" else (each.en, each.basis_en)
        lines += wrap(
            f"{name}{words.ui('colon')}{words.article(each.article)}{words.ui('semicolon')}{basis}", WIDTH
        )
    lines.append("")
    for caveat in policy.caveats:
        if caveat.when == "always":
            lines += wrap(caveat.zh if lang == "zh" else caveat.en, WIDTH)
    return "\n".join(lines)


def _size(tier: int) -> str:
    return f"{tier:,}" if tier else "–"
