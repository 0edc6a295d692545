"""Whether a page is shown by a server that answers, or written once for any web server to hand out.

`STATIC_PAGES` names the folder into which a page is being written, for as long as it is.
"""

import os
from pathlib import Path


def static_folder() -> Path | None:
    """Return the folder that the page is written into; None where a server shows it."""
    folder = os.environ.get("STATIC_PAGES")
    return Path(folder) if folder else None


def address(page: str) -> str:
    """Return the address of a page as seen from any other."""
    return f"{page}.html" if static_folder() else f"../{page}/"
