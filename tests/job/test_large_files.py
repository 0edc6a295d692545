"""The load of an organisation with files that Figma cannot serve in one piece."""

from typing import Any

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.load import load
from figma_warehouse.sandbox import SampleOrganisation, Server, SizeLimits, serve
from figma_warehouse.source.schema import TABLES
from tests.conftest import settings_for
from tests.fixtures.build_files import first_difference

pytestmark = pytest.mark.slow

LIMIT = 1_500_000
# when and by which run, and what the parts take
OWN = (
    "run_id",
    "loaded_at",
    "bytes",
    "parts",
    "last_version",
    "first_seen_at",
    "last_seen_at",
    "seen_at",
    "finished_at",
)


def test_a_load_in_parts_equals_one_of_whole_documents_and_remembers_the_parts(
    organisation: SampleOrganisation, data: DataDir
) -> None:
    whole, parted = DataDir(data.root / "whole"), DataDir(data.root / "parted")
    with serve(organisation) as server:
        settings = settings_for(server, organisation)
        settings.teams, settings.files = [], some_files(organisation)
        load(settings, whole)
        server.reset_requests()
        server.size_limits = SizeLimits(answer_bytes=LIMIT)
        report = load(settings, parted)
        assert report.requests[1] == server.spent[1]
        assert (
            first_difference(parted.build, whole.build, (name for name in TABLES if name != "runs"), without=OWN) == ""
        )
        taken = dict(query(parted, "select file_key, parts from figma.documents where parts > 1"))
        assert 3 <= len(taken) < len(settings.files)
        assert sum(taken.values()) < server.spent[1]

        server.reset_requests()
        assert load(settings, parted).files_loaded == 0
        assert server.spent[1] == 0

        organisation.advance()
        server.reset_requests()
        load(settings, parted)
        first = first_requests(server)
        assert first.keys() & taken.keys()
        assert all(("depth=1" in query_) == (key in taken) for key, query_ in first.items())


def some_files(organisation: SampleOrganisation) -> list[str]:
    """The five smallest files and the four largest, which are larger than the limit."""
    nodes = {key: file.nodes for key, file in organisation.truth().files.items() if file.readable}
    ordered = sorted(nodes, key=lambda key: nodes[key])
    return [*ordered[:5], *ordered[-4:]]


def query(data: DataDir, sql: str) -> list[Any]:
    with duckdb.connect(str(data.build), read_only=True) as connection:
        return connection.sql(sql).fetchall()


def first_requests(server: Server) -> dict[str, str]:
    """The query of the first document request for each file."""
    asked = [(request.path.split("/")[3], request.query) for request in server.requests if request.tier == 1]
    return dict(reversed(asked))
