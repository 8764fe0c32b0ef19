"""Manifest, signature and places of outputs, as the commands have them."""

from __future__ import annotations

import json
import os
import resource
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures_reference import DEMO
from running import ROOT, TODAY_OPTION, command, process, rows_file

from scanner.document import canonical
from scanner.evidence import manifest as manifests
from scanner.evidence import signature

ROWS = ["姓名,手机号码", *(f"王小明,138001380{n:02}" for n in range(20))]
HOSTILE = [
    "a\nb.csv",
    "a\\b.csv",
    "a\rb.csv",
    "=1+1.csv",
    "\u202egpj.csv",
    "-.csv",
    "-",
    " .csv",
    "\udcff.csv",
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "案卷 1"
    place.mkdir()
    monkeypatch.chdir(place)
    (place / "data").mkdir()
    rows_file(place / "data" / "a.csv", ROWS)
    return place


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def quick_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less work than for a real key, which takes 1 GiB and seconds (test_signature.py makes such ones)."""
    monkeypatch.setattr(signature, "OPSLIMIT", 1 << 20)
    monkeypatch.setattr(signature, "MEMLIMIT", 1 << 25)


def floats(value: object) -> bool:
    if isinstance(value, dict | list):
        return any(floats(each) for each in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, float)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_a_folder_holds_what_coreutils_checks(folder: Path) -> None:
    for number, name in enumerate(HOSTILE):
        rows_file(folder / "data" / name, [*ROWS, f"李雷,139001390{number:02}"])
    ended = command("scan", "data", "-o", "out/")
    assert ended.code == 0, ended.err
    ran = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd="out", capture_output=True, check=False
    )
    assert ran.returncode == 0, ran
    outputs = [name for name in names(folder / "out") if name != "SHA256SUMS"]
    assert ran.stdout.count(b": OK\n") == len(HOSTILE) + 1 + len(outputs)
    assert command("verify", "out").code == 0


def test_the_manifest_holds_what_a_repeater_needs(folder: Path) -> None:
    ended = command("scan", "data", "-o", "out/", "--hash", "sm3", *TODAY_OPTION)
    assert ended.code == 0, ended.err
    data = (folder / "out" / "manifest.json").read_bytes()
    content = json.loads(data)
    assert canonical.render(content) == data
    assert not floats(content)
    report = json.loads((folder / "out" / "report.json").read_bytes())
    assert content["body_sha256"] == report["run"]["body_sha256"] == canonical.body_sha256(report)
    assert content["tool"].items() >= report["tool"].items()
    assert [(each["path"], each["location"]) for each in content["inputs"]] == [
        ("data/a.csv", "../data/a.csv")
    ]
    assert content["inputs"][0]["sha256"] == report["inputs"][0]["sha256"]
    assert content["inputs"][0]["sm3"] == report["inputs"][0]["sm3"] is not None
    written = {each["name"]: each["size"] for each in content["outputs"]}
    own = {"manifest.json", "SHA256SUMS"}
    assert written == {
        name: (folder / "out" / name).stat().st_size for name in names(folder / "out") if name not in own
    }
    assert report["run"]["environment"].keys() == {
        "os", "machine", "python", "libraries", "command_line", "time_zone", "clock",
    }  # fmt: skip


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_anyone_can_make_the_hash_of_the_body(folder: Path) -> None:
    command("scan", DEMO, "-f", "json", "-o", "report.json")
    body = subprocess.run(["jq", "-cS", "del(.run)", "report.json"], capture_output=True, check=True).stdout
    report = json.loads((folder / "report.json").read_bytes())
    assert canonical.render(canonical.body(report)) == body


def test_the_libraries_named_are_the_projects_own() -> None:
    import tomllib

    from scanner.document.environment import LIBRARIES, libraries

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    more = project["optional-dependencies"]
    asked = project["dependencies"] + [each for name in more if name != "dev" for each in more[name]]
    assert sorted(each.split(">=")[0] for each in asked) == list(LIBRARIES)
    assert dict(libraries()).keys() >= {"click", "numpy"}


def test_a_single_report_can_have_a_manifest(folder: Path) -> None:
    command("key", "new", "k", "--unencrypted")
    ended = command("scan", "data", "-o", "r.html", "--manifest", "r.manifest", "--sign-key", "k")
    assert ended.code == 0, ended.err
    made = ["r.html", "r.manifest", "r.manifest.minisig", "r.manifest.sha256"]
    assert names(folder) == ["data", "data/a.csv", "k", "k.pub", *made]
    assert command("verify", "r.manifest", "--public-key", "k.pub").code == 0
    (folder / "beside").write_bytes(b"")  # the folder is not the set's alone
    assert command("verify", "r.manifest", "--public-key", "k.pub").code == 0
    (folder / "r.html").write_bytes(b"")
    ended = command("verify", "r.manifest", "--public-key", "k.pub", "--lang", "en")
    assert (ended.code, b"r.html: the output was changed" in ended.out) == (1, True)


def test_findings_belong_to_the_set(folder: Path) -> None:
    ended = command("scan", "data", "-f", "json", "-o", "out/", "--findings", "out/matches.csv")
    assert ended.code == 0, ended.err
    assert command("verify", "out").code == 0
    (folder / "out" / "matches.csv").write_bytes(b"")
    assert command("verify", "out").code == 1


@pytest.mark.skipif(shutil.which("minisign") is None, reason="minisign is not installed")
def test_the_minisign_program_verifies_what_scan_signs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick_passphrases(monkeypatch)
    (folder / "phrase").write_text("口令\n", encoding="utf-8")
    made = command("key", "new", "k", "--passphrase-file", "phrase")
    assert made.code == 0, made.err
    assert made.out.decode().strip() == (folder / "k.pub").read_text().splitlines()[1]
    ended = command("scan", "data", "-o", "out/", "--sign-key", "k", "--passphrase-file", "phrase")
    assert ended.code == 0, ended.err
    check = ["minisign", "-V", "-H", "-p", "k.pub", "-m", "out/manifest.json"]
    ran = subprocess.run(check, capture_output=True, check=False)
    assert ran.returncode == 0, ran
    for key in ("k.pub", made.out.decode().strip()):
        assert command("verify", "out", "--public-key", key).code == 0
    path = folder / "out" / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"insider":false', b'"insider":true '))
    assert subprocess.run(check, capture_output=True, check=False).returncode != 0


def test_a_new_set_takes_the_place_of_the_old_one(folder: Path) -> None:
    command("key", "new", "k", "--unencrypted")
    assert command("scan", "data", "-o", "out/", "--sign-key", "k").code == 0
    assert (folder / "out" / "manifest.json.minisig").exists()
    rows_file(folder / "data" / "a.csv", ROWS[:9])
    assert command("scan", "data", "-o", "out/").code == 0
    assert not (folder / "out" / "manifest.json.minisig").exists()
    assert command("verify", "out").code == 0
    assert command("scan", "data", "-f", "json", "-o", "out/").code == 0
    ended = command("verify", "out", "--lang", "en")
    assert (ended.code, b"report.html: is no part of the set" in ended.out) == (0, True)
    (folder / "out" / "later").symlink_to("x")
    ended = command("verify", "out", "--lang", "en")
    assert (ended.code, b"later: was added" in ended.out) == (1, True)


def test_the_working_folder_can_be_the_set_s(folder: Path) -> None:
    (folder / "notes.txt").write_bytes(b"")
    assert command("scan", "data", "-f", "json", "-o", "./").code == 0
    ended = command("verify", ".", "--lang", "en")
    assert (ended.code, b"notes.txt: is no part of the set" in ended.out) == (0, True)
    (folder / "data" / "b.csv").write_bytes(b"")
    assert command("verify", ".").code == 1


SIGNER = """
import pathlib, sys
path = pathlib.Path(sys.argv[-1])
kind = sys.argv[1]
if kind == "fail":
    sys.exit(3)
if kind == "print":
    print("signed", len(path.read_bytes()))
if kind == "write":
    path.with_name(path.name + ".p7s").write_bytes(b"signed")
"""


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("print", "manifest.json.sig"),
        ("print --path {}", "manifest.json.sig"),
        ("write", "manifest.json.p7s"),
    ],
)
def test_a_program_signs(folder: Path, words: str, name: str) -> None:
    (folder / "sign er.py").write_text(SIGNER)
    ended = command(
        "scan", "data", "-f", "json", "-o", "out/", "--sign-cmd", f"'{sys.executable}' 'sign er.py' {words}"
    )
    assert ended.code == 0, ended.err
    assert names(folder / "out") == sorted(["SHA256SUMS", "manifest.json", name, "report.json"])
    assert (folder / "out" / name).read_bytes().startswith(b"signed")
    ended = command("verify", "out", "--lang", "en")
    assert (ended.code, f"{name}: made by another program" in ended.out.decode()) == (0, True)


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        ("'{python}' signer.py fail", 4, "failed with exit code 3"),
        ("'{python}' signer.py nothing", 4, "gave no signature"),
        ("/no/such/program", 4, "could not be started"),
        ("$(touch shell)", 4, "could not be started"),
        ("'open", 2, "quote that does not end"),
        ("", 2, "no manifest|is empty"),
    ],
)
def test_a_program_that_does_not_sign_leaves_nothing(folder: Path, words: str, code: int, why: str) -> None:
    (folder / "signer.py").write_text(SIGNER)
    before = names(folder)
    ended = command(
        "scan", "data", "-o", "out/", "--sign-cmd", words.replace("{python}", sys.executable) or " "
    )
    assert (ended.code, len(ended.sentences)) == (code, 1), ended.err
    assert any(each in ended.err for each in why.split("|"))
    assert [name for name in names(folder) if name != "out"] == before


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_signs(folder: Path) -> None:
    run = ["openssl", "genpkey", "-algorithm", "ed25519", "-out", "key.pem"]
    subprocess.run(run, check=True, capture_output=True)
    sign = "openssl pkeyutl -sign -inkey key.pem -rawin -in {}"
    ended = command("scan", "data", "-o", "out/", "--sign-cmd", sign)
    assert ended.code == 0, ended.err
    check = ["-rawin", "-in", "out/manifest.json", "-sigfile", "out/manifest.json.sig"]
    subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-inkey", "key.pem", *check], check=True, capture_output=True
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("-o", "out/", "--manifest", "m"),
        ("-o", "r.json", "--sign-key", "k"),
        ("-o", "out/", "--sign-key", "k", "--sign-cmd", "x"),
        ("-o", "out/", "--passphrase-file", "k"),
    ],
)
def test_options_that_do_not_go_together(folder: Path, arguments: tuple[str, ...]) -> None:
    before = names(folder)
    assert command("scan", "data", *arguments).code == 2
    assert names(folder) == before


def test_keys_that_do_not_open(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick_passphrases(monkeypatch)
    (folder / "phrase").write_text("right\n")
    (folder / "wrong").write_text("wrong\n")
    (folder / "blank").write_text("\nsecond")
    assert command("key", "new", "k", "--passphrase-file", "phrase").code == 0
    for more, why in {
        ("--sign-key", "k"): "needs a passphrase",
        ("--sign-key", "k", "--passphrase-file", "wrong"): "does not open",
        ("--sign-key", "k", "--passphrase-file", "blank"): "empty line",
        ("--sign-key", "k", "--passphrase-file", "no"): "cannot be read",
        ("--sign-key", "k.pub"): "no secret key",
        ("--sign-key", "no"): "cannot be read",
    }.items():
        ended = process("scan", "data", "-o", "out/", *more, cwd=folder)
        assert (ended.code, len(ended.sentences)) == (2, 1), ended.err
        assert why in ended.err
    assert not (folder / "out").exists()
    ended = process("key", "new", "other", cwd=folder)
    assert (ended.code, "needs a passphrase" in ended.err) == (2, True)
    ended = command("key", "new", "k", "--unencrypted")
    assert (ended.code, "exists already" in ended.err) == (4, True)


# Places


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("-o", "data/r.json"), 2, "--allow-inside"),
        (("-o", "data/out/"), 2, "--allow-inside"),
        (("-f", "json", "--findings", "data/m.csv"), 2, "--allow-inside"),
        (("-o", "r.json", "--manifest", "data/m.json"), 2, "--allow-inside"),
        (("-o", "link.json"), 4, "symbolic link"),
        (("-o", "link/"), 4, "symbolic link"),
        (("-o", "out/", "--findings", "link.json/x.csv"), 4, "not a folder"),
        (("-f", "list", "-o", "data/a.csv"), 2, "itself to be scanned"),
        (("-f", "list", "-o", "data/a.csv", "--allow-inside"), 2, "itself to be scanned"),
    ],
)
def test_bad_places_are_refused_and_nothing_is_written(
    folder: Path, arguments: tuple[str, ...], code: int, why: str
) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "target.json").write_bytes(b"keep")
    (folder / "link").symlink_to("elsewhere")
    (folder / "link.json").symlink_to("target.json")
    before = {name: (folder / name).read_bytes() for name in names(folder) if (folder / name).is_file()}
    ended = command("scan", "data", *arguments)
    assert (ended.code, len(ended.sentences)) == (code, 1), ended.err
    assert why in ended.err
    assert before == {
        name: (folder / name).read_bytes() for name in names(folder) if (folder / name).is_file()
    }


def test_compare_writes_over_nothing_either(folder: Path) -> None:
    rows_file(folder / "b.csv", ROWS)
    before = (folder / "b.csv").read_bytes()
    ended = command("compare", "data", "b.csv", "-f", "json", "-o", "b.csv")
    assert (ended.code, "itself to be scanned" in ended.err) == (2, True)
    assert (folder / "b.csv").read_bytes() == before
    ended = command("compare", "data", "b.csv", "-o", "data/out/")
    assert (ended.code, "--allow-inside" in ended.err) == (2, True)
    assert names(folder) == ["b.csv", "data", "data/a.csv"]
    assert command("compare", "data", "b.csv", "-o", "data/out/", "--allow-inside").code == 0
    assert names(folder / "data" / "out") == ["report.html", "report.json", "report.txt"]


def test_inside_if_asked_for(folder: Path) -> None:
    ended = command("scan", "data", "-f", "json", "-o", "data/out/", "--allow-inside")
    assert ended.code == 0, ended.err
    assert command("verify", "data/out").code == 0
    content = json.loads((folder / "data" / "out" / "manifest.json").read_bytes())
    assert [each["location"] for each in content["inputs"]] == ["../a.csv"]


def test_a_link_is_refused_before_anything_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "link.json").symlink_to("x")

    def run(*_: object) -> None:
        raise AssertionError("it was scanned")

    monkeypatch.setattr("scanner.run.job.run", run)
    assert command("scan", "data", "-o", "link.json").code == 4


# A full disk


def limited(bytes_for_a_file: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_for_a_file, bytes_for_a_file))


@pytest.mark.parametrize("limit", [0, 1_000, 20_000])
def test_a_full_disk_leaves_the_old_set_as_it_was(folder: Path, limit: int) -> None:
    assert command("scan", "data", "-o", "out/").code == 0
    before = {name: (folder / "out" / name).read_bytes() for name in names(folder / "out")}
    rows_file(folder / "data" / "a.csv", ROWS[:9])
    ran = subprocess.run(
        [sys.executable, "-B", "-m", "scanner", "scan", "data", "-o", "out/"],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: limited(limit),
        check=False,
    )
    assert ran.returncode == 4, ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert ".part" not in ran.stderr.decode()
    assert before == {name: (folder / "out" / name).read_bytes() for name in names(folder / "out")}


def test_modes_of_a_revealing_set(folder: Path) -> None:
    assert command("scan", "data", "-o", "out/", "--reveal").code == 0
    modes = {name: stat.S_IMODE((folder / "out" / name).stat().st_mode) for name in names(folder / "out")}
    assert {name for name, mode in modes.items() if mode != 0o600} == set()


def test_the_hash_of_the_code_is_of_every_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "scanner"
    (package / "deep").mkdir(parents=True)
    (package / "__init__.py").write_bytes(b"")
    monkeypatch.setattr("scanner.__file__", str(package / "__init__.py"))
    seen = set()
    for name, content in [
        ("a.py", b"1"),
        ("a.py", b"2"),
        ("deep/b.toml", b"1"),
        ("deep/c.so", b"1"),
        ("d.py", b"2"),
    ]:
        (package / name).write_bytes(content)
        manifests.code_sha256.cache_clear()
        seen.add(manifests.code_sha256())
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "a.py").write_bytes(b"no part of it")
    manifests.code_sha256.cache_clear()
    assert manifests.code_sha256() in seen
    assert len(seen) == 5
    manifests.code_sha256.cache_clear()
