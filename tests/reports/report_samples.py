"""Made-up report documents: a rich one for goldens and the eye, an empty one, a hostile one."""

import copy

from verdict_samples import ladder, platform, reading, tiers

ESPECIALLY = "especially_serious"
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=y>\u202egnp.\u200b\x1b[31m\n=1+1\u2066\ufeff\udcff&amp;"
)


def label(name, candidates, valid, distinct, accepted=True, reason="", refused=None, samples=(), code=None):
    return {
        "label": name,
        "candidates": candidates,
        "valid": valid,
        "distinct": distinct,
        "rows": valid,
        "decision": "accepted" if accepted else "rejected",
        "code": code or ("accepted" if accepted else "chance"),
        "reason": reason,
        "refused": refused or {},
        "samples": list(samples),
    }


def column(source, index, name, cells, nonempty, role=None, labels=(), table=None):
    return {
        "input": source,
        "table": table,
        "index": index,
        "name": name,
        "cells": cells,
        "nonempty": nonempty,
        "role": role,
        "labels": list(labels),
    }


def source(path, size, digest, rows, **more):
    one = {
        "path": path,
        "member": None,
        "size": size,
        "sha256": digest * 8,
        "format": "delimited",
        "encoding": "utf-8",
        "delimiter": ",",
        "has_header": True,
        "rows": rows,
        "rows_damaged": 0,
        "rows_blank": 0,
        "status": "complete",
        "reasons": [],
    }
    return {**one, **more}


def category(tier, records, distinct, counted, persons, sensitive="no"):
    return {
        "tier": tier,
        "records": records,
        "distinct": distinct,
        "counted": counted,
        "persons": persons,
        "sensitive": sensitive,
    }


def stage(name, rows, deducted="always"):
    return {"name": name, "rows": rows, "deducted": deducted}


def element(name, zh, en, records, low, high, left_out, high_left_out):
    ways = {"low": low, "high": high, "left_out": left_out, "high_left_out": high_left_out}
    return {"element": name, "zh": zh, "en": en, "records": records, **ways}


#: What "verdicts" says beyond "verdict".
MORE = {"article", "kind", "unit", "weights", "by_unit", "union", "sensitivity", "gaps"}


def rich():
    """Three readings that differ, five inputs, two of them not read whole, one with 128 columns."""
    inputs = [
        source(
            "案卷/客户资料.csv", 1843221, "3f9ad07c", 12040, encoding="gb18030", rows_damaged=3, rows_blank=1
        ),
        source("案卷/订单导出.txt", 905113, "90c1be55", 4210, delimiter="----", has_header=False),
        source(
            "案卷/住宿.zip",
            388120,
            "77e0a4d1",
            1300,
            member="2025/旅客登记.xlsx",
            format="xlsx",
            encoding=None,
        )
        | {"delimiter": None},
        source("案卷/宽表.csv", 5230011, "c2b7f18a", 900, status="partial", delimiter="\t")
        | {"rows_damaged": 12, "reasons": ["the last 4,096 bytes could not be read: input/output error"]},
        source(
            "案卷/加密.zip",
            20480,
            "0d15ee9b",
            0,
            status="skipped",
            format=None,
            encoding=None,
            delimiter=None,
        )
        | {
            "has_header": None,
            "reasons": ["looks like a zip archive or an Office document, which is not read"],
        },
    ]
    chance = "random digits: 10.0 %"
    columns = [
        column(
            0,
            0,
            "姓名",
            12040,
            12038,
            "name",
            [
                label(
                    "person_name",
                    12038,
                    11964,
                    10877,
                    reason="99.4 % begin with a surname; header agrees",
                    refused={"surname": 74},
                    samples=["张*", "欧**", "李*"],
                ),
            ],
        ),
        column(
            0,
            1,
            "身份证号",
            12040,
            11998,
            "id_number",
            [
                label(
                    "resident_id",
                    11998,
                    11951,
                    11402,
                    reason="99.6 % of 11,998 candidates pass (random digits: 9.1 %); header agrees",
                    refused={"checksum": 31, "date": 9, "future": 7},
                    samples=["11***************X", "44***************2"],
                ),
            ],
        ),
        column(
            0,
            2,
            "手机号码",
            12040,
            12012,
            "mobile",
            [
                label(
                    "mobile_phone",
                    12012,
                    12006,
                    11730,
                    reason="99.9 % pass; header agrees",
                    refused={"prefix": 6},
                    samples=["138****5678", "177****0021"],
                ),
            ],
        ),
        column(
            0,
            3,
            "备注",
            12040,
            3020,
            None,
            [
                label(
                    "mobile_phone",
                    212,
                    208,
                    207,
                    reason="found in free text",
                    refused={"prefix": 4},
                    samples=["150****7788"],
                ),
                label(
                    "bank_card",
                    61,
                    60,
                    58,
                    reason="98.4 % of 61 candidates pass (" + chance + ")",
                    refused={"checksum": 1},
                    samples=["622848*********1234"],
                ),
            ],
        ),
        column(
            0,
            4,
            "内部流水号",
            12040,
            12040,
            None,
            [
                label(
                    "bank_card", 12040, 1197, 1197, False, "9.9 % of 12,040 candidates pass (" + chance + ")"
                ),
            ],
        ),
        column(0, 5, "录入时间", 12040, 12040),
        column(
            0,
            6,
            "固定电话",
            12040,
            60,
            "phone",
            [
                label(
                    "landline_phone",
                    60,
                    0,
                    0,
                    False,
                    "none of 60 candidates passes its checks",
                    {"prefix": 58, "length": 2},
                    code="none_valid",
                )
            ],
        ),
        column(
            0,
            None,
            None,
            3,
            3,
            None,
            [
                label("mobile_phone", 2, 2, 2, reason="found in damaged lines", samples=["139****4410"]),
            ],
        ),
        column(
            1,
            0,
            None,
            4210,
            4210,
            None,
            [
                label("mobile_phone", 4210, 4210, 3902, reason="100 % pass", samples=["186****9003"]),
            ],
        ),
        column(
            1,
            1,
            None,
            4210,
            4188,
            None,
            [
                label(
                    "address",
                    4188,
                    4101,
                    3820,
                    reason="97.9 % have a division and a road or an estate",
                    refused={"road": 87},
                    samples=["浙江省杭州市西湖区****", "北京市朝阳区****"],
                ),
            ],
        ),
        column(1, 2, None, 4210, 4210),
        column(
            2,
            0,
            "旅客姓名",
            1300,
            1300,
            "name",
            [
                label(
                    "person_name",
                    1300,
                    1296,
                    1120,
                    reason="99.7 % begin with a surname; header agrees",
                    refused={"surname": 4},
                    samples=["王**"],
                ),
            ],
            "登记",
        ),
        column(2, 1, "房号", 1300, 1290, "room", [], "登记"),
        column(2, 2, "入住日期", 1300, 1300, "checkin", [], "登记"),
    ]
    for i in range(128):
        found = (
            [
                label(
                    "email",
                    880,
                    877,
                    870,
                    reason="99.7 % pass",
                    refused={"format": 3},
                    samples=["a***@example.com"],
                )
            ]
            if i == 77
            else []
        )
        columns.append(
            column(3, i, f"field_{i:03d}", 900, 880 if found else 900, "email" if found else None, found)
        )
    verdict = tiers([0, 1254, 15102], [0, 5074, 11282], [58, 5016, 11290]) | {
        "illegal_income": {
            "amount": 3200,
            "level": "below",
            "arithmetic": "3200 < 5000",
            "article": "第五条第一款第七项",
        },
        "differs": [
            {
                "category": "transaction",
                "element": "transaction",
                "low": 5000,
                "main": 500,
                "high": 500,
                "records": 3820,
                "basis": "快递面单仅含姓名、电话、地址时，能否归入交易信息有争议",
                "basis_en": "courts differ on shipping labels with only name, phone and address",
            },
            {
                "category": "bank_account",
                "element": "bank_account",
                "low": 500,
                "main": 500,
                "high": 50,
                "records": 58,
                "basis": "账户信息是否属财产信息有争议",
                "basis_en": "courts differ on account data",
            },
            {
                "category": "bare_contact",
                "element": "bare_contact",
                "low": None,
                "main": None,
                "high": 5000,
                "records": 8,
                "basis": "孤立手机号能否识别特定自然人，判决不一",
                "basis_en": "courts differ on bare phone numbers",
            },
        ],
        "sensitivity": [
            element(
                "transaction", "交易信息", "Transactions", 3820, "serious", ESPECIALLY, "serious", ESPECIALLY
            ),
            element(
                "bank_account",
                "银行账户信息",
                "Bank account",
                58,
                ESPECIALLY,
                ESPECIALLY,
                ESPECIALLY,
                ESPECIALLY,
            ),
        ],
        "gaps": [
            {
                "reading": "low",
                "main": ESPECIALLY,
                "level": "serious",
                "alone": ["transaction"],
                "needed": ["transaction"],
            }
        ],
        "caveats": [
            {
                "when": "always",
                "zh": "交易信息的归档依赖列的内容，须人工核对样例。",
                "en": "The tier of transactions depends on column content; check samples by hand.",
            },
            {
                "when": "bare_contact",
                "zh": "孤立的联系方式单独列示，仅计入高口径。",
                "en": "Bare contact details are shown apart and counted in the high reading only.",
            },
        ],
    }
    return {
        "schema_version": 1,
        "tool": {"name": "leaktally", "version": "0.1.0", "knowledge_sha256": "5ad1c0ffee5ad1c0" * 4},
        "options": {
            "as_of": "2026-11-21",
            "insider": False,
            "lawful_business": False,
            "recipients": 1,
            "illegal_income": 3200,
            "acquired": [],
            "sold": [],
            "reveal": False,
            "policies": ["cn-criminal-2017"],
            "fail_on": "never",
        },
        "inputs": inputs,
        "columns": columns,
        "mute": [
            {
                "input": 0,
                "table": None,
                "index": 6,
                "name": "固定电话",
                "role": "phone",
                "nonempty": 60,
                "refused": {"prefix": 58, "length": 2},
            }
        ],
        "labels": {
            "resident_id": {"matches": 11951, "rows": 11951, "distinct": 11402},
            "mobile_phone": {"matches": 16426, "rows": 16402, "distinct": 15610},
            "bank_card": {"matches": 60, "rows": 60, "distinct": 58},
            "address": {"matches": 4101, "rows": 4101, "distinct": 3820},
            "person_name": {"matches": 13260, "rows": 13260, "distinct": 11802},
            "email": {"matches": 877, "rows": 877, "distinct": 870},
        },
        "records": {
            "rows": 18465,
            "identifiable": 18370,
            "distinct": 16364,
            "counted": 16356,
            "stages": [
                stage("rows", 18465, "never"),
                stage("damaged", 15),
                stage("not_identifiable", 60),
                stage("fails_checks", 212, "low"),
                stage("placeholders", 9),
                stage("masked", 11),
                stage("company", 0),
                stage("exact_duplicates", 2006),
                stage("likely_duplicates", 37, "never"),
                stage("standing_points", 3, "low_main"),
                stage("not_counted", 5),
                stage("counted", 16356, "never"),
            ],
        },
        "subjects": {
            "distinct": 15988,
            "unlinked": 412,
            "conflicts": 102,
            "conflict_examples": [
                {"label": "resident_id", "masked": "11***************X", "names": 3},
                {"label": "resident_id", "masked": "44***************2", "names": 2},
            ],
        },
        "categories": {
            "bank_account": category(500, 60, 58, 58, 57, "yes"),
            "lodging": category(500, 1296, 1254, 1196, 1120, "contested"),
            "transaction": category(500, 4101, 3820, 3820, 3702),
            "identity": category(5000, 11951, 11402, 10412, 11390, "contested"),
            "contact": category(5000, 16402, 15610, 870, 15012),
            "home_address": category(5000, 4101, 3820, 0, 3702),
            "bare_contact": category(None, 8, 8, 0, 8),
        },
        "verdict": {key: one for key, one in verdict.items() if key not in MORE},
        "verdicts": [verdict],
        "issues": [
            {"input": 0, "row": 17, "what": "the row has 7 fields instead of 6", "rows_lost": 1},
            {"input": 0, "row": 8045, "what": "2 bytes are not gb18030", "rows_lost": 0},
            {
                "input": 3,
                "row": None,
                "what": "the last 4,096 bytes could not be read: input/output error",
                "rows_lost": 12,
            },
        ],
        "run": {
            "started": "2026-11-21T20:00:00+00:00",
            "seconds": 1.2,
            "host": "example",
            "jobs": 2,
            "command": ["leaktally", "scan", "案卷", "-o", "out/"],
        },
    }


def empty():
    """A run over no input at all."""
    document = rich()
    verdict = tiers([0, 0, 0], [0, 0, 0], [0, 0, 0])
    document["verdict"], document["verdicts"] = verdict, [verdict]
    document |= {"inputs": [], "columns": [], "mute": [], "labels": {}, "categories": {}, "issues": []}
    document |= {
        "records": {"rows": 0, "identifiable": 0, "distinct": 0, "counted": 0, "stages": []},
        "subjects": {"distinct": 0, "unlinked": 0, "conflicts": 0, "conflict_examples": []},
    }
    return document


def several():
    """Four standards: one with sets and an insider, one without a higher standard, two ladders."""
    document = rich()
    bare = element(
        "bare_contact", "孤立的联系方式或账号", "Bare contact", 12_345, "below", "serious", "below", "below"
    )
    sold = {name: reading(counts, standard=2500, higher=25000) for name, counts in SOLD.items()}
    criminal = tiers([6, 131, 1424], [6, 403, 1152], [114, 1447, 0])
    for name, one in sold.items():
        criminal[name] = criminal[name] | {
            "sold": {
                "score": one["score"],
                "serious": 2500,
                "especially_serious": 25000,
                "level": one["level"],
                "arithmetic": one["arithmetic"],
            }
        }
    acquired, union = 1_961, "1961 + 230 - 30 = 2161"
    criminal |= {
        "union": {"acquired": acquired, "sold": 230, "both": 30, "union": 2_161, "arithmetic": union},
        "insider": True,
        "recipients": 3,
        "caveats": [
            {"when": "insider", "zh": "按减半标准测算。", "en": "Computed by the halved standard."},
            {"when": "union", "zh": "取并集。", "en": "The union is counted."},
        ],
    }
    gap = {
        "reading": "high",
        "main": "below",
        "level": "serious",
        "alone": ["bare_contact"],
        "needed": ["bare_contact"],
    }
    disputed = {
        "category": "bare_contact",
        "element": "bare_contact",
        "low": None,
        "main": None,
        "high": 50000,
        "records": 12_345,
        "basis": "判决不一",
        "basis_en": "courts differ",
        "article": "第四条第三项",
    }
    leaked = platform([110, 60, 1584], [110, 1644, 0], [1694, 60, 12345]) | {
        "differs": [disputed],
        "sensitivity": [bare],
        "gaps": [gap],
    }
    left_out = {"element": "bare_contact", "persons": 12_345, "basis": "有争议", "basis_en": "disputed"}
    missing = element(
        "unlinked", "unlinked", "unlinked", 54_321, "contract", "assessment", "contract", "contract"
    )
    export = ladder((1584, 170), (13929, 170), (13929, 170)) | {
        "unlinked": 54_321,
        "differs": [left_out],
        "sensitivity": [missing],
        "caveats": [
            {
                "when": "unlinked",
                "zh": "另有 54,321 条不在人数之内。",
                "en": "Another 54,321 are not counted.",
            }
        ],
    }
    none = ladder((0, 0), (0, 0), (2_000_000, 0))
    document |= {"verdict": criminal, "verdicts": [criminal, leaked, export, none]}
    document["options"] |= {
        "policies": [each["policy"] for each in document["verdicts"]],
        "insider": True,
        "recipients": 3,
        "acquired": ["案卷/客户资料.csv", "案卷/订单导出.txt", "案卷/宽表.csv", "案卷/加密.zip"],
        "sold": ["案卷/住宿.zip"],
    }
    return document


SOLD = {"low": [0, 12, 200], "main": [2, 28, 200], "high": [30, 200, 0]}


def unread():
    """Inputs of which no row could be read."""
    document = empty()
    document["inputs"] = [
        source("案卷/加密.zip", 20480, "0d15ee9b", 0, status="failed")
        | {"reasons": ["looks like a zip archive or an Office document, which is not read"]},
        source("案卷/没有.csv", None, "0d15ee9b", 0, status="failed")
        | {"sha256": None, "reasons": ["cannot be read: permission denied"]},
        source("案卷/空表.csv", 12, "7f15ee9b", 0),
    ]
    document["issues"] = [
        {"input": i, "row": None, "what": reason, "rows_lost": 0}
        for i, one in enumerate(document["inputs"])
        for reason in one["reasons"]
    ]
    return document


def hostile():
    """The rich document with every text but the fixed words replaced by ``HOSTILE``."""
    fixed = {"level", "decision", "status", "sha256", "started", "when", "kind", "deducted", "count"}

    def spoil(value, key=None):
        if isinstance(value, dict):
            return {(k if k in KEYS else HOSTILE + k): spoil(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [spoil(one, key) for one in value]
        return HOSTILE if isinstance(value, str) and key not in fixed else value

    return spoil(copy.deepcopy(rich()))


def _keys(value, found):
    if isinstance(value, dict):
        for key, one in value.items():
            found.add(key)
            _keys(one, found)
    elif isinstance(value, list):
        for one in value:
            _keys(one, found)
    return found


# Keys that are names given by data, not by the contract, are spoilt too.
_DATA = (
    set(rich()["labels"]) | set(rich()["categories"]) | {"checksum", "prefix", "surname", "road", "format_"}
)
KEYS = _keys(rich(), set()) - _DATA
