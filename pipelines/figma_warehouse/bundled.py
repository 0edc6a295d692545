"""The files that come with the package: models, notebooks and default settings.

An installed wheel has them inside the package, a clone at its top level.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
CLONE = PACKAGE.parents[1]


def bundled(name: str) -> Path:
    """Return one of the folders `sql`, `notebooks` and `.dlt`."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else CLONE / name
