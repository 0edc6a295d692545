"""The lineage page: dbt's own documentation of the models, in one file that reads nothing from elsewhere."""

import threading
from pathlib import Path

from figma_warehouse.bundled import bundled
from figma_warehouse.data_dir import DataDir
from figma_warehouse.files import write_whole
from figma_warehouse.job.transform import run_dbt

# the page is made from the models' text alone, in a folder of its own: the build file may be in use meanwhile
FROM_TEXT_ALONE = ("--static", "--empty-catalog")
# what dbt's page asks its server for before its script has filled it in
UNFILLED = {
    'xlink:href="{{': 'ng-attr-xlink:href="{{',
    "href=\"${require('./assets/favicons/favicon.ico')}\"": 'href="data:,"',
}
# readers who ask at once get the same page
MAKING = threading.Lock()


def lineage_file(data: DataDir) -> Path | None:
    """Return the page, made anew where a model has changed since; None where dbt cannot make it."""
    apart = DataDir(data.dbt / "lineage")
    page = apart.root / "lineage.html"
    with MAKING:
        if not page.exists() or page.stat().st_mtime < _last_change():
            run_dbt(apart, "docs", "generate", *FROM_TEXT_ALONE)
            made = apart.dbt / "static_index.html"
            if not made.exists():
                return None
            write_whole(page, _filled_in(made.read_text(encoding="utf-8")).encode())
    return page


def _filled_in(text: str) -> str:
    for unfilled, filled in UNFILLED.items():
        text = text.replace(unfilled, filled)
    return text


def _last_change() -> float:
    return max(path.stat().st_mtime for path in bundled("sql").rglob("*"))
