"""The pages exported as files, which any web server can serve and which load nothing from other hosts."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from figma_warehouse.dashboard.index import index_page
from figma_warehouse.dashboard.items.pages import write_pages as write_items
from figma_warehouse.dashboard.lineage import lineage_file
from figma_warehouse.dashboard.server import FRONTEND, NOTEBOOKS, notebook
from figma_warehouse.dashboard.site_map import LINEAGE, PAGES, DashboardPage
from figma_warehouse.dashboard.summary import read_summary
from figma_warehouse.dashboard.templating import render
from figma_warehouse.data_dir import DataDir
from figma_warehouse.environment import without_secrets
from figma_warehouse.failures import UsageFailure, WarehouseError
from figma_warehouse.files import LEFTOVER_SECONDS, replacing_folder
from figma_warehouse.settings import assets_url

CDN = re.compile(r"https://cdn\.jsdelivr\.net/npm/@marimo-team/frontend@[^/\"']+/dist")
FETCHED = re.compile(
    r"<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//[^\"' >]+", re.IGNORECASE
)
MARK = ".figma-warehouse"
STATE_PREFIX = "export."
WORKERS = 2


def export_pages(data: DataDir, folder: Path) -> int:
    """Write all pages of the published file into `folder`, which is replaced whole; return the number of pages.

    All pages show one state, even if a job publishes meanwhile. Raises UsageFailure if nothing is published or the
    folder holds other files, and WarehouseError if a page cannot be written; `folder` stays as it was then.
    """
    if not data.published.exists():
        raise UsageFailure(
            f"There is nothing to export: {data.published} does not exist. Run figma-warehouse run first."
        )
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARK).exists())):
        raise UsageFailure(f"{folder} holds other files. Name a new or empty folder, or one of an earlier export.")
    _remove_leftovers(data)
    with replacing_folder(folder, MARK) as unfinished:
        items = _write_pages(data, unfinished)
        _make_readable(unfinished)
    return len(PAGES) + items


def _remove_leftovers(data: DataDir) -> None:
    """Remove what killed exports left in the data folder, once it is so old that no export can still use it."""
    for path in data.root.glob(f"{STATE_PREFIX}*/"):
        if time.time() - path.stat().st_mtime > LEFTOVER_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _write_pages(data: DataDir, folder: Path) -> int:
    """Return the number of pages of items."""
    shutil.copytree(FRONTEND, folder / "marimo", ignore=shutil.ignore_patterns("index.html", "*.md", "*.map"))
    with _one_state(data) as state, ThreadPoolExecutor(WORKERS) as pool:
        # a copy, because marimo writes the outputs of a notebook beside it
        shutil.copytree(NOTEBOOKS, state / NOTEBOOKS.name, ignore=shutil.ignore_patterns("__*__"))
        for _ in pool.map(lambda page: _write_page(page, state, assets_url(data), folder), PAGES):
            pass
        with exporting(state, folder):
            items = write_items(folder)
            summary = read_summary()
    addresses = {page: f"{page.name}.html" for page in PAGES}
    if lineage := lineage_file(data):
        shutil.copyfile(lineage, folder / "lineage.html")
        addresses[LINEAGE] = "lineage.html"
    (folder / "index.html").write_text(index_page(addresses, summary), encoding="utf-8")
    return items


@contextmanager
def _one_state(data: DataDir) -> Iterator[Path]:
    """Keep the published file as it is now, in a data folder of its own."""
    state = Path(tempfile.mkdtemp(prefix=STATE_PREFIX, dir=data.root))
    try:
        try:
            (state / data.published.name).hardlink_to(data.published)
        except OSError:
            shutil.copyfile(data.published, state / data.published.name)
        yield state
    finally:
        shutil.rmtree(state)


@contextmanager
def exporting(state: Path, folder: Path) -> Iterator[None]:
    """Let this process read the published file in `state` and address pages as those of an export into `folder`."""
    names = {"DATA_DIR": str(state), "STATIC_PAGES": str(folder)}
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _write_page(page: DashboardPage, state: Path, assets: str, folder: Path) -> None:
    target = folder / f"{page.name}.html"
    source = state / NOTEBOOKS.name / notebook(page).name
    result = subprocess.run(
        [sys.executable, "-m", "marimo", "export", "html", str(source), "-o", str(target), "--no-include-code"],
        # the user's own settings of marimo must not change the page
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
    """Point a page at the files beside it, and add our style and scripts."""
    head = str(render("exported_head.html"))
    document = CDN.sub("marimo", document).replace("</head>", f"{head}</head>", 1)
    elsewhere = FETCHED.search(document)
    if elsewhere:
        raise WarehouseError(
            f'The page "{page.title}" would load from another host: {elsewhere[0]}. Nothing was replaced.'
        )
    return document


def _make_readable(folder: Path) -> None:
    """Let a web server that runs as any user read the files."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
