"""Takes the pictures of the demo's HTML and DOCX reports in docs/pictures, on a screen and on A4 paper.

    python tools/build_pictures.py

Needs Chromium, LibreOffice and pdftoppm (poppler). Everybody and everything in the case sheet below is invented.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import build_docs

PICTURES = build_docs.ROOT / "docs" / "pictures"
LANGUAGES = ("zh", "en")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
)
#: Size of the window in pixels.
SCREEN, PAPER = (1280, 1600), (1280, 620)
#: Printed pages that stand beside each other: front page, case sheet, arithmetic.
PAGES = range(1, 4)
#: The same of the DOCX report: case sheet, counts, readings; not the page with the command line of this machine.
WRITTEN = (1, 4, 5)
DAY = "2026-11-21"
CASE = """
number = "示例〔2026〕12号"
cause = "涉嫌侵犯公民个人信息（示例）"
entrusting_body = "示例市公安局网络安全保卫支队"
examining_body = "示例电子数据检验室"
purpose = "统计检材中公民个人信息的种类和数量"
place = "示例市示例路 1 号检验室"
write_protection = "经只读接口制作镜像，在镜像副本上检查"
[[operators]]
name = "张示例"
title = "工程师"
[[operators]]
name = "李示例"
title = "助理工程师"
[[exhibits]]
number = "JC-2026-12-01"
name = "移动硬盘"
source = "现场扣押"
medium = "2.5 英寸，1 TB，序列号 EXAMPLE-0001"
seal = "封存完好"
"""
SHEET = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 28px; background: #e9edf1; display: flex; gap: 28px; }
img { width: 389px; background: #fff; box-shadow: 0 1px 3px rgba(29,39,51,.12), 0 8px 24px rgba(29,39,51,.12); }
</style>"""


def photograph(browser: str, page: Path, target: Path, size: tuple[int, int], profile: Path) -> None:
    """A picture of ``size`` pixels of the top of a page."""
    window = f"--window-size={size[0]},{size[1]}"
    given = [*OPTIONS, f"--user-data-dir={profile}", window, f"--screenshot={target}", page.as_uri()]
    subprocess.run([browser, *given], check=True, capture_output=True, timeout=120)


def printed(browser: str, page: Path, profile: Path) -> Path:
    """A page that shows the printed pages ``PAGES`` of another one beside each other."""
    paper = page.with_suffix(".pdf")
    given = [*OPTIONS, f"--user-data-dir={profile}", "--no-pdf-header-footer", f"--print-to-pdf={paper}"]
    subprocess.run([browser, *given, page.as_uri()], check=True, capture_output=True, timeout=120)
    return beside(paper, PAGES)


def written(report: Path, profile: Path) -> Path:
    """The same of a DOCX file, as LibreOffice prints it."""
    given = ["--headless", f"-env:UserInstallation={profile.as_uri()}", "--convert-to", "pdf"]
    command = ["soffice", *given, "--outdir", str(report.parent), str(report)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return beside(report.with_suffix(".pdf"), WRITTEN)


def beside(paper: Path, pages: Iterable[int]) -> Path:
    """A page that shows some pages of a PDF file beside each other."""
    stem = paper.with_suffix("")
    for each in map(str, pages):
        subprocess.run(["pdftoppm", "-r", "96", "-f", each, "-l", each, "-png", paper, stem], check=True)
    images = "".join(f'<img src="{one.name}">' for one in sorted(paper.parent.glob(f"{stem.name}-*.png")))
    sheet = paper.with_name(f"{stem.name}.sheet.html")
    sheet.write_text(SHEET + images, encoding="utf-8")
    return sheet


def build(browser: str) -> None:
    """All pictures, in each language."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        build_docs.write_files("", folder)
        (folder / "case.toml").write_text(CASE, encoding="utf-8")
        for lang in LANGUAGES:
            page = folder / f"{lang}.html"
            scan = f"leaktally scan fixtures/demo --lang {lang} --case case.toml --as-of {DAY} -o {page.name}"
            done = build_docs.run(scan, folder)
            if done.returncode not in {0, 3}:  # the demo holds damaged rows
                sys.exit(done.stderr)
            photograph(browser, page, PICTURES / f"report.{lang}.png", SCREEN, folder / "profile")
            sheet = printed(browser, page, folder / "profile")
            photograph(browser, sheet, PICTURES / f"paper.{lang}.png", PAPER, folder / "profile")
            report = folder / f"docx-{lang}.docx"
            build_docs.run(scan.replace(page.name, report.name), folder)
            sheet = written(report, folder / "office")
            photograph(browser, sheet, PICTURES / f"docx.{lang}.png", PAPER, folder / "profile")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Takes the pictures of the documentation.")
    found = next((path for each in BROWSERS if (path := shutil.which(each))), None)
    parser.add_argument("--browser", default=found, help="Chromium, or a browser with the same options")
    chosen = parser.parse_args()
    if not chosen.browser or not shutil.which("pdftoppm") or not shutil.which("soffice"):
        sys.exit("The pictures need Chromium, LibreOffice and pdftoppm (poppler-utils).")
    build(chosen.browser)
