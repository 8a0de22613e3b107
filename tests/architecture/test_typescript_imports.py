"""Who may import whom in frontend/src. That src/streaming does without the DOM, tsc checks."""

from __future__ import annotations

from tests.architecture.sources import ROOT, typescript_imports

SOURCE = "frontend/src"


def test_the_core_imports_only_itself() -> None:
    inside = f"{SOURCE}/streaming/"
    wrong = [one for one in typescript_imports(f"{SOURCE}/streaming") if inside not in one.name]
    assert [str(one) for one in wrong] == []


def test_render_does_not_know_transport() -> None:
    reached: dict[str, str] = {}
    left = [p.relative_to(ROOT).as_posix() for p in (ROOT / SOURCE / "render").rglob("*.ts*")]
    imports: dict[str, list[str]] = {}
    for one in typescript_imports(SOURCE):
        imports.setdefault(one.file.relative_to(ROOT).as_posix(), []).append(one.name)
    while left:
        file = left.pop()
        for name in imports.get(file, []):
            found = [f"{name}{end}" for end in (".ts", ".tsx", "/index.ts", "")]
            target = next((path for path in found if (ROOT / path).is_file()), name)
            if target not in reached:
                reached[target] = file
                left.append(target)
    wrong = [f"{by} imports {name}" for name, by in reached.items() if "/transport/" in name]
    assert wrong == []
