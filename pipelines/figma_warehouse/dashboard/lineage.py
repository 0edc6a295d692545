"""The lineage page: dbt's own documentation of the models, in one file that loads nothing from other hosts."""

import base64
import threading
from pathlib import Path

from figma_warehouse.bundled import bundled
from figma_warehouse.data_dir import DataDir
from figma_warehouse.files import write_whole
from figma_warehouse.job.transform import run_dbt

# built from the text of the models alone, in a folder of its own, because a job may be using the build file
DOCS_OPTIONS = ("--static", "--empty-catalog")
# what dbt's page requests from its server before its script has filled it in
UNFILLED = {
    'xlink:href="{{': 'ng-attr-xlink:href="{{',
    "href=\"${require('./assets/favicons/favicon.ico')}\"": 'href="data:,"',
}
# what the first page of the project names as its picture, in sql/models/overview.md
PICTURE = "picture-of-the-project"
PICTURE_FILE = Path(__file__).parent / "static" / "lineage.svg"
# one build at a time: readers who ask meanwhile wait for it
BUILDING = threading.Lock()


def lineage_file(data: DataDir) -> Path | None:
    """Return the page, rebuilt if a model has changed since; None if dbt cannot build it."""
    workspace = DataDir(data.dbt / "lineage")
    page = workspace.root / "lineage.html"
    with BUILDING:
        if not page.exists() or page.stat().st_mtime < _last_change():
            run_dbt(workspace, "docs", "generate", *DOCS_OPTIONS)
            built = workspace.dbt / "static_index.html"
            if not built.exists():
                return None
            write_whole(page, _filled_in(built.read_text(encoding="utf-8")).encode())
    return page


def _filled_in(text: str) -> str:
    picture = f"data:image/svg+xml;base64,{base64.b64encode(PICTURE_FILE.read_bytes()).decode()}"
    for unfilled, filled in (UNFILLED | {PICTURE: picture}).items():
        text = text.replace(unfilled, filled)
    return text


def _last_change() -> float:
    return max(path.stat().st_mtime for path in (PICTURE_FILE, *bundled("sql").rglob("*")))
