import pytest

from tests.chaos.village import Village


@pytest.fixture(scope="package")
def village(tmp_path_factory: pytest.TempPathFactory) -> Village:
    """A small organisation, with a calm first load of it made once."""
    return Village(tmp_path_factory.mktemp("chaos"))
