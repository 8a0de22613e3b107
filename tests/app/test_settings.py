"""Settings come from the environment, and README.md tells of each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import app
from app.errors import StartupError
from app.settings import Settings, default_data, load_settings

README = Path(app.__file__).parent / "README.md"


def test_every_setting_is_in_the_readme_and_no_other() -> None:
    named = set(re.findall(r"`FIRSTLIGHT_([A-Z_]+)`", README.read_text()))
    assert {name.lower() for name in named} == set(Settings.model_fields)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTLIGHT_WORKERS", "3")
    monkeypatch.setenv("FIRSTLIGHT_ALLOWED_ORIGINS", '["https://clinic.example"]')
    settings = load_settings()
    assert (settings.workers, settings.allowed_origins) == (3, ("https://clinic.example",))


def test_the_command_line_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FIRSTLIGHT_DATA", "/elsewhere")
    assert load_settings(data=tmp_path).data == tmp_path
    assert load_settings(data=None).data == Path("/elsewhere")


def test_a_wrong_value_is_one_sentence_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTLIGHT_WORKERS", "none")
    with pytest.raises(StartupError, match="FIRSTLIGHT_WORKERS"):
        load_settings()


def test_data_live_where_the_system_keeps_such_things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/var/lib/someone")
    assert default_data() == Path("/var/lib/someone/firstlight")
    monkeypatch.delenv("XDG_DATA_HOME")
    assert default_data() == Path.home() / ".local/share/firstlight"
