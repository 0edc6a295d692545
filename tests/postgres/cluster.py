"""A temporary Postgres cluster from Debian's packages: in a temporary folder, on a free port, removed afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg2

USER, DATABASE = "figma_warehouse", "postgres"
# the cluster trusts every local user; dlt still requires a password
PASSWORD = "any"
PACKAGED = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Cluster:
    """A cluster that runs on 127.0.0.1, and one of its databases."""

    port: int
    database: str = DATABASE

    @property
    def url(self) -> str:
        """The connection URL of its database, for dlt and psycopg2."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{self.database}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that dbt's target `postgres` reads."""
        given = {"PORT": str(self.port), "USER": USER, "PASSWORD": PASSWORD, "DATABASE": self.database}
        return {f"FIGMA_WAREHOUSE_PG{name}": value for name, value in given.items()}

    def with_database(self, name: str) -> "Cluster":
        """Create a database, and return the cluster with it."""
        with self.connect() as connection:
            connection.autocommit = True
            connection.cursor().execute(f"create database {name}")
        return replace(self, database=name)

    @contextmanager
    def connect(self) -> Iterator[Any]:
        """Open a connection whose time zone is UTC, and close it at the end."""
        connection = psycopg2.connect(self.url, options="-c timezone=UTC")
        try:
            yield connection
        finally:
            connection.close()


def server_programs() -> Path | None:
    """Return the folder with the programs of the newest installed server; None if no server is installed."""
    found = sorted(PACKAGED.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def running_cluster(bin_folder: Path) -> Iterator[Cluster]:
    """Start a cluster; stop and remove it at the end. For root, the server runs as the package's user `postgres`."""
    folder = Path(tempfile.mkdtemp(prefix="figma-postgres-", dir="/tmp"))
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres")

    def call(program: str, *arguments: str) -> None:
        # the server inherits and keeps open handles; with a pipe, run() would wait for its end
        command = [*as_user, str(bin_folder / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)

    port = _free_port()
    quick = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    try:
        call("initdb", "-A", "trust", "-U", USER, "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        call("pg_ctl", "-w", "-o", quick, "-l", str(folder / "log"), "start")
        yield Cluster(port)
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            call("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
