"""The shape of the project: imports run one way, and nothing hides the standard library."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "gatekeeper": ROOT / "gatekeeper/gatekeeper",
    "gatekeeper_queue": ROOT / "queue/gatekeeper_queue",
    "gatekeeper_consent": ROOT / "consent/gatekeeper_consent",
    "gatekeeper_detectors": ROOT / "detectors/gatekeeper_detectors",
}
MAY_IMPORT = {
    "gatekeeper": {"gatekeeper_queue", "gatekeeper_consent", "gatekeeper_detectors"},
    "gatekeeper_queue": {"gatekeeper_consent", "gatekeeper_detectors"},
    "gatekeeper_consent": set(),
    "gatekeeper_detectors": set(),
}
NO_DATABASE_NO_NETWORK = {
    "sqlmodel", "sqlalchemy", "alembic", "requests", "httpx", "tweepy", "urllib3", "socket",
}  # fmt: skip


def imported_by(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
    return names


def sources():
    for package, folder in PACKAGES.items():
        for path in sorted(folder.rglob("*.py")):
            yield pytest.param(package, path, id=str(path.relative_to(ROOT)))


@pytest.mark.parametrize(("package", "path"), list(sources()))
def test_imports_run_one_way(package, path):
    ours = imported_by(path) & PACKAGES.keys()
    assert ours <= MAY_IMPORT[package] | {package}


@pytest.mark.parametrize(
    "path", sorted(PACKAGES["gatekeeper_detectors"].rglob("*.py")), ids=lambda path: path.name
)
def test_detectors_touch_no_database_and_no_network(path):
    assert not imported_by(path) & NO_DATABASE_NO_NETWORK


def test_queue_is_still_the_standard_librarys():
    answer = subprocess.run(
        [sys.executable, "-c", "import queue; print(queue.__file__, queue.Queue)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(ROOT) not in answer.replace(str(Path(sys.prefix)), "")


def test_help_needs_no_heavy_library():
    """Help is quick because engines, web and database are imported where they are used."""
    script = (
        "import sys; from typer.testing import CliRunner; from gatekeeper.cli import app;"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0;"
        "print(*sorted({'numpy', 'PIL', 'sqlalchemy', 'fastapi', 'tweepy', 'onnxruntime',"
        " 'face_recognition'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == ""
