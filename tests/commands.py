"""figma-warehouse as a process of its own: started, waited for, ended."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.sandbox import Organisation, Server
from pipelines.settings import DataDir
from tests.processes import ForkedCommand, inherited


class Command:
    """Runs figma-warehouse as a process of its own, with the settings of one test and no others."""

    def __init__(self, data: DataDir, folder: Path, **settings: str) -> None:
        self._folder = folder
        self.environment = inherited() | {"DATA_DIR": str(data.root), "DLT_DATA_DIR": str(data.dlt)} | settings
        folder.mkdir(exist_ok=True)

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run to the end and return what was printed; a traceback fails the test."""
        result = self.run(*arguments)
        assert "Traceback" not in result.stderr, result.stderr
        return result

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run to the end and return what was printed, a traceback too."""
        with tempfile.TemporaryDirectory(prefix="figma-command-") as folder:
            output, errors = Path(folder, "output"), Path(folder, "errors")
            process = ForkedCommand(arguments, self.environment, output, errors, self._folder).start()
            process.join()
            code = process.exitcode or 0
            return subprocess.CompletedProcess(arguments, code, output.read_text(), errors.read_text())

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start one with an interpreter of its own, and return at once."""
        return subprocess.Popen(
            self.line(*arguments),
            cwd=self._folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def line(*arguments: str) -> list[str]:
        """Return the command with its arguments."""
        return [sys.executable, "-m", "pipelines.cli", *arguments]


def command_for(data: DataDir, folder: Path, server: Server, organisation: Organisation) -> Command:
    """Return the command with settings for a served organisation."""
    return Command(
        data,
        folder,
        FIGMA_TOKEN=organisation.token,
        SOURCES__FIGMA__BASE_URL=server.base_url,
        SOURCES__FIGMA__TEAMS=json.dumps(organisation.team_ids),
        SOURCES__FIGMA__BACKOFF_SECONDS="0.01",
        SOURCES__FIGMA__IMAGES="none",
    )


@contextmanager
def ended(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> Iterator[None]:
    """Kill a process when the block ends."""
    try:
        yield
    finally:
        process.kill()
        process.communicate()


def wait_for(condition: Callable[[], bool], seconds: float = 180.0) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)
