"""The plain source in dlt pipelines: any pipeline, any number of runs."""

import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from figma_warehouse.failures import causes
from figma_warehouse.sandbox import HttpAnswer, Server
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.limits import BadAllowance
from figma_warehouse.source.api.refusals import FigmaError, TokenRefused
from figma_warehouse.source.api.tokens import FixedToken
from figma_warehouse.source.extraction import NoMerge
from figma_warehouse.source.figma import figma
from figma_warehouse.source.schema import TABLES
from tests.fixtures.in_memory_organisation import HOME, SHOP, InMemoryOrganisation, empty_answer, key_of
from tests.fixtures.paths import unregistered
from tests.fixtures.stub_server import json_reply, stub_server

pytestmark = pytest.mark.slow

MakeSource = Callable[..., Any]
MakePipeline = Callable[..., dlt.Pipeline]


@pytest.fixture
def source(server: Server) -> MakeSource:
    def make(**more: Any) -> Any:
        given = {"figma_token": server.org.token, "base_url": server.base_url, "teams": server.org.team_ids}
        return figma(**(given | more))

    return make


@pytest.fixture
def pipeline(tmp_path: Path) -> MakePipeline:
    def make(name: str = "plain") -> dlt.Pipeline:
        return dlt.pipeline(
            name,
            destination=dlt.destinations.duckdb(str(tmp_path / f"{name}.duckdb")),
            dataset_name="figma",
            pipelines_dir=str(tmp_path / "pipelines"),
        )

    return make


def rows(folder: Path, sql: str, name: str = "plain") -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / f"{name}.duckdb"), read_only=True) as connection:
        connection.execute("set schema = 'figma'")
        return connection.sql(sql).fetchall()


def fetched(server: Server) -> list[str]:
    return sorted(request.path.rsplit("/", 1)[1] for request in server.requests if request.tier == 1)


def cause(error: BaseException, kind: type[FigmaError]) -> FigmaError:
    return next(one for one in causes(error) if isinstance(one, kind))


@pytest.mark.parametrize("table_format", [None, "delta"])
def test_a_destination_that_cannot_replace_rows_is_refused_before_the_first_request(
    server: Server, source: MakeSource, tmp_path: Path, table_format: Any
) -> None:
    bucket = tmp_path / "bucket"
    files = dlt.pipeline(
        "plain", destination=dlt.destinations.filesystem(str(bucket)), pipelines_dir=str(tmp_path / "pipelines")
    )
    with pytest.raises(PipelineStepFailed) as raised:
        files.run(source(), table_format=table_format)
    assert 'destination "filesystem" cannot merge by delete-insert' in str(cause(raised.value, NoMerge))
    assert server.requests == []


def test_each_pipeline_of_a_script_loads_what_its_own_destination_lacks(
    server: Server, source: MakeSource, pipeline: MakePipeline, tmp_path: Path
) -> None:
    pipeline("prod").run(source())
    dev = pipeline("dev")
    pipeline("prod")
    server.reset_requests()
    dev.run(source())
    assert fetched(server) == [HOME, SHOP]
    for name in ("prod", "dev"):
        assert rows(tmp_path, "select count(*) from documents", name) == [(2,)]
    pipeline("prod")
    server.reset_requests()
    dev.run(source())
    assert fetched(server) == []


def test_a_source_created_before_its_pipeline_loads_into_it(
    server: Server, source: MakeSource, pipeline: MakePipeline, tmp_path: Path
) -> None:
    made = source()
    pipeline().run(made)
    assert rows(tmp_path, "select count(*) from documents") == [(2,)]
    assert (tmp_path / "pipelines" / "plain" / "budget.sqlite").exists()
    assert fetched(server) == [HOME, SHOP]


def test_a_first_load_creates_every_table_and_column_that_the_models_read(
    source: MakeSource, pipeline: MakePipeline, tmp_path: Path
) -> None:
    pipeline().run(source())

    found = rows(tmp_path, "select table_name, column_name from duckdb_columns() where schema_name = 'figma'")
    assert {(table.name, field.name) for table in TABLES.values() for field in table.schema} <= set(found)


def test_plugin_data_is_loaded_only_in_the_namespaces_that_the_source_names(
    source: MakeSource, pipeline: MakePipeline, tmp_path: Path, drafts: InMemoryOrganisation
) -> None:
    answer = empty_answer()
    (page,) = answer["document"]["children"]
    page["sharedPluginData"] = {"tokens": {"fill": '"brand"'}, "other": {"fill": "x"}}
    drafts.save(HOME, answer)

    pipeline("without").run(source())
    pipeline("named").run(source(shared_plugin_data=["tokens"]))

    assert rows(tmp_path, "from node_plugin_data", "without") == []
    found = rows(tmp_path, "select file_key, node_id, namespace, entry_key, value from node_plugin_data", "named")
    assert found == [(HOME, page["id"], "tokens", "fill", '"brand"')]


def test_the_same_source_can_be_used_again_for_a_new_refresh(
    server: Server, source: MakeSource, pipeline: MakePipeline, tmp_path: Path, drafts: InMemoryOrganisation
) -> None:
    made, into = source(), pipeline()
    into.run(made)
    drafts.save(HOME, empty_answer())
    for expected in ([HOME], []):
        server.reset_requests()
        into.run(made)
        assert fetched(server) == expected
        assert server.spent[2] > 0
    assert rows(tmp_path, f"select count(*) from nodes where file_key = '{HOME}'") == [(2,)]


def test_a_source_can_be_iterated_again_without_a_destination(
    server: Server, source: MakeSource, tmp_path: Path
) -> None:
    dlt.pipeline("nowhere", pipelines_dir=str(tmp_path))
    made = source().with_resources("documents")
    for _ in range(2):
        server.reset_requests()
        found = sorted(row["file_key"] for table in made for row in table.to_pylist())
        assert (found, fetched(server)) == ([HOME, SHOP], [HOME, SHOP])


def test_a_pipeline_that_holds_other_data_too_fetches_no_file_twice(
    server: Server, source: MakeSource, pipeline: MakePipeline
) -> None:
    into = pipeline()
    into.run([{"a": 1}], table_name="other")
    into.run(source())
    server.reset_requests()
    into.run(source())
    assert fetched(server) == []


def test_extracting_alone_into_a_new_working_folder_fetches_nothing_that_is_stored(
    server: Server, source: MakeSource, pipeline: MakePipeline, tmp_path: Path
) -> None:
    pipeline().run(source())
    (tmp_path / "pipelines").rename(tmp_path / "elsewhere")
    server.reset_requests()
    pipeline().extract(source())
    assert fetched(server) == []


def test_a_token_that_expires_between_documents_loses_none_of_those_before(
    server: Server,
    source: MakeSource,
    pipeline: MakePipeline,
    tmp_path: Path,
    drafts: InMemoryOrganisation,
    caplog: pytest.LogCaptureFixture,
) -> None:
    keys = [key_of(f"late{number:02}") for number in range(8)]
    for key in keys:
        drafts.add(key)
    refused = HttpAnswer(403, b'{"status":403,"err":"Invalid token"}')
    server.script(rf"/v1/files/{keys[-1]}\?", refused)
    failures: list[FigmaError] = []
    with caplog.at_level(logging.ERROR):
        pipeline().run(source(on_failure=failures.append))
    assert [type(failure) for failure in failures] == [TokenRefused]
    (line,) = [record.getMessage() for record in caplog.records if record.name.startswith("figma_warehouse")]
    assert line.startswith("Figma refused the token")
    stored = {key for (key,) in rows(tmp_path, "select file_key from documents")}
    assert keys[-1] not in stored
    assert len(stored) >= 4
    left = rows(tmp_path, "select item_id, status, detail from outcomes where reason = 'put_off'")
    assert sorted(item for item, _, _ in left) == sorted({HOME, SHOP, *keys} - stored)
    assert {(status, detail) for _, status, detail in left} == {("skipped", str(failures[0]))}
    assert f"{len(left)} files are deferred" in line

    server.reset_requests()
    failures.clear()
    pipeline().run(source(on_failure=failures.append))
    assert fetched(server) == sorted({HOME, SHOP, *keys} - stored)
    assert failures == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            {"plan": "pro"},
            'plan "pro" is not one of starter, student, professional, organization, enterprise, unlimited',
        ),
        ({"seat": "viewer"}, 'seat "viewer" is not one of view, collab, dev, full'),
    ],
)
def test_an_invalid_plan_or_seat_is_refused_with_the_valid_ones(
    source: MakeSource, wrong: dict[str, str], words: str
) -> None:
    with pytest.raises(BadAllowance, match=words):
        source(**wrong)


def test_white_space_around_a_token_is_removed() -> None:
    with stub_server(lambda _: json_reply({})) as figma_host:
        FigmaClient(" figd_secret\r\n", figma_host.base_url).get(unregistered("/v1/me", 3))
        FigmaClient("figu_secret\n", figma_host.base_url).get(unregistered("/v1/me", 3))
    assert figma_host.requests[0].headers["X-Figma-Token"] == "figd_secret"
    assert figma_host.requests[1].headers["Authorization"] == "Bearer figu_secret"
    assert FixedToken("figd_secret\n").identity == "figd_secret"


@pytest.mark.parametrize(
    "token", ["", " \n", "figd_secret\nfigd_secret", "figd secret", "figd_sécret", "figd_secret\0"]
)
def test_an_invalid_token_is_refused_without_being_shown(source: MakeSource, token: str) -> None:
    with pytest.raises(TokenRefused, match="not a token") as raised:
        source(figma_token=token)
    shown = "".join(traceback.format_exception(raised.value)) + json.dumps(str(raised.value))
    assert "secret" not in shown
