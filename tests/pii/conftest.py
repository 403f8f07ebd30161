"""One analyzer and one plain engine for all tests: building them takes seconds."""

import pytest

from pii.analyzer import Analyzer
from pii.plain import Plain


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return Analyzer()


@pytest.fixture(scope="session")
def plain() -> Plain:
    return Plain()
