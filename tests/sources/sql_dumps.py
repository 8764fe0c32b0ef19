"""Dumps as the programs of five databases write them, with what they hold: a generator for tests.

A table is (name, columns, rows); a cell is a text or None. ``dump`` gives the text of a dump; what it must be read as
is the tables themselves.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

Row = list[str | None]
DIALECTS = (
    "mysql",
    "mysql_complete",
    "postgresql",
    "postgresql_inserts",
    "oracle",
    "oracle_all",
    "sqlserver",
    "sqlite",
    "navicat",
)


@dataclass
class Dumped:
    name: str
    columns: list[str]
    rows: list[Row]
    kinds: str = ""  # a letter a column: n number, d date, t text; none: all text

    def written(self, row: Row, text: Callable[[str | None, str], str]) -> list[str]:
        """The cells of a row as a dialect writes them."""
        return [text(cell, kind) for cell, kind in zip(row, self.kinds or "t" * len(row), strict=True)]


def people_table(name: str, seed: int, count: int, hard: bool = True) -> Dumped:
    """People whose texts hold what dumps must escape."""
    draw = random.Random(seed)
    rows: list[Row] = []
    for number in range(count):
        remark = draw.choice(
            [
                "",
                "a'b",
                "c\\d",
                'e"f',
                "g\nh",
                "i),(j",
                "k;\nINSERT INTO x VALUES (1",
                "l\tm",
                "--n",
                "/*o",
                "\\",
                "'",
            ]
        )
        rows.append(
            [
                str(number),
                draw.choice("张王李赵") + draw.choice(["伟", "芳", "秀英", "强"]),
                f"1{draw.choice('3578')}{draw.randrange(10**9):09}",
                draw.choice([None, f"110105{draw.randrange(1950, 2005)}0101{draw.randrange(1000):03}X"]),
                remark if hard else "",
                f"{draw.random() * 100:.2f}",
                "2020-01-01 10:00:00",
            ]
        )
    return Dumped(name, ["id", "xm", "phone", "idcard", "remark", "amount", "created"], rows, "nttttnd")


def mysql_text(cell: str | None, kind: str) -> str:
    if cell is None:
        return "NULL"
    if kind == "n":
        return cell
    for plain, escaped in (
        ("\\", "\\\\"),
        ("'", "\\'"),
        ('"', '\\"'),
        ("\n", "\\n"),
        ("\r", "\\r"),
        ("\0", "\\0"),
    ):
        cell = cell.replace(plain, escaped)
    return f"'{cell}'"


def standard_text(cell: str | None, kind: str, prefix: str = "") -> str:
    if cell is None:
        return "NULL"
    return cell if kind == "n" else prefix + "'" + cell.replace("'", "''") + "'"


def postgresql_text(cell: str | None, kind: str) -> str:
    return f"E{mysql_text(cell, kind)}" if cell and "\\" in cell else standard_text(cell, kind)


def copy_text(cell: str | None) -> str:
    if cell is None:
        return "\\N"
    for plain, escaped in (("\\", "\\\\"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        cell = cell.replace(plain, escaped)
    return cell


def oracle_text(cell: str | None, kind: str) -> str:
    if cell is None:
        return "null"
    if kind == "d":
        return f"to_date('{cell}','YYYY-MM-DD HH24:MI:SS')"
    if "\n" in cell:
        return "||chr(10)||".join(standard_text(part, kind) for part in cell.split("\n"))
    if "'" in cell and "]" not in cell:
        return f"q'[{cell}]'"
    return standard_text(cell, kind)


def sqlserver_text(cell: str | None, kind: str) -> str:
    if kind == "d" and cell is not None:
        return f"CAST(N'{cell}' AS DateTime)"
    return standard_text(cell, kind, "N")


def sqlite_text(cell: str | None, kind: str) -> str:
    if cell is not None and "\n" in cell and "\\" not in cell:
        return f"replace({standard_text(cell, kind)[:-1]}'".replace("\n", "\\n") + ",'\\n',char(10))"
    return standard_text(cell, kind)


def dump(tables: list[Dumped], dialect: str, end: str = "\n") -> str:
    """The text of a dump; ``end``: the line end of its statements (that of its cells stays)."""
    text = "".join(HEADS[dialect])
    for table in tables:
        text += WRITERS[dialect](table)
    return text.replace("\n", end) if end != "\n" else text


def _definition(table: Dumped, opening: str, closing: str, end: str) -> str:
    lines = [f"  {opening}{name}{closing} varchar(255) DEFAULT NULL" for name in table.columns]
    name = ".".join(f"{opening}{part}{closing}" for part in table.name.split("."))
    return (
        f"CREATE TABLE {name} (\n"
        + ",\n".join([*lines, f"  PRIMARY KEY ({opening}id{closing})"])
        + f"\n){end}"
    )


def _mysql(table: Dumped) -> str:
    text = f"DROP TABLE IF EXISTS `{table.name}`;\n" + _definition(
        table, "`", "`", " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n"
    )
    text += f"LOCK TABLES `{table.name}` WRITE;\n/*!40000 ALTER TABLE `{table.name}` DISABLE KEYS */;\n"
    for first in range(0, len(table.rows), 7):
        rows = ",".join(
            "(" + ",".join(table.written(row, mysql_text)) + ")" for row in table.rows[first : first + 7]
        )
        text += f"INSERT INTO `{table.name}` VALUES {rows};\n"
    return text + "UNLOCK TABLES;\n"


def _mysql_complete(table: Dumped) -> str:
    columns = ", ".join(f"`{name}`" for name in table.columns)
    rows = ",\n".join("(" + ", ".join(table.written(row, mysql_text)) + ")" for row in table.rows)
    return f"INSERT INTO `{table.name}` ({columns}) VALUES\n{rows};\n" if table.rows else ""


def _navicat(table: Dumped) -> str:
    return (
        "BEGIN;\n"
        + "".join(
            f"INSERT INTO `{table.name}` VALUES (" + ", ".join(table.written(row, mysql_text)) + ");\n"
            for row in table.rows
        )
        + "COMMIT;\n"
    )


def _postgresql(table: Dumped) -> str:
    text = _definition(table, '"', '"', ";\n").replace("varchar(255)", "character varying(255)")
    text += f"COPY {table.name} ({', '.join(table.columns)}) FROM stdin;\n"
    return text + "".join("\t".join(map(copy_text, row)) + "\n" for row in table.rows) + "\\.\n\n"


def _postgresql_inserts(table: Dumped) -> str:
    columns = ", ".join(f'"{name}"' for name in table.columns)
    return "".join(
        f"INSERT INTO {table.name} ({columns}) VALUES ("
        + ", ".join(table.written(row, postgresql_text))
        + ");\n"
        for row in table.rows
    )


def _oracle(table: Dumped) -> str:
    return f"REM INSERTING into {table.name}\nSET DEFINE OFF;\n" + "".join(
        f"Insert into {table.name} ({','.join(name.upper() for name in table.columns)}) values ("
        + ",".join(table.written(row, oracle_text))
        + ");\n"
        for row in table.rows
    )


def _oracle_all(table: Dumped) -> str:
    text = ""
    for first in range(0, len(table.rows), 3):
        text += (
            "INSERT ALL\n"
            + "".join(
                f"  INTO {table.name} ({', '.join(table.columns)}) VALUES ("
                + ", ".join(table.written(row, oracle_text))
                + ")\n"
                for row in table.rows[first : first + 3]
            )
            + "SELECT 1 FROM DUAL;\n"
        )
    return text


def _sqlserver(table: Dumped) -> str:
    columns = ", ".join(f"[{name}]" for name in table.columns)
    name = table.name.split(".")[-1]
    text = _definition(Dumped("dbo." + name, table.columns, []), "[", "]", " ON [PRIMARY]\nGO\n")
    for number, row in enumerate(table.rows):
        text += (
            f"INSERT [dbo].[{name}] ({columns}) VALUES ("
            + ", ".join(table.written(row, sqlserver_text))
            + ")\n"
        )
        text += "GO\n" if number % 5 == 4 else ""
    return text


def _sqlite(table: Dumped) -> str:
    text = _definition(table, '"', '"', ";\n")
    return text + "".join(
        f"INSERT INTO {table.name} VALUES(" + ",".join(table.written(row, sqlite_text)) + ");\n"
        for row in table.rows
    )


WRITERS = {
    "mysql": _mysql,
    "mysql_complete": _mysql_complete,
    "navicat": _navicat,
    "postgresql": _postgresql,
    "postgresql_inserts": _postgresql_inserts,
    "oracle": _oracle,
    "oracle_all": _oracle_all,
    "sqlserver": _sqlserver,
    "sqlite": _sqlite,
}
HEADS = {
    "mysql": "-- MySQL dump 10.13  Distrib 8.0.33, for Linux (x86_64)\n--\n-- Host: localhost    Database: crm\n"
    "/*!40101 SET NAMES utf8mb4 */;\n",
    "mysql_complete": "-- phpMyAdmin SQL Dump\n-- version 5.2.1\n"
    'SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";\nSTART TRANSACTION;\n',
    "navicat": "/*\n Navicat Premium Data Transfer\n\n Source Server Type    : MySQL\n*/\n\nSET NAMES utf8mb4;\n"
    "SET FOREIGN_KEY_CHECKS = 0;\n",
    "postgresql": "--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\nSET statement_timeout = 0;\n"
    "SET standard_conforming_strings = on;\nSELECT pg_catalog.set_config('search_path', '', false);\n",
    "postgresql_inserts": "--\n-- PostgreSQL database dump\n--\n\nSET standard_conforming_strings = on;\n",
    "oracle": "",
    "oracle_all": "set define off\n",
    "sqlserver": "USE [crm]\nGO\n/****** Object:  Table [dbo].[t]    Script Date: 2020/1/1 ******/\n"
    "SET ANSI_NULLS ON\nGO\n",
    "sqlite": "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n",
}
