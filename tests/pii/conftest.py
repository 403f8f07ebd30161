"""One analyzer for all tests: building it takes seconds."""

import pytest

from pii.analyzer import Analyzer


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return Analyzer()
