"""Which pages there are, in the order in which a reader finds them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DashboardPage:
    """One page: its name in files and addresses, its title, the question it answers, what missing files do to it."""

    name: str
    title: str
    question: str
    caveat: str


PAGES = (
    DashboardPage(
        "overview",
        "Overview",
        "What is in the warehouse, can it be trusted, and what needs attention?",
        "The figures leave out what is not loaded, or show it as it was loaded last.",
    ),
    DashboardPage(
        "component_usage",
        "Component usage",
        "Which components are used, where, and by whom?",
        "What looks unused here may be used there.",
    ),
    DashboardPage(
        "unused_and_lost",
        "Unused and lost",
        "Which components could go, and which instances have lost their source?",
        "What looks unused here may be used there.",
    ),
    DashboardPage(
        "orphaned_styles",
        "Orphaned styles",
        "Which styles does nobody use, and which are used but gone?",
        "What looks unused here may be used there.",
    ),
    DashboardPage(
        "adoption",
        "Adoption",
        "How much of the work is made with the library, and by whom?",
        "The shares are those of the files that are loaded.",
    ),
    DashboardPage(
        "file_growth",
        "File growth",
        "Which files grow, how fast, and how large are they?",
        "What is not current is shown as it was loaded last, or not at all.",
    ),
)


def page_named(name: str) -> DashboardPage:
    """Return the page of that name. Raises StopIteration where there is none."""
    return next(page for page in PAGES if page.name == name)
