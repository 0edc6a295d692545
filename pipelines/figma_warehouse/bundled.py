"""The files that travel with the package: models, notebooks and default settings.

In an installed wheel they lie inside the package, in a clone beside it.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
CLONE = PACKAGE.parents[1]


def bundled(name: str) -> Path:
    """Return the folder of that name: `sql`, `notebooks` or `.dlt`."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else CLONE / name
