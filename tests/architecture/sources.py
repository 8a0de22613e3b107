"""What the architecture tests read: files of the checkout, and the imports in them."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]

TYPESCRIPT_IMPORT = re.compile(
    r"""^\s*(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']"""  # import { a } from "x"
    r"""|^\s*import\s*["']([^"']+)["']"""  # import "x"
    r"""|\bimport\(\s*["']([^"']+)["']""",  # import("x")
    re.MULTILINE,
)


class Import(NamedTuple):
    """One name that a module imports; ``str()`` of it is what a failed test shows."""

    file: Path
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.name}"


def tracked_files() -> list[Path]:
    """What git has or would take: all files but the ignored. Relative to ROOT."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return sorted(Path(name) for name in set(listed.split("\0")) - {""} if (ROOT / name).is_file())


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def typescript_files(folder: str = "frontend/src") -> Iterator[Path]:
    yield from sorted(p for p in (ROOT / folder).rglob("*") if p.suffix in {".ts", ".tsx"})


def python_imports(*folders: str) -> Iterator[Import]:
    """Every import, wherever it stands; ``from app import model`` is ``app.model``."""
    for path in python_files(*folders):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (Import(path, node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                yield from (
                    Import(path, node.lineno, f"{module}.{alias.name}") for alias in node.names
                )


def typescript_imports(folder: str = "frontend/src") -> Iterator[Import]:
    """Every import; a relative one as a path from the checkout, ``frontend/src/render/voi``."""
    for path in typescript_files(folder):
        text = path.read_text(encoding="utf-8")
        for match in TYPESCRIPT_IMPORT.finditer(text):
            name = next(group for group in match.groups() if group)
            if name.startswith("."):
                name = (path.parent / name).resolve().relative_to(ROOT).as_posix()
            yield Import(path, text.count("\n", 0, match.start()) + 1, name)


def within(name: str, *packages: str) -> bool:
    """Whether a dotted name is one of the packages or lies in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)
