"""A policy for people: its standard, then every category or level with its basis."""

from __future__ import annotations

from collections.abc import Sequence

from scanner import categories
from scanner.policy import READINGS, LevelPolicy, Policy, TierPolicy, sensitive_table
from scanner.policy.policies import Condition
from scanner.reports.layout import grid, wrap
from scanner.reports.words import Words

WIDTH = 100
INDENT = "    "


def render(policy: Policy, lang: str = "zh", others: Sequence[str] = ()) -> str:
    """The text that ``leaktally policy`` prints; ``lang``: "zh" or "en"; ``others``: names of other policies."""
    words = Words(lang)
    lines = [
        *wrap(f"{policy.name}  {policy.instrument} {words.article(policy.article)}", WIDTH),
        *wrap(words.pick(policy.title), WIDTH),
        words.ui("policy_dates", valid_from=policy.valid_from, checked_on=policy.checked_on),
        words.ui("policy_unit", unit=words.name("units", policy.unit)),
        "",
    ]
    if isinstance(policy, TierPolicy):
        lines += _tiers(policy, words)
    elif isinstance(policy, LevelPolicy):
        lines += _levels(policy, words)
    failed = policy.doubtful
    lines += wrap(
        words.ui(
            "policy_failed",
            article=words.article(failed.article),
            basis=failed.basis_en if lang == "en" else failed.basis,
        ),
        WIDTH,
    )
    lines.append("")
    for caveat in policy.caveats:
        if caveat.when == "always":
            lines += wrap(caveat.zh if lang == "zh" else caveat.en, WIDTH)
    if others:
        lines += ["", *wrap(words.ui("policy_others", names=", ".join(others)), WIDTH)]
    return "\n".join(lines)


def _tiers(policy: TierPolicy, words: Words) -> list[str]:
    lines = [*_standards(policy, words), ""]
    for tier in policy.tiers:
        kind = words.pick({"zh": tier.zh, "en": tier.en})
        lines.append(f"{tier.size:>6,}  {words.article(tier.article)}")
        lines += _indented(kind)
        if tier.wording:
            lines += _indented(_quoted(tier.wording, tier.verified, words))
    heads = [
        words.ui("category"),
        *(words.name("readings", name) for name in READINGS),
        words.ui("certainty"),
        words.ui("sensitive"),
    ]
    rows = [
        [
            words.pick({"zh": each.zh, "en": each.en}),
            *(_size(each.tier(name)) for name in READINGS),
            words.name("certainty", each.certainty),
            words.name("sensitive", sensitive_table.state(each.name)),
        ]
        for each in policy.categories
    ]
    lines += ["", *grid(heads, rows, WIDTH), *wrap(words.ui("sensitive_note"), WIDTH), ""]
    follows = (
        words.pick({"zh": policy.follows.basis, "en": policy.follows.basis_en}) if policy.follows else ""
    )
    lines += wrap(follows, WIDTH) if follows else []  # once, not before each basis
    for each in policy.categories:
        name, basis = (each.zh, each.basis) if words.lang == "zh" else (each.en, each.basis_en)
        basis = basis.removeprefix(follows).strip()
        lines += wrap(
            f"{name}{words.ui('colon')}{words.article(each.article)}{words.ui('semicolon')}{basis}", WIDTH
        )
    return lines


def _standards(policy: TierPolicy, words: Words) -> list[str]:
    """One line for each standard that the instrument has."""
    limits, basis = policy.thresholds, {k: words.article(v) for k, v in policy.thresholds.basis.items()}
    scale = f"{limits.scale:,}"
    if limits.tenfold is None:
        said = [words.ui("policy_single", scale=scale, basis=basis["sum"])]
    else:
        said = [words.ui("policy_sum", scale=scale, tenfold=f"{limits.scale * limits.tenfold:,}")]
    if limits.insider_divisor is not None:
        said.append(words.ui("policy_insider", divisor=limits.insider_divisor, basis=basis["insider"]))
    if "recipients" in basis:
        said.append(words.ui("policy_recipients", basis=basis["recipients"]))
    if limits.income is not None:
        said.append(words.ui("policy_income", income=f"{limits.income:,}", basis=basis["income"]))
    return [line for each in said for line in wrap(each, WIDTH)]


def _levels(policy: LevelPolicy, words: Words) -> list[str]:
    lines = wrap(words.ui("policy_ladder"), WIDTH)
    for rung in policy.levels:
        name = words.pick({"zh": rung.zh, "en": rung.en})
        lines += ["", *wrap(f"{name}  {words.article(rung.article)}", WIDTH)]
        lines += [] if rung.conditions else _indented(words.ui("policy_lowest"))
        for each in rung.conditions:
            lines += _indented(_asked(each, words))
            if each.wording:
                lines += _indented(INDENT + _quoted(each.wording, each.verified, words))
    out = {name: _names(sorted(policy.left_out[name]), words) for name in READINGS}
    basis = words.pick(policy.left_out_basis)
    lines += [
        "",
        *wrap(words.ui("policy_left_out", **out) + (" " if words.lang == "en" else "") + basis, WIDTH),
    ]
    if "sensitive" in policy.measures():
        heads = [words.ui("category"), words.ui("sensitive")]
        rows = [
            [
                words.pick({"zh": each.zh, "en": each.en}),
                words.name("sensitive", sensitive_table.state(each.name)),
            ]
            for each in categories.described()
        ]
        lines += ["", *grid(heads, rows, WIDTH), *wrap(words.ui("sensitive_note"), WIDTH)]
    return lines


def _asked(each: Condition, words: Words) -> str:
    measure = words.name("measures", each.measure)
    key = "policy_more_than" if each.strict else "policy_at_least"
    said = words.ui(key, measure=measure, limit=f"{each.limit:,}")
    certainty = words.name("certainty", each.certainty)
    return words.ui("semicolon").join([said, words.article(each.article), certainty])


def _quoted(wording: str, verified: str, words: Words) -> str:
    return words.ui("policy_wording", wording=wording, verified=words.name("verified", verified))


def _indented(text: str) -> list[str]:
    margin = INDENT * (2 if text.startswith(INDENT) else 1)
    return [margin + line for line in wrap(text.strip(), WIDTH - len(margin))]


def _names(names: Sequence[str], words: Words) -> str:
    return words.ui("comma").join(words.category(name) for name in names) or words.ui("none")


def _size(tier: int) -> str:
    return f"{tier:,}" if tier else "–"
