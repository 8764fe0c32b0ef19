"""Makes the inputs of the benchmark, once: ``python -m benchmarks.harness.inputs FOLDER NAME BYTES``.

Nobody in them exists: see fixtures/README.md.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
SEED = 7
CHUNK = 1 << 20  # values or rows that are made at a time
ROW = 180  # bytes of a row of the dump, about
FEW = 20_000  # values of each dictionary column
FILES = 100
SMALL = 1_000_000  # bytes of the small CSV
GROUP = 1 << 20  # rows of a Parquet row group
DISTINCT_SHARE = 0.8  # of the phone numbers; the others are seen twice


@cache
def folder_of(top: Path, size: int) -> Path:
    """Where inputs of this size lie: another generator, other tables or other recipes make another folder."""
    digest = hashlib.sha256()
    sources = [Path(__file__), FIXTURES / "make.py", *sorted((FIXTURES / "generator").iterdir())]
    for path in [*sources, *sorted((ROOT / "patterns" / "tables").glob("*.csv"))]:
        if path.is_file():
            digest.update(path.read_bytes())
    return top / f"{size}-{digest.hexdigest()[:12]}"


def made(top: Path, name: str, size: int) -> Path:
    """The path of an input, which is made in a process of its own where it is missing.

    ``size``: bytes of the dump from which the others follow (``phones.csv``: how many values).
    """
    folder = folder_of(top, size)
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for needed in NEEDS.get(name, ()):
            made(top, needed, size)
        command = [sys.executable, "-m", "benchmarks.harness.inputs", str(folder), name, str(size)]
        subprocess.run(command, cwd=ROOT, check=True)
    return path


def _dump(path: Path, size: int) -> None:
    # The generator ends with whole chunks of 50,000 rows; less than one is asked for by rows.
    extent = ["--size", str(size)] if size >= 10**7 else ["--rows", str(max(1, size // ROW))]
    words = ["dump", *extent, "--seed", str(SEED), "--out", str(path)]
    subprocess.run([sys.executable, FIXTURES / "make.py", *words], cwd=ROOT, check=True)


def _gb18030(path: Path, size: int) -> None:
    """The dump's characters in GB18030."""
    decode = codecs.getincrementaldecoder("utf-8")()
    with (path.parent / "dump.csv").open("rb") as source, path.open("wb") as target:
        while block := source.read(16 << 20):
            target.write(decode.decode(block).encode("gb18030"))
        target.write(decode.decode(b"", final=True).encode("gb18030"))


def _batches(path: Path) -> Any:
    """The dump as Arrow record batches of text columns."""
    import pyarrow as pa
    import pyarrow.csv as pacsv

    with path.open(encoding="utf-8") as file:
        names = file.readline().rstrip("\n").split(",")
    return pacsv.open_csv(
        path,
        pacsv.ReadOptions(block_size=16 << 20),
        pacsv.ParseOptions(newlines_in_values=True),
        pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )


def _parquet(path: Path, size: int) -> None:
    """The dump's cells as plain strings, in row groups of about a million rows."""
    import pyarrow as pa

    reader = _batches(path.parent / "dump.csv")
    with _parquet_writer(path, reader.schema) as writer:
        held: list[Any] = []
        for batch in reader:
            held.append(batch)
            if sum(map(len, held)) >= GROUP:
                writer.write_table(pa.Table.from_batches(held))
                held = []
        if held:
            writer.write_table(pa.Table.from_batches(held))


def _parquet_writer(path: Path, schema: Any, dictionary: bool = False) -> Any:
    import pyarrow.parquet as pq

    return pq.ParquetWriter(
        path, schema, version="2.6", compression="zstd", compression_level=3, use_dictionary=dictionary
    )


def _few_values(path: Path, size: int) -> None:
    """Every column draws from its first 20,000 different values; ``plain.parquet`` and ``dictionary.parquet``."""
    import numpy as np
    import pyarrow as pa

    source = path.parent / "dump.csv"
    first: list[Any] = []
    total = 0
    for batch in _batches(source):
        if sum(map(len, first)) < 4 * FEW:
            first.append(batch)
        total += len(batch)
    table = pa.Table.from_batches(first)
    values = [column.combine_chunks().unique()[:FEW] for column in table.columns]
    as_dictionary = path.name == "dictionary.parquet"
    kinds = [pa.dictionary(pa.int32(), pa.string()) if as_dictionary else pa.string() for _ in values]
    schema = pa.schema(list(zip(table.schema.names, kinds, strict=True)))
    draw = np.random.default_rng(SEED)
    with _parquet_writer(path, schema, as_dictionary) as writer:
        for done in range(0, total, GROUP):
            count = min(GROUP, total - done)
            codes = [pa.array(draw.integers(0, len(some), count, dtype=np.int32)) for some in values]
            arrays = [pa.DictionaryArray.from_arrays(c, v) for c, v in zip(codes, values, strict=True)]
            columns = arrays if as_dictionary else [array.dictionary_decode() for array in arrays]
            writer.write_table(pa.table(columns, schema=schema))


def _files(path: Path, size: int) -> None:
    """The dump in a hundred files with a header each."""
    import pyarrow as pa

    sys.path.insert(0, str(FIXTURES))
    from generator.write import DelimitedWriter

    table = pa.Table.from_batches(list(_batches(path.parent / "dump.csv")))
    path.mkdir()
    step = -(-len(table) // FILES)
    for number in range(FILES):
        part = table.slice(number * step, step).combine_chunks()
        with DelimitedWriter(path / f"part-{number:03}.csv", table.column_names) as writer:
            for batch in part.to_batches():
                writer.write(batch.columns)


def _small(path: Path, size: int) -> None:
    """The first megabyte of the dump, whole rows."""
    sys.path.insert(0, str(FIXTURES))
    from generator.write import DelimitedWriter

    batch = next(iter(_batches(path.parent / "dump.csv")))
    with DelimitedWriter(path, batch.schema.names) as writer:
        for start in range(0, len(batch), 100):
            writer.write(batch.slice(start, 100).columns)
            if writer.size >= SMALL:
                break


def _stock(path: Path, size: int) -> None:
    """A stock list as large as the dump: goods, EAN-13 (GB 12904), amounts, times, order numbers; nobody's data."""
    import numpy as np

    sys.path.insert(0, str(FIXTURES))
    from generator.demo import _barcodes, goods
    from generator.draw import Draw
    from generator.dump import amounts, orders, times
    from generator.write import DelimitedWriter

    draw, done = Draw(SEED), 0
    limit = (path.parent / "dump.csv").stat().st_size
    with DelimitedWriter(path, ("品名", "条码", "金额", "交易时间", "订单号")) as writer:
        while writer.size < limit:
            rows = np.arange(done, done + 50_000)
            columns = [goods(draw, rows), _barcodes(draw, rows), amounts(draw, rows)]
            writer.write([*columns, times(draw, "time", rows), orders(draw, rows)])
            done += len(rows)
    os.truncate(path, _row_end(path, limit))


def _row_end(path: Path, limit: int) -> int:
    """Where the last whole row before ``limit`` ends (there are no quoted cells)."""
    with path.open("rb") as file:
        file.seek(max(0, limit - 4096))
        return max(0, limit - 4096) + file.read(min(4096, limit)).rfind(b"\n") + 1


def phones_distinct(count: int) -> int:
    """How many different values ``phones.csv`` of ``count`` values holds."""
    return int(count * DISTINCT_SHARE)


def _phones(path: Path, count: int) -> None:
    """``count`` mobile numbers in scattered order, of which 80 % are different: made by a permutation."""
    import numpy as np

    sys.path.insert(0, str(FIXTURES))
    from generator.tables import load

    heads = np.array(sorted(map(int, load().prefixes)), np.int64)
    numbers = len(heads) * 10**6
    distinct = phones_distinct(count)
    if distinct > numbers:
        raise ValueError(f"There are only {numbers} mobile numbers to draw from.")
    stride = int(numbers * 0.618) | 1
    while np.gcd(stride, numbers) != 1:
        stride += 2
    with path.open("wb") as file:
        file.write("手机号码\n".encode())
        for done in range(0, count, CHUNK):
            index = np.arange(done, min(done + CHUNK, count), dtype=np.int64) % distinct
            place = index * stride % numbers
            value = heads[place // 10**6] * 10**6 + place % 10**6
            text = np.full((len(value), 12), ord("\n"), np.uint8)
            for position in range(10, -1, -1):
                value, digit = np.divmod(value, 10)
                text[:, position] = digit + ord("0")
            file.write(text.tobytes())


RECIPES: dict[str, Callable[[Path, int], None]] = {
    "dump.csv": _dump,
    "dump.gb18030.csv": _gb18030,
    "dump.parquet": _parquet,
    "plain.parquet": _few_values,
    "dictionary.parquet": _few_values,
    "files": _files,
    "small.csv": _small,
    "stock.csv": _stock,
    "phones.csv": _phones,
}
NEEDS = {name: ("dump.csv",) for name in RECIPES if name not in ("dump.csv", "phones.csv")}


def main(folder: str, name: str, size: str) -> None:
    """Makes one input; what is half-made never has its final name."""
    path = Path(folder) / name
    draft = Path(folder) / "draft" / name
    shutil.rmtree(draft.parent, ignore_errors=True)
    draft.parent.mkdir()
    for needed in NEEDS.get(name, ()):
        (draft.parent / needed).symlink_to(path.parent.resolve() / needed)
    RECIPES[name](draft, int(size))
    draft.rename(path)
    shutil.rmtree(draft.parent)


if __name__ == "__main__":
    main(*sys.argv[1:])
