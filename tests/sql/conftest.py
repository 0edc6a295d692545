"""The organisation, built once for all tests of its marts, whichever process runs them."""

from pathlib import Path

import pytest

from figma_warehouse.data_dir import DataDir
from tests.conftest import made_once
from tests.sql import organisation
from tests.sql.builds import build, write_raw_tables


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory, _parsed: None) -> Path:
    """The small organisation with all its marts; not to be changed."""
    return made_once(tmp_path_factory, "organisation", _build_organisation).build


def _build_organisation(data: DataDir) -> None:
    write_raw_tables(data, organisation.rows())
    build(data)
