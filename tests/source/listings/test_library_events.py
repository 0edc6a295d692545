"""Changes of a published list, from the stored and the new rows."""

from datetime import UTC, datetime
from typing import Any

import pytest

from figma_warehouse.source.listings.library_events import library_events

Row = dict[str, Any]

JANUARY, MARCH, MAY, JUNE = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 5, 6))


def button(**more: Any) -> Row:
    common = {"component_key": "button", "file_key": "lib", "node_id": "1:2", "name": "Button", "removed_at": None}
    page = {"containing_page_name": "Actions", "containing_frame_name": None}
    return common | page | {"created_at": JANUARY, "updated_at": JANUARY, "user_id": "7", "user_handle": "ops"} | more


def events(before: Row | None, after: Row) -> list[Row]:
    stored = {"button": before} if before else {}
    return library_events("components", "component_key", stored, [after], JUNE)


def dated_events(before: Row | None, after: Row) -> list[tuple[str, datetime]]:
    return [(row["event"], row["happened_at"]) for row in events(before, after)]


def test_a_new_item_was_published_at_the_time_that_figma_reports() -> None:
    assert events(None, button()) == [
        {
            "kind": "component",
            "item_key": "button",
            "event": "published",
            "happened_at": JANUARY,
            "file_key": "lib",
            "node_id": "1:2",
            "name": "Button",
            "place": "Actions",
            "user_id": "7",
            "user_handle": "ops",
            "seen_at": JUNE,
        }
    ]


def test_an_item_that_was_published_again_before_the_first_load_was_updated_too() -> None:
    assert dated_events(None, button(updated_at=MARCH)) == [("published", JANUARY), ("updated", MARCH)]


def test_an_unchanged_item_is_no_event() -> None:
    assert events(button(), button()) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"created_at": None, "updated_at": None}, {"created_at": None, "updated_at": None}),
        ({"updated_at": None}, {"updated_at": None}),
        ({"updated_at": MARCH}, {"updated_at": None}),
        ({"updated_at": None}, {"updated_at": MARCH}),
    ],
)
def test_a_list_without_a_time_tells_of_no_update(before: Row, after: Row) -> None:
    assert events(button(**before), button(**after)) == []


def test_a_name_a_page_a_file_and_a_new_publication_are_each_an_event() -> None:
    after = button(name="Action", containing_frame_name="Old", updated_at=MAY)
    rows = events(button(), after)
    assert [row["event"] for row in rows] == ["updated", "renamed", "moved"]
    assert {(row["happened_at"], row["name_before"], row["place_before"]) for row in rows} == {
        (MAY, "Button", "Actions")
    }
    assert {row["place"] for row in rows} == {"Actions / Old"}
    assert dated_events(button(), button(file_key="other")) == [("moved", JANUARY)]


def test_a_removed_item_was_unpublished_by_an_unknown_person() -> None:
    (row,) = events(button(), button(removed_at=JUNE))
    assert (row["event"], row["happened_at"], row["name_before"]) == ("unpublished", JUNE, "Button")
    assert "user_id" not in row


@pytest.mark.parametrize(("updated_at", "published_at"), [(JUNE, JUNE), (JANUARY, MAY)])
def test_an_item_that_returns_was_published_again_and_not_before_its_removal(
    updated_at: datetime, published_at: datetime
) -> None:
    assert dated_events(button(removed_at=MAY), button(updated_at=updated_at)) == [("published", published_at)]


def test_a_style_has_no_place() -> None:
    row: Row = {"style_key": "red", "file_key": "lib", "node_id": "1:1", "name": "Red", "removed_at": None}
    row |= {"created_at": JANUARY, "updated_at": None, "user_id": None, "user_handle": None}
    (event,) = library_events("styles", "style_key", {}, [row], JUNE)
    assert (event["kind"], event["place"], event["happened_at"]) == ("style", None, JANUARY)
