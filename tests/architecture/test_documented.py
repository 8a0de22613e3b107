"""Every command and every setting is written down where a reader looks for it."""

from __future__ import annotations

import re

import pytest
import typer

from app.__main__ import cli
from app.settings import Settings
from tests.architecture.sources import ROOT


def documents(*needed: str) -> str:
    """README.md and app/README.md as one text; skips while one of those needed is missing."""
    missing = [name for name in needed if not (ROOT / name).is_file()]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not written yet")
    paths = [ROOT / "README.md", ROOT / "app/README.md"]
    return "\n".join(p.read_text(encoding="utf-8") for p in paths if p.is_file())


def test_every_command_is_documented() -> None:
    text = documents("README.md", "app/README.md")
    commands = sorted(typer.main.get_command(cli).commands)  # type: ignore[attr-defined]
    missing = [c for c in commands if not re.search(rf"\bfirstlight {re.escape(c)}\b", text)]
    assert missing == []


def test_every_setting_is_documented() -> None:
    text = documents("app/README.md")
    names = [f"FIRSTLIGHT_{name.upper()}" for name in Settings.model_fields]
    assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []


def test_every_documented_setting_exists() -> None:
    known = {f"FIRSTLIGHT_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"\bFIRSTLIGHT_[A-Z_]+\b", documents("app/README.md"))) <= known
