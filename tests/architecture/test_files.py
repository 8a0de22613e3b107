"""What files there are, how long they may be, and what may not stand in them."""

from __future__ import annotations

import re

from tests.architecture.sources import ROOT, python_files, tracked_files, typescript_files

FOLDERS = {"app", "deploy", "frontend", "streaming", "tests"}
TOP_LEVEL = {"Makefile", "README.md", "pyproject.toml"} | FOLDERS
LONGEST = 400
REASON = re.compile(r"^(#|//) Long because: \S", re.MULTILINE)

# Spelled in parts, so that this file does not name them either.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"),
        ("yarnpkg", "com"), ("deb", "debian", "org"), ("security", "debian", "org"),
    )
]  # fmt: skip
LOCAL = re.compile(r"(?<![\w.~-])/(work|root)/|\.\./\.library|/\.library/")


def product_files() -> list[str]:
    paths = [*python_files("app", "streaming"), *typescript_files()]
    return [path.relative_to(ROOT).as_posix() for path in paths]


def test_the_top_level_names_are_the_agreed_ones() -> None:
    found = {path.parts[0] for path in tracked_files()}
    assert {name for name in found if not name.startswith(".")} <= TOP_LEVEL


def test_no_module_is_named_after_nothing() -> None:
    vague = {"util", "utils", "helper", "helpers", "misc", "common"}
    assert [path for path in product_files() if vague & set(re.split(r"[/.]", path))] == []


def test_a_long_file_says_why_it_is_long() -> None:
    long = []
    for path in product_files():
        text = (ROOT / path).read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > LONGEST and not REASON.search(text):
            long.append(f"{path} has {lines} lines: split it, or say `Long because: ...` in it")
    assert long == []


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    named = []
    for path in tracked_files():
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures and fonts name nothing
        named += [f"{path} names {host}" for host in REGISTRIES if host in text]
        named += [f"{path} contains {match.group()}" for match in LOCAL.finditer(text)]
    assert named == []


def test_the_locks_pin_everything_with_hashes() -> None:
    for name in ("runtime.txt", "development.txt"):
        text = (ROOT / "deploy/locks" / name).read_text(encoding="utf-8").replace("\\\n", "")
        requirements = [line for line in text.splitlines() if line and not line.startswith("#")]
        assert requirements
        assert [
            r for r in requirements if not re.match(r"[\w.\[\]-]+==\S+ .*--hash=sha256:", r)
        ] == []


def test_development_has_what_runtime_has() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / "deploy/locks" / name).read_text(encoding="utf-8")
        return set(re.findall(r"^[\w.\[\]-]+==[\w.]+", text, re.MULTILINE))

    assert pins("runtime.txt") <= pins("development.txt")
