"""The dashboards as plain files that any web server can hand out, without reaching any other host."""

import ctypes
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from figma_warehouse.dashboard.index import index_page
from figma_warehouse.dashboard.lineage import lineage_file
from figma_warehouse.dashboard.page_list import PAGES, DashboardPage
from figma_warehouse.dashboard.page_mode import AGE_SCRIPT
from figma_warehouse.dashboard.server import FRONTEND, LINEAGE, NOTEBOOKS
from figma_warehouse.dashboard.summary import Summary, read_summary
from figma_warehouse.data_dir import DataDir
from figma_warehouse.environment import without_secrets
from figma_warehouse.failures import UsageFailure, WarehouseError, folder_error
from figma_warehouse.settings import assets_url

CDN = re.compile(r"https://cdn\.jsdelivr\.net/npm/@marimo-team/frontend@[^/\"']+/dist")
FETCHED = re.compile(
    r"<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//[^\"' >]+", re.IGNORECASE
)
MARK = ".figma-warehouse"
STATE = "export."
LEFTOVER_SECONDS = 86_400.0
SCRIPTS = f'<script src="tables.js"></script>{AGE_SCRIPT}</head>'
AT_ONCE = 2
HERE, EXCHANGE = -100, 2


def export_pages(data: DataDir, folder: Path) -> int:
    """Write all pages of the published file into `folder`, which is replaced whole; return how many pages.

    All pages are of one state, even where the job publishes meanwhile. Raises UsageFailure where nothing is published
    or the folder holds something else, WarehouseError where a page cannot be written: `folder` is then as it was.
    """
    if not data.published.exists():
        raise UsageFailure(
            f"There is nothing to export: {data.published} does not exist. Run figma-warehouse run first."
        )
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARK).exists())):
        raise UsageFailure(f"{folder} holds something else. Name a new or an empty folder, or one exported before.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise folder_error(folder.parent, error) from error
    _remove_leftovers(data, folder)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _write_pages(data, unfinished)
        _make_readable(unfinished)
        _replace(folder, unfinished)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return len(PAGES)


def _remove_leftovers(data: DataDir, folder: Path) -> None:
    """Remove what exports left behind that were killed: a day after, when none can be at work on it any more."""
    states, unfinished = data.root.glob(f"{STATE}*/"), folder.parent.glob(f".{folder.name}.*/")
    for path in (*states, *(path for path in unfinished if (path / MARK).exists())):
        if time.time() - path.stat().st_mtime > LEFTOVER_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _write_pages(data: DataDir, folder: Path) -> None:
    (folder / MARK).touch()
    shutil.copytree(FRONTEND, folder / "marimo", ignore=shutil.ignore_patterns("index.html", "*.md", "*.map"))
    shutil.copyfile(NOTEBOOKS / "parts" / "tables.js", folder / "tables.js")
    with _one_state(data) as state, ThreadPoolExecutor(AT_ONCE) as pool:
        # marimo writes beside a notebook what its page showed
        shutil.copytree(NOTEBOOKS, state / NOTEBOOKS.name, ignore=shutil.ignore_patterns("__*__"))
        for _ in pool.map(lambda page: _write_page(page, state, assets_url(data), folder), PAGES):
            pass
        summary = _summary_of(state)
    addresses = {page: f"{page.name}.html" for page in PAGES}
    if lineage := lineage_file(data):
        shutil.copyfile(lineage, folder / "lineage.html")
        addresses[LINEAGE] = "lineage.html"
    (folder / "index.html").write_text(index_page(addresses, summary), encoding="utf-8")


@contextmanager
def _one_state(data: DataDir) -> Iterator[Path]:
    """Hold on to the published file as it is now, in a data folder of its own."""
    state = Path(tempfile.mkdtemp(prefix=STATE, dir=data.root))
    try:
        try:
            (state / data.published.name).hardlink_to(data.published)
        except OSError:
            shutil.copyfile(data.published, state / data.published.name)
        yield state
    finally:
        shutil.rmtree(state)


def _summary_of(state: Path) -> Summary:
    """Return the summary of the published file in that folder, wherever readers find theirs."""
    before = os.environ.get("DATA_DIR")
    os.environ["DATA_DIR"] = str(state)
    try:
        return read_summary()
    finally:
        del os.environ["DATA_DIR"]
        if before is not None:
            os.environ["DATA_DIR"] = before


def _write_page(page: DashboardPage, state: Path, assets: str, folder: Path) -> None:
    target = folder / f"{page.name}.html"
    source = state / NOTEBOOKS.name / f"{page.name}.py"
    result = subprocess.run(
        [sys.executable, "-m", "marimo", "export", "html", str(source), "-o", str(target), "--no-include-code"],
        # the reader's own settings of marimo are none of the page's business
        env=without_secrets(os.environ)
        | {
            "DATA_DIR": str(state),
            "ASSETS_URL": assets,
            "STATIC_PAGES": str(folder),
            "XDG_CONFIG_HOME": str(state),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode or not target.exists():
        lines = " ".join((result.stderr or result.stdout).split()[-60:])
        raise WarehouseError(f'The page "{page.title}" could not be written. {lines} Nothing was replaced.')
    target.write_text(_self_contained(page, target.read_text(encoding="utf-8")), encoding="utf-8")


def _self_contained(page: DashboardPage, document: str) -> str:
    """Point a page at the files beside it, and add what searches and sorts its tables and tells its age."""
    document = CDN.sub("marimo", document).replace("</head>", SCRIPTS, 1)
    elsewhere = FETCHED.search(document)
    if elsewhere:
        raise WarehouseError(f'The page "{page.title}" would reach another host: {elsewhere[0]}. Nothing was replaced.')
    return document


def _make_readable(folder: Path) -> None:
    """Let a web server under any user read what is written to be handed out."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _replace(folder: Path, new: Path) -> None:
    """Put a folder in the place of another in one step, where the system has one; what was there then lies in `new`."""
    if not folder.exists():
        new.rename(folder)
    elif not _exchange(folder, new):
        old = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
        folder.rename(old)
        new.rename(folder)
        old.rename(new)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders by Linux's renameat2; return whether that is done."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    return rename is not None and rename(HERE, os.fsencode(one), HERE, os.fsencode(other), EXCHANGE) == 0
