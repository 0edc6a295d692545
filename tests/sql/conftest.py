"""The organisation, built once for all tests of its marts."""

from pathlib import Path

import pytest

from pipelines.settings import DataDir
from tests.sql import organisation
from tests.sql.builds import build, write_raw_tables


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory, _parsed: None) -> Path:
    """The small organisation with all its marts; not to be changed."""
    data = DataDir(tmp_path_factory.mktemp("organisation") / "data")
    write_raw_tables(data, organisation.rows())
    build(data)
    return data.build
