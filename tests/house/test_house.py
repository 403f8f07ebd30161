"""The house itself: settings are a leaf, no index host and no machine path is committed, residue codes are documented."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = "api cli flows cases discovery notices connectors pii ledger law vault db office".split()
PYTHON = [path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]


def committed() -> list[Path]:
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.decode().split("\0") if name]


def test_settings_import_nothing_of_ours() -> None:
    tree = ast.parse((ROOT / "settings.py").read_text("utf-8"))
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not {name.split(".")[0] for name in names} & set(FLOORS)


def test_no_index_host_is_named() -> None:
    host = re.compile(r"py" r"pi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org")
    hits = [path for path in committed() if path.is_file() and host.search(path.read_text("utf-8", "replace"))]
    assert not hits


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_have_hashes(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    pins = re.findall(r"^([a-z0-9_.\[\]-]+)==", text, re.MULTILINE | re.IGNORECASE)
    assert len(pins) > 10
    assert text.count("--hash=sha256:") >= len(pins)


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_tls_is_never_switched_off(path: Path) -> None:
    assert not re.search(r"verify\s*=\s*False|CERT_NONE|check_hostname\s*=\s*False", path.read_text("utf-8"))


def test_every_residue_code_is_documented() -> None:
    for readme in sorted((ROOT / "connectors").glob("*/README.md")):
        code = "\n".join(path.read_text("utf-8") for path in readme.parent.glob("*.py"))
        codes = set(re.findall(rf'"({readme.parent.name}\.[a-z-]+)"', code))
        text = readme.read_text("utf-8")
        assert not [name for name in codes if f"`{name}`" not in text]
