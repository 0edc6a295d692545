"""What most tests of the job need: the sample organisation served over HTTP, and a data folder of their own."""

import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from filelock import FileLock

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.run import run
from figma_warehouse.job.transform import run_dbt
from figma_warehouse.sandbox import Organisation, SampleOrganisation, Server, serve
from figma_warehouse.settings import FigmaSettings
from tests.fixtures.commands import Command, command_for
from tests.fixtures.processes import FORKED
from tests.fixtures.sample_organisations import sample_organisation

# how long an example takes says more about the machine than about the code
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# minutes each: a module is one worker's
LONGEST = ("test_run.py", "test_weeks.py", "test_history.py", "test_marts_on_recorded_documents.py")
# fixtures that start a process; a test that uses none of them and starts one is marked with `process`
PROCESS_FIXTURES = frozenset(("_parsed", "browser", "clone", "command", "installed", "past_marts"))
# the installed package is for two folders of tests
pytest_plugins = ("tests.fixtures.installation",)
# the audit events of a process that starts; the last one is that of a ForkedCommand
STARTS = frozenset(
    ("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen", FORKED)
)
RECORDED = Path(__file__).parents[1].parent / "shared" / "recorded" / "files"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of `make check`."""
    parser.addoption(
        "--quick",
        action="store_true",
        help="Leave out the tests marked `process` or `slow`, and fail any other test that starts a process.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Watch for processes that start."""
    if config.getoption("--quick"):
        config.pluginmanager.register(ProcessGuard())


class ProcessGuard:
    """Refuses each process that a test tries to start."""

    def __init__(self) -> None:
        self._is_in_test = False
        sys.addaudithook(self._refuse)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, Any, Any]:
        """Watch during a test only, because pytest starts its own workers."""
        self._is_in_test = True
        try:
            return (yield)
        finally:
            self._is_in_test = False

    def _refuse(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._is_in_test and event in STARTS:
            raise AssertionError(f"mark this test with `process`: it starts {arguments[:2]}")


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep dlt's state in the test's folder, and the developer's own token and teams out of the tests."""
    for name in list(os.environ):
        if name.startswith(("SOURCES__", "FIGMA_TOKEN", "DLT_", "DATA_DIR")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")


@pytest.fixture(scope="session")
def _parsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let the builds of all tests begin with what dbt has parsed of the models."""
    data = made_once(tmp_path_factory, "parsed", _parse)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_PARTIAL_PARSE_FILE_PATH", str(data.dbt / "partial_parse.msgpack"))
        yield


@pytest.fixture
def data(tmp_path: Path, request: pytest.FixtureRequest) -> DataDir:
    """An empty data folder."""
    if request.node.get_closest_marker("process"):
        request.getfixturevalue("_parsed")
    return DataDir(tmp_path / "data")


@pytest.fixture
def organisation() -> SampleOrganisation:
    """The sample organisation at week 21 of 26."""
    return sample_organisation(21)


@pytest.fixture
def server(organisation: SampleOrganisation) -> Iterator[Server]:
    """The sample organisation behind a real HTTP server."""
    with serve(organisation) as running:
        yield running


@pytest.fixture
def settings(server: Server, organisation: SampleOrganisation) -> FigmaSettings:
    """Settings that point at the served sample organisation."""
    return settings_for(server, organisation)


@pytest.fixture
def command(data: DataDir, tmp_path: Path, server: Server, organisation: SampleOrganisation) -> Command:
    """The command with settings for the sample organisation."""
    return command_for(data, tmp_path / "elsewhere", server, organisation)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, _parsed: None) -> DataDir:
    """A data folder that holds the sample organisation at week 21, loaded and published; not to be changed."""
    return made_once(tmp_path_factory, "sample", _load_sample)


@pytest.fixture
def loaded(sample: DataDir, data: DataDir) -> DataDir:
    """A copy of the loaded and published sample organisation, to work on."""
    shutil.copytree(sample.root, data.root)
    return data


@pytest.fixture
def recorded() -> Path:
    """The folder of recorded answers; skips where it is absent."""
    if not RECORDED.is_dir():
        pytest.skip("needs the recorded answers in ../shared/recorded/files")
    return RECORDED


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[DataDir], object]) -> DataDir:
    """A data folder that one of the processes of a test session makes, for all of them."""
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    data, is_made = DataDir(folder / name), folder / f"{name}.made"
    with FileLock(folder / f"{name}.lock"):
        if not is_made.exists():
            shutil.rmtree(data.root, ignore_errors=True)
            make(data)
            is_made.touch()
    return data


def _parse(data: DataDir) -> None:
    assert run_dbt(data, "parse").returncode == 0


def _load_sample(data: DataDir) -> None:
    organisation = sample_organisation(21)
    with serve(organisation) as server:
        run(settings_for(server, organisation), data)


def settings_for(server: Server, organisation: Organisation) -> FigmaSettings:
    """Return settings for any served organisation, with quick retries and without pictures."""
    settings = FigmaSettings()
    settings.figma_token = organisation.token
    settings.base_url = server.base_url
    settings.teams = organisation.team_ids
    settings.backoff_seconds = 0.01
    settings.images = "none"
    return settings


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the modules and folders that take longest, so that no processor is left with a long one in the end."""
    for item in items:
        if not PROCESS_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("process")
    if config.getoption("--quick"):
        left_out = {item for item in items if item.get_closest_marker("process") or item.get_closest_marker("slow")}
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]
    tests = Path(__file__).parent
    order = ("job", "cli", "terminal", "chaos", "dashboard", "notebooks", "sql", "sandbox", "source")

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(tests).parts[0]
        return order.index(folder) if folder in order else len(order)

    items.sort(key=lambda item: (item.path.name not in LONGEST, place(item)))
