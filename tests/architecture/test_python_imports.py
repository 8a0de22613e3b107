"""Who may import whom. What import-linter says better stands in pyproject.toml."""

from __future__ import annotations

import re
import sys

from tests.architecture.sources import ROOT, Import, python_imports, within

CORE_FORBIDDEN = (
    "asyncio", "concurrent", "io", "multiprocessing", "os", "pathlib", "random", "secrets",
    "select", "selectors", "signal", "socket", "ssl", "subprocess", "tempfile", "threading", "time",
)  # fmt: skip
BACK_END = re.compile(r"app\.storage\.((blobs|bus|catalog)_\w+|sqlite|postgresql)\b")


def described(imports: list[Import]) -> list[str]:
    return [str(one) for one in imports]


def at(one: Import, *places: str) -> bool:
    """Whether the import stands in one of the files or folders."""
    where = one.file.relative_to(ROOT).as_posix()
    return any(where == place or where.startswith(f"{place}/") for place in places)


def top(one: Import) -> str:
    return one.name.split(".")[0]


def test_the_core_imports_the_standard_library_and_itself() -> None:
    allowed = sys.stdlib_module_names | {"streaming"}
    assert described([one for one in python_imports("streaming") if top(one) not in allowed]) == []


def test_the_core_imports_nothing_with_a_clock_or_a_link_or_chance_in_it() -> None:
    wrong = [one for one in python_imports("streaming") if within(one.name, *CORE_FORBIDDEN)]
    assert described(wrong) == []


def test_rules_and_model_import_only_each_other_and_the_core() -> None:
    # app.errors and app.clock are names that everything shares; they import nothing of ours.
    allowed = ("app.consult", "app.model", "app.errors", "app.clock", "streaming")
    wrong = [
        one
        for one in python_imports("app")
        if at(one, "app/consult", "app/model.py")
        and top(one) not in sys.stdlib_module_names
        and not within(one.name, *allowed)
    ]
    assert described(wrong) == []


def test_what_everything_shares_imports_nothing_of_ours() -> None:
    wrong = [
        one
        for one in python_imports("app")
        if at(one, "app/errors.py", "app/clock.py") and top(one) in {"app", "streaming"}
    ]
    assert [one for one in described(wrong) if "streaming.errors" not in one] == []


def test_only_web_and_main_import_starlette() -> None:
    wrong = [
        one
        for one in python_imports("app", "streaming")
        if within(one.name, "starlette") and not at(one, "app/web", "app/main.py")
    ]
    assert described(wrong) == []


def test_only_resources_names_a_back_end() -> None:
    wrong = [
        one
        for one in python_imports("app")
        if BACK_END.match(one.name) and not at(one, "app/storage", "app/resources.py")
    ]
    assert described(wrong) == []


def test_only_dimse_imports_pynetdicom() -> None:
    wrong = [
        one
        for one in python_imports("app", "streaming")
        if within(one.name, "pynetdicom") and not at(one, "app/ingest/dimse", "app/ingest/dimse.py")
    ]
    assert described(wrong) == []


def test_no_product_code_imports_tests() -> None:
    assert described([o for o in python_imports("app", "streaming") if top(o) == "tests"]) == []
