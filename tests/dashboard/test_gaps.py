"""What a page says of files and listings that are missing: loudly if its figures may mislead, quietly otherwise."""

from datetime import timedelta
from typing import Any

import pytest

from figma_warehouse.dashboard import page, published_file
from figma_warehouse.dashboard.gaps import gaps
from tests.fixtures.hostile import IMAGE, NOW, organisation
from tests.fixtures.published import Publish

LOUD = '<div class="notice warning" role="note"><strong>Inconclusive.</strong>'


def masthead(name: str = "component_usage") -> str:
    """The top of a page, without line ends."""
    return " ".join(page.masthead(name, published_file.freshness(), {}).text.split())


def files(publish: Publish, *missing: dict[str, Any]) -> None:
    """Publish fifty files at their current version, and these."""
    (row,) = (row for row in organisation()["marts.file_freshness"] if row["file_key"] == "one")
    current = [row | {"file_key": f"f{n}"} for n in range(50)]
    behind = [row | {"is_current": False, "last_modified_at": NOW} | one for one in missing]
    publish({"marts.file_freshness": [*current, *behind]})


def locked(n: int) -> dict[str, Any]:
    return {"file_key": f"locked{n}", "file_name": f"Board {n}{IMAGE}", "skip_reason": "not_exportable"}


def test_one_locked_file_is_named_quietly_with_the_remedy(publish: Publish) -> None:
    files(publish, locked(1) | {"last_modified_at": NOW - timedelta(days=300)})

    shown = masthead()

    assert LOUD not in shown
    assert "Board 1&lt;img src=x onerror=alert(1)&gt;</bdi> is left out" in shown
    assert "because its owner has disabled copying and exporting." in shown
    assert "ask the owner for access, or name it under <code>exclude</code> in the settings" in shown


@pytest.mark.parametrize(
    "missing",
    [
        pytest.param([locked(n) for n in range(4)], id="many"),
        pytest.param([{"file_key": "late", "last_modified_at": NOW - timedelta(days=8)}], id="unread for long"),
    ],
)
def test_files_that_are_many_or_unread_for_long_are_a_warning(publish: Publish, missing: list[dict[str, Any]]) -> None:
    files(publish, *missing)

    count = "4 files are" if len(missing) > 1 else "1 file is"
    assert f"{LOUD} {count} not loaded at the current version." in masthead()


def test_a_failed_listing_is_a_warning_that_names_the_team_and_the_day(publish: Publish) -> None:
    failed = {"run_id": "1", "resource": "folders", "item_id": "t1", "name": IMAGE, "status": "skipped"}
    publish(
        {
            "figma.outcomes": [
                failed | {"reason": "no_access", "finished_at": NOW},
                failed | {"resource": "documents", "item_id": "three"},
            ]
        }
    )

    assert [listing.name for listing in gaps().listings] == [IMAGE]
    assert (
        f'{LOUD} The listing of folder <bdi class="name">&lt;img src=x onerror=alert(1)&gt;</bdi> failed on 2 Mar 2026:'
        " files there are as they were." in masthead()
    )


def test_a_published_list_that_failed_is_a_warning(publish: Publish) -> None:
    failed = {"run_id": "1", "resource": "components", "item_id": "t2", "status": "skipped", "reason": "server_error"}
    publish({"figma.outcomes": [failed, failed | {"resource": "styles"}]})

    (listing,) = gaps().listings

    assert listing.is_published_list
    assert "publishes failed on 2 Mar 2026: its components and styles are as they were." in masthead()
