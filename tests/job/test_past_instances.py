"""What marts know of instances in states that were read late, and of components that no document has any more."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.backfill import backfill
from figma_warehouse.job.load import load
from figma_warehouse.job.replay import replay
from figma_warehouse.sandbox import serve
from tests.conftest import settings_for
from tests.fixtures.build_files import first_difference
from tests.fixtures.in_memory_organisation import HOME, SHOP, START, InMemoryOrganisation, Json
from tests.fixtures.past import REBUILT, query
from tests.sql.builds import build

pytestmark = pytest.mark.process

FIRST_DAY = date(2026, 1, 1)
OLD, NEW, CARD, BUTTON = (letter * 40 for letter in "0123")
COMPONENTS: Json = {
    "41:1": {"key": OLD, "name": "Size=Small", "remote": True, "componentSetId": "40:1"},
    "41:2": {"key": NEW, "name": "New badge", "remote": True},
    "41:3": {"key": CARD, "name": "Card", "remote": True},
    "41:4": {"key": BUTTON, "name": "Button", "remote": True},
}
SETS: Json = {"40:1": {"key": "5" * 40, "name": "Old badge"}}
BOX: Json = {"x": 0, "y": 0, "width": 100, "height": 20}
# the instances of one file, week by week
WEEKS = (["1:1"], ["1:1", "1:2", "1:3"], ["1:2", "1:3", "1:4", "1:5", "1:6"])


@dataclass
class Loaded:
    data: DataDir
    archive: Path

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return query(self.data.build, sql)


def layer(node_id: str, type_: str, name: str, **more: Any) -> Json:
    return {"id": node_id, "type": type_, "name": name, "absoluteBoundingBox": BOX, "children": [], **more}


def answer(*layers: Json) -> Json:
    """A document whose maps name the components that it uses, and no others."""
    used = {one.get("componentId") for one in layers}
    components = {node_id: one for node_id, one in COMPONENTS.items() if node_id in used}
    sets = {one.get("componentSetId") for one in components.values()}
    page = layer("0:1", "CANVAS", "Page", children=list(layers))
    return {
        "document": {"id": "0:0", "type": "DOCUMENT", "name": "Document", "children": [page]},
        "components": components,
        "componentSets": {node_id: one for node_id, one in SETS.items() if node_id in sets},
    }


def badges(is_before: bool) -> Json:
    """A badge and a card; then the badge is another component, and the card is detached."""
    if is_before:
        parts = [
            layer("1:1", "INSTANCE", "badge", componentId="41:1"),
            layer("1:2", "INSTANCE", "card", componentId="41:3"),
        ]
    else:
        parts = [layer("1:1", "INSTANCE", "badge", componentId="41:2"), layer("9:9", "FRAME", "card")]
    return answer(*parts)


def buttons(node_ids: list[str]) -> Json:
    return answer(*(layer(node_id, "INSTANCE", "button", componentId="41:4") for node_id in node_ids))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, _parsed: None) -> Loaded:
    """One file loaded twice; another one loaded at its last save, and backfilled."""
    folder = tmp_path_factory.mktemp("past")
    data, archive = DataDir(folder / "data"), folder / "archive"
    organisation = InMemoryOrganisation()
    organisation.add(HOME, answer=badges(is_before=True))
    with serve(organisation) as server:
        settings = settings_for(server, organisation)
        settings.archive = str(archive)
        load(settings, data)
        for number, node_ids in enumerate(WEEKS):
            if number == 0:
                organisation.add(SHOP, answer=buttons(node_ids))
            else:
                organisation.advance()
                organisation.save(SHOP, buttons(node_ids))
        organisation.save(HOME, badges(is_before=False))
        load(settings, data)
        backfill(settings, data, FIRST_DAY, "week", [SHOP])
    build(data, "usage_history", "component_swaps", "detachments")
    return Loaded(data, archive)


def test_weeks_of_backfilled_states_have_their_insertions_and_removals(loaded: Loaded) -> None:
    monday = START.date() - timedelta(days=START.weekday())
    changes = [({*after} - {*before}, {*before} - {*after}) for before, after in pairwise([WEEKS[0], *WEEKS])]
    expected = [
        (monday + timedelta(weeks=number), len(WEEKS[number]), len(inserted), len(removed), True)
        for number, (inserted, removed) in enumerate(changes)
    ]
    columns = "week_start, usages, insertions, removals, is_conclusive"
    found = loaded.rows(f"select {columns} from marts.usage_history where component_key = '{BUTTON}' order by 1")
    assert found[: len(WEEKS)] == expected
    assert sum(row[2] + row[3] for row in found[len(WEEKS) :]) == 0


def test_a_component_that_is_gone_keeps_its_name_in_the_history(loaded: Loaded) -> None:
    names = "component_name, component_set_key, component_set_name"
    history = loaded.rows(f"select distinct component_key, {names} from marts.usage_history order by 1")
    assert history == [
        (OLD, "Size=Small", "5" * 40, "Old badge"),
        (NEW, "New badge", None, None),
        (CARD, "Card", None, None),
        (BUTTON, "Button", None, None),
    ]
    sides = "component_name_before, component_set_name_before, component_name_after, component_set_name_after"
    assert loaded.rows(f"select {sides} from marts.component_swaps") == [("Size=Small", "Old badge", "New badge", None)]
    assert loaded.rows(f"select {names} from marts.detachments") == [("Card", None, None)]


def test_a_replay_of_loads_and_backfills_gives_their_events(loaded: Loaded, data: DataDir) -> None:
    assert replay(str(loaded.archive), data).exit_code == 0
    assert first_difference(data.build, loaded.data.build, REBUILT) == ""
    # the same states again, now beside those that are stored
    assert replay(str(loaded.archive), data).exit_code == 0
    assert first_difference(data.build, loaded.data.build, REBUILT) == ""
