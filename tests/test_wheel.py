"""The sdist and the wheel: complete, and at work away from the checkout.

The wheel is built from the sdist, so that whatever the sdist lacks is missed here.
"""

import json
import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from scanner import __version__, knowledge

ROOT = Path(__file__).resolve().parents[1]
NAME = f"leaktally-{__version__}"
ID = "11010519491231002X"  # the example that GB 11643-1999 itself prints
# Packaging is what is tested here, so the compiler need not take its time.
FAST = {**os.environ, "CFLAGS": "-O0 -g0", "PYTHONDONTWRITEBYTECODE": "1"}


def run(*command: object, cwd: Path, environment: dict[str, str] | None = None) -> str:
    """Runs a command; fails with what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment or FAST,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist; egg-info elsewhere, for a list left in the checkout would hide what MANIFEST.in forgets."""
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "setup.py", "-q", "egg_info", "-e", folder, "sdist", "-d", folder, cwd=ROOT)
    return folder / f"{NAME}.tar.gz"


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel", "--no-index"]
    run(*pip, "--no-deps", "--no-build-isolation", "-w", folder, sdist, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the wheel is installed; a folder with a space and Chinese characters in its name."""
    folder = tmp_path_factory.mktemp("泄露 check")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-index"]
    run(*pip, "--no-deps", "--target", folder, wheel, cwd=wheel.parent)
    return folder


def leaktally(installed: Path, *arguments: object, cwd: Path) -> str:
    """What the installed command prints, with nothing of ours on the path but the installation."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONUTF8": "1"}
    command = installed / "bin" / "leaktally"
    return run(sys.executable, "-P", command, *arguments, cwd=cwd, environment=environment)


def patterns() -> set[str]:
    """The files of patterns/ in the checkout, as paths in the package."""
    return {
        f"scanner/patterns/{path.relative_to(knowledge.root()).as_posix()}"
        for path in knowledge.root().rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def tracked(suffixes: set[str]) -> set[str]:
    """The sources in the checkout's scanner/ with these suffixes."""
    return {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "scanner").rglob("*") if path.suffix in suffixes
    }


def test_sdist_holds_all_sources_and_nothing_built(sdist):
    with tarfile.open(sdist) as archive:
        held = {name.removeprefix(f"{NAME}/") for name in archive.getnames()}
    wanted = tracked({".py", ".pyx", ".pxd", ".h", ".pyi", ".toml", ".css", ".typed"})
    wanted |= {name.removeprefix("scanner/") for name in patterns()}
    wanted |= {"setup.py", "pyproject.toml", "Makefile", "requirements.lock", ".ci/run"}
    wanted |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py")}
    wanted |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "fixtures" / "demo").iterdir()}
    assert wanted - held == set()
    assert [name for name in held if name.endswith((".so", ".c", ".pyc")) or "__pycache__" in name] == []


def test_wheel_holds_package_kernels_and_patterns_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    kernels = {name for name in held if name.endswith((".so", ".pyd"))}
    assert {name.split(".")[0] for name in kernels} == {name[: -len(".pyx")] for name in tracked({".pyx"})}
    assert held - kernels == tracked({".py", ".pyi", ".toml", ".css", ".typed"}) | patterns() | {
        f"scanner/{knowledge.READ_BEFORE}"
    }


def test_metadata(wheel):
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"{NAME}.dist-info/METADATA").decode()
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"Version: {__version__}\n" in metadata
    needed = [
        line for line in metadata.splitlines() if line.startswith("Requires-Dist: ") and ";" not in line
    ]
    assert sorted(needed) == sorted(f"Requires-Dist: {name}" for name in declared["dependencies"])


def test_version(installed, tmp_path):
    assert leaktally(installed, "--version", cwd=tmp_path).split()[-1] == __version__


def test_the_installation_is_what_runs(installed, tmp_path):
    script = "import scanner.kernels.digits as k, scanner.knowledge as w; print(k.__file__); print(w.root())"
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONUTF8": "1"}
    for place in run(sys.executable, "-P", "-c", script, cwd=tmp_path, environment=environment).splitlines():
        assert Path(place).is_relative_to(installed.resolve())


def test_knowledge_is_the_same_as_in_the_checkout(installed):
    assert knowledge.hash_folder(installed / "scanner" / "patterns") == knowledge.sha256()


def test_scan(installed, tmp_path):
    rows = "".join(f"张三{number},{ID},北京市朝阳区建国路{number}号\n" for number in range(1, 31))
    (tmp_path / "名单.csv").write_text("姓名,身份证号,住址\n" + rows, encoding="gb18030")
    out = leaktally(installed, "scan", "名单.csv", "-f", "json", "-o", "-", cwd=tmp_path)
    document = json.loads(out)
    assert document["labels"]["resident_id"] == {"matches": 30, "rows": 30, "distinct": 1}
    assert document["tool"]["knowledge_sha256"] == knowledge.sha256()


@pytest.mark.parametrize(
    ("suffix", "start"), [("html", "<!doctype html>"), ("txt", "")], ids=["html", "terminal"]
)
def test_reports_find_their_words_and_styles(installed, tmp_path, suffix, start):
    (tmp_path / "list.csv").write_text(f"姓名,身份证号\n张三,{ID}\n", encoding="utf-8")
    leaktally(installed, "scan", "list.csv", "-o", f"report.{suffix}", cwd=tmp_path)
    text = (tmp_path / f"report.{suffix}").read_text("utf-8")
    assert text.lower().startswith(start)
    assert "list.csv" in text


def test_detectors(installed, tmp_path):
    out = leaktally(installed, "detectors", cwd=tmp_path)
    assert {"resident_id", "mobile_phone", "bank_card", "address", "email"} <= set(out.split())


def test_policy(installed, tmp_path):
    out = leaktally(installed, "policy", cwd=tmp_path)
    assert all(number in out for number in ("50", "500", "5,000"))


def test_check_patterns(installed, tmp_path):
    assert "sound" in leaktally(installed, "check-patterns", cwd=tmp_path)
