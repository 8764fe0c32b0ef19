"""By what a text shows to be an SQL dump, and how its plain strings are written."""

from __future__ import annotations

import re

# The last: letters, digits, _, $, #, @ and all that is not ASCII, told by what it is not: as a range of all these that
# ignores case it took 37 ms to compile, a tenth of a small scan.
_NAME = r"""(?:`[^`\n]+`|"[^"\n]+"|\[[^\]\n]+\]|[^\x00-\x22\x25-\x2f\x3a-\x3f\x5b-\x5e\x60\x7b-\x7f]+)"""
# Quoted names may hold parentheses: `密码(明文)`.
_COLUMNS = r"""\((?:[^()`"\[]{1,9999}+|`[^`\n]+`|"[^"\n]+"|\[[^\]\n]+\]){0,9999}+\)"""
_TABLE = rf"{_NAME}(?:\s*\.\s*{_NAME}){{0,3}}"
_WORDS = (
    "insert replace upsert into create drop alter set use go begin start commit copy select update delete merge lock "
    "unlock truncate pragma rem prompt spool delimiter declare print if exec execute comment grant revoke analyze "
    "show with call"
)
# All but FIRST are compiled (and kept by `re`) when they are asked for: it takes 4 ms, and few texts are dumps.
LINES = re.IGNORECASE | re.VERBOSE | re.MULTILINE
#: What may stand at the start of a dump: a comment, or a statement.
FIRST = re.compile(
    rf"\s*(--|/\*|#[ \n\r]|\\(connect|restrict|c)\b|({'|'.join(_WORDS.split())})\b)", re.IGNORECASE
)
#: What only a dump has at a line's start.
ROWS = rf"""^[ \t]*(?:
      (?:insert|replace|upsert)\s+(?:(?:low_priority|delayed|high_priority|ignore|or\s+\w+|overwrite|all|first)\s+)*
        (?:into\s+)?(?:table\s+)?{_TABLE}\s*(?:partition\s*\([^()\n]*\)\s*)?
        (?:{_COLUMNS}\s*)?(?:overriding\s+\w+\s+value\s*)?(?:values?\b|set\s|select\s)
      | copy\s+{_TABLE}\s*(?:{_COLUMNS}\s*)?from\s+stdin\b
    )"""
#: The first letters of ROWS, however they are written: to look for these takes a tenth of the time.
ROW_LETTERS = frozenset("iruc" + "IRUC" + "\u0130\u0131")
STATEMENTS = rf"""^[ \t]*(?:
      (?:create|drop)\s+(?:\w+\s+){{0,3}}(?:table|database|schema|view|procedure|function|trigger|index|sequence|user
        |role|package)\s
      | update\s+{_TABLE}\s+set\s+{_NAME}\s*= | delete\s+from\s+{_TABLE}\s*(?:where\b|;) | merge\s+into\s
      | alter\s+table\s+{_TABLE}\s
      | set\s+(?:names|foreign_key_checks|ansi_nulls|identity_insert|define|client_encoding
        |standard_conforming_strings)\b
    )"""
#: Dialects in whose plain strings a backslash is a character like others.
STANDARD = (
    r"PostgreSQL database|standard_conforming_strings\s*=\s*on|pg_catalog\.|PRAGMA\s+foreign_keys|\[dbo\]\.|"
    r"^[ \t]*GO[ \t\r]*$|SET\s+IDENTITY_INSERT|\bvarchar2\b|\bto_date\s*\(|^REM\s+INSERTING|SET\s+DEFINE\s+OFF|"
    r"sqlite_sequence"
)
MYSQL = r"/\*!\d{5}|\bENGINE\s*=|^-- (MySQL|MariaDB) dump|standard_conforming_strings\s*=\s*off"


def is_sql(head: str) -> bool:
    """Whether a text that begins so is a dump: SQL from the start, or rows of one that was cut off before."""
    if _may_hold_rows(head) and re.search(ROWS, head, LINES):
        return FIRST.match(head) is not None or len(re.findall(ROWS, head, LINES)) > 1
    return FIRST.match(head) is not None and re.search(STATEMENTS, head, LINES) is not None


def _may_hold_rows(head: str) -> bool:
    return any(line.lstrip(" \t")[:1] in ROW_LETTERS for line in head.split("\n"))


def escapes(head: str) -> bool:
    """Whether a backslash escapes in plain strings, as far as the head of the dump tells the dialect."""
    if re.search(MYSQL, head, re.MULTILINE):
        return True
    return re.search(STANDARD, head, re.MULTILINE | re.IGNORECASE) is None
