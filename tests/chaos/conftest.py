import os

import pytest

from tests.chaos.baseline import Baseline


@pytest.fixture(scope="package")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Baseline:
    """A small organisation, and a first load of it that all processes of a test session share."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    folder /= "chaos"
    folder.mkdir(exist_ok=True)
    return Baseline(folder)
