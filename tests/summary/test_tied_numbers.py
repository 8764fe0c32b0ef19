"""Numbers that are counted with persons are as many as those that the store of distinct values counts."""

import random
from datetime import date

import pytest

import scanner
from scanner.model import ReadOptions
from scanner.run import job
from scanner.summary import tied_numbers

AS_OF = date(2026, 11, 21)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
HEAD = "姓名,身份证号,手机号码,紧急联系人电话,备注,卡号"


def resident_id(chance, region="440305"):
    digits = f"{region}19{chance.randrange(50, 99)}0{chance.randrange(1, 10)}1{chance.randrange(10)}"
    digits += f"{chance.randrange(1000):03}"
    rest = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11
    return digits + "10X98765432"[rest]


def phone(chance):
    return f"139{chance.randrange(900):04}{chance.randrange(3):04}"


def lines(seed, count):
    """Rows of a few hundred people: numbers shared by columns, in free text, placeholders, damaged ones, none."""
    chance = random.Random(seed)
    ids = [resident_id(chance) for _ in range(200)]
    for _ in range(count):
        name = chance.choice("王李张刘陈杨赵黄") + "".join(chance.sample("伟芳娜敏静丽强磊军洋勇艳", 2))
        number = chance.choice([phone(chance), phone(chance), "13800138000", "", f"{phone(chance)[:-4]}O000"])
        text = chance.choice(["", "无", f"电话{phone(chance)}", f"请联系{phone(chance)}或{phone(chance)}"])
        own = chance.choice([chance.choice(ids), chance.choice(ids), "", "440305199013321234"])
        yield f"{name},{own},{number},{phone(chance)},{text},{chance.randrange(10**15, 10**16)}"


def counts(paths, **options):
    options = job.Options(as_of=AS_OF, **options)
    document = job.run(job.file_inputs([str(path) for path in paths], options), options).document
    columns = [
        (label["label"], label["decision"], label["distinct"])
        for column in document["columns"]
        for label in column["labels"]
    ]
    assert columns
    return document["labels"], document["subjects"], document["records"], columns


@pytest.mark.parametrize("seed", range(4))
def test_one_file_counts_what_the_store_counts(seed, tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("\n".join([HEAD, *lines(seed, 1500)]) + "\n", "utf-8")
    asked = []
    chosen = tied_numbers._holders
    monkeypatch.setattr(tied_numbers, "_holders", lambda *given: asked.append(chosen(*given)) or asked[-1])
    found = counts([path], jobs=1 + seed % 2)
    assert {"resident_id", "mobile_phone"} <= set(asked[0])
    small = counts([path], jobs=1, read=ReadOptions(block_size=4000))
    monkeypatch.setattr(tied_numbers, "_holders", lambda *given: {})
    assert counts([path], jobs=2) == found == small


@pytest.mark.parametrize("seed", range(4))
def test_files_of_several_shapes_count_what_the_store_counts(seed, tmp_path, monkeypatch):
    """The same numbers in several files, in columns of other places and names, and in one with too few to decide by."""
    chance = random.Random(seed)
    for at in range(5):
        rows = [line.split(",") for line in lines(seed + at % 2, chance.choice((3, 300, 700)))]
        order = chance.sample(range(6), chance.choice((4, 6)))
        head = HEAD.split(",")
        text = [",".join(row[place] for place in order) for row in (head, *rows)]
        (tmp_path / f"{at}.csv").write_text("\n".join(text) + "\n", "utf-8")
    paths = sorted(tmp_path.glob("*.csv"))
    found = counts(paths, jobs=1 + seed % 2)
    asked = []
    chosen = tied_numbers._of_alike
    monkeypatch.setattr(tied_numbers, "_of_alike", lambda *given: asked.append(given) or chosen(*given))
    assert counts(paths, jobs=2, read=ReadOptions(block_size=4000)) == found
    assert len(asked) == 1
    monkeypatch.setattr(tied_numbers, "HOLDERS", 4)  # too many columns: by the store
    assert counts(paths, jobs=2) == found
    assert len(asked) == 1


def test_two_files_have_together_what_one_has(tmp_path):
    rows = list(lines(7, 1200))
    texts = {"a.csv": rows, "b.csv": rows[:700], "c.csv": rows[700:]}
    for name, some in texts.items():
        (tmp_path / name).write_text("\n".join([HEAD, *some]) + "\n", "utf-8")
    one = counts([tmp_path / "a.csv"])[0]
    two = counts([tmp_path / "b.csv", tmp_path / "c.csv"])[0]
    distinct = [{label: each["distinct"] for label, each in labels.items()} for labels in (one, two)]
    assert distinct[0] == distinct[1]


def test_numbers_of_a_column_are_those_that_are_there(tmp_path):
    rows = [line.split(",") for line in lines(3, 800)]
    path = tmp_path / "a.csv"
    path.write_text(
        "\n".join(["姓名,手机号码,联系电话", *(f"{r[0]},{r[2]},{r[3]}" for r in rows)]) + "\n", "utf-8"
    )
    labels = scanner.scan(path, as_of=AS_OF).to_dict()["labels"]
    sound = {number for r in rows for number in r[2:4] if number.isdigit()}
    restored = {r[2].replace("O", "0") for r in rows if "O" in r[2]}
    assert labels["mobile_phone"]["distinct"] == len(sound | restored)
