"""The pages, in the order in which a reader finds them, and the address of each.

A page is either served, or exported once as a file for any web server. The environment variable `STATIC_PAGES` names
the folder that pages are exported to, and is set during an export only.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

CARRIED_PARAMETERS = ("team", "folder", "library", "period")
# keys that are safe as the name of a file in every system; Figma's own keys are
SAFE_KEY = re.compile(r"[0-9A-Za-z]{16,64}")


@dataclass(frozen=True)
class DashboardPage:
    """A page.

    `name` is the name in files and addresses, `caveat` says what missing files do to the figures of the page.
    """

    name: str
    title: str
    question: str
    caveat: str


PAGES = (
    DashboardPage(
        "overview",
        "Overview",
        "What is in the warehouse, can it be trusted, and what needs attention?",
        "The figures show such files in their last loaded state, or leave them out.",
    ),
    DashboardPage(
        "component_usage",
        "Component usage",
        "Which components are used, where, and by whom?",
        "A missing file may use components that look unused here.",
    ),
    DashboardPage(
        "library",
        "Library",
        "Who uses a library, what of it is deprecated, what changed in it, and what should its designers repair?",
        "A missing file may use the library, too.",
    ),
    DashboardPage(
        "unused_and_lost",
        "Unused and lost",
        "Which components can be deleted, and which instances have lost their component?",
        "A missing file may use components that look unused here.",
    ),
    DashboardPage(
        "orphaned_styles",
        "Orphaned styles",
        "Which styles does nobody use, and which styles are used but no longer published?",
        "A missing file may use styles that look unused here.",
    ),
    DashboardPage(
        "tokens",
        "Tokens",
        "What is bound to variables and styles, which variables are used, and which values are set by hand?",
        "The page counts loaded files only.",
    ),
    DashboardPage(
        "adoption",
        "Adoption",
        "How much of the work is made with the library, and by whom?",
        "The shares count loaded files only.",
    ),
    DashboardPage(
        "file_growth",
        "File growth",
        "Which files grow, how fast, and how large are they?",
        "The page shows such files in their last loaded state, or leaves them out.",
    ),
    DashboardPage(
        "people",
        "People",
        "Who edits which files and libraries, in which teams, and who detaches instances?",
        "The saves of such files may be missing.",
    ),
)
LINEAGE = DashboardPage("lineage", "Lineage", "Where does each figure come from, and what does each column mean?", "")


def page_named(name: str) -> DashboardPage:
    """Raises StopIteration if there is no page of that name."""
    return next(page for page in PAGES if page.name == name)


def static_folder() -> Path | None:
    """Return the folder that the page is exported to, or None if a server shows the page."""
    folder = os.environ.get("STATIC_PAGES")
    return Path(folder) if folder else None


def page_address(name: str, parameters: str = "") -> str:
    """Return the address of a page, relative to any other page."""
    return (f"{name}.html" if static_folder() else f"../{name}/") + parameters


def item_address(kind: str, key: str) -> str:
    """Return the address of the page of a `component` (or set) or `file`, relative to any page."""
    return item_file(kind, key) if static_folder() else f"../{kind}?{urlencode({'key': key})}"


def item_file(kind: str, key: str) -> str:
    """Return the path of an exported page of a component, set or file, relative to the folder of the export.

    Its name is the key, or a hash of it if the key holds anything that Figma's keys do not.
    """
    is_safe = SAFE_KEY.fullmatch(key) is not None
    return f"{kind}/{key if is_safe else f'key-{hashlib.sha256(key.encode()).hexdigest()}'}.html"


def index_address() -> str:
    """Return the address of the index, relative to any page."""
    return "index.html" if static_folder() else "../"


def carried_parameters(parameters: Mapping[str, Any]) -> str:
    """Return the query string with the filters that apply on every page, or "" if none is set."""
    carried = {name: parameters[name] for name in CARRIED_PARAMETERS if isinstance(parameters.get(name), str)}
    return f"?{urlencode(carried)}" if carried else ""
