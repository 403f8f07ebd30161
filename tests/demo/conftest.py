from __future__ import annotations

import pytest

from cli.demo.company import build
from cli.demo.truth import Company


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A sample company that is quick to read; the story is complete in it."""
    return build(tmp_path_factory.mktemp("company") / "small", people=120, messages=200)


@pytest.fixture(scope="session")
def full_company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return build(tmp_path_factory.mktemp("company") / "full")
