"""One Postgres cluster for all tests that need one."""

from collections.abc import Iterator

import pytest

from tests.postgres.cluster import Cluster, running_cluster, server_programs


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A cluster that runs; skips where no server is installed."""
    bin_folder = server_programs()
    if bin_folder is None:
        pytest.skip("needs a Postgres server: apt-get install postgresql")
    with running_cluster(bin_folder) as running:
        yield running
