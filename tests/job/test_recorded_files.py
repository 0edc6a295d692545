"""Recorded files of real organisations, compared with a plain recursion over their JSON."""

import gzip
import itertools
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.load import load
from figma_warehouse.job.transform import run_dbt, transform
from figma_warehouse.sandbox import HttpAnswer, RecordedOrganisation, serve
from figma_warehouse.source.listings.discovery import discover
from tests.conftest import settings_for
from tests.oracles.document_adoption import Font, count_slots, hardcoded_colors, hardcoded_fonts, visible_layers
from tests.sql.builds import build

pytestmark = pytest.mark.process

Ask = Callable[..., list[tuple[Any, ...]]]


def test_recorded_documents_are_counted_as_by_plain_recursion_and_are_conclusive_once_complete(
    recorded: Path, data: DataDir
) -> None:
    organisation = RecordedOrganisation(recorded)
    conclusive = "select distinct is_conclusive from marts.orphaned_styles"
    with serve(organisation) as server:
        server.script("/v1/files/[^/]*\\?", HttpAnswer(403, b'{"status": 403, "err": "File not exportable"}'))
        load(settings_for(server, organisation), data)
        assert run_dbt(data, "run", "--select", "+orphaned_styles").returncode == 0
        assert _query(data.build, conclusive) == [(False,)]
        ((refused,),) = _query(data.build, "select file_key from figma.outcomes where reason = 'not_exportable'")
        _forget_skip(data.build, refused)
        load(settings_for(server, organisation), data)
    published = _publish_every_second_component(data.build)
    transform(data)

    assert _query(data.build, conclusive) == [(True,)]
    keys = [key for (key,) in _query(data.build, "select file_key from figma.files")]
    assert len(keys) >= 15
    shares = 0
    with _asking(data.build) as ask:
        for key in keys:
            _, _, path = organisation.saves(key)[-1]
            assert _stored_sizes(ask, key) == _plain_sizes(path), path.name
            layers = visible_layers(json.loads(gzip.decompress(path.read_bytes())), published)
            assert _stored_slots(ask, key) == count_slots(layers), path.name
            assert _stored_colors(ask, key) == hardcoded_colors(layers), path.name
            assert _stored_fonts(ask, key) == hardcoded_fonts(layers), path.name
            shares += 0 < count_slots(layers)["library_layers"] < len(layers)
    assert shares >= 3


def test_the_saves_of_a_recorded_file_give_its_growth(recorded: Path, data: DataDir, tmp_path: Path) -> None:
    folder = tmp_path / "series"
    folder.mkdir()
    for path in recorded.glob("series-macui-2*.json.gz"):
        shutil.copy(path, folder)
    organisation = RecordedOrganisation(folder)
    with serve(organisation) as server:
        settings = settings_for(server, organisation)
        (key,) = [file.key for file in discover(settings.client(), settings.scope(), "run").files.values()]
        saves = organisation.saves(key)
        for last_modified, _, _ in saves:
            organisation.advance_to(last_modified)
            load(settings, data)
    build(data, "file_growth")

    nodes = [_plain_sizes(path)["nodes"] for _, _, path in saves]
    added = [None, *(new - old for old, new in itertools.pairwise(nodes))]
    growth = "select last_modified_at, version, nodes, nodes_added from marts.file_growth order by last_modified_at"
    assert _query(data.build, growth) == [
        (last_modified, version, *counts)
        for (last_modified, version, _), *counts in zip(saves, nodes, added, strict=True)
    ]
    assert len({version for _, version, _ in saves}) == len(saves) - 1


def _plain_sizes(path: Path) -> dict[str, int]:
    document = json.loads(gzip.decompress(path.read_bytes()))
    nodes = list(_descend(document["document"], is_shown=True))
    kinds = Counter(node["type"] for node, _ in nodes)
    slots = Counter(slot for node, _ in nodes for slot in node.get("styles") or ())
    return {
        "nodes": len(nodes),
        "visible_nodes": sum(is_shown for _, is_shown in nodes),
        "instances": kinds["INSTANCE"],
        "component_definitions": kinds["COMPONENT"],
        "file_components": len(document.get("components") or ()),
        "file_styles": len(document.get("styles") or ()),
        "style_references": sum(slots.values()),
    }


def _descend(node: dict[str, Any], *, is_shown: bool) -> Iterator[tuple[dict[str, Any], bool]]:
    is_shown = is_shown and node.get("visible", True)
    yield node, is_shown
    for child in node.get("children") or ():
        yield from _descend(child, is_shown=is_shown)


def _stored_sizes(ask: Ask, key: str) -> dict[str, int]:
    (sizes,) = ask(
        "select count(*), count(*) filter (where is_effectively_visible), count(*) filter (where type = 'INSTANCE'),"
        " count(*) filter (where type = 'COMPONENT') from figma.nodes where file_key = ?",
        key,
    )
    maps = [
        ask(f"select count(*) from figma.{table} where file_key = ?{condition}", key)[0][0]
        for table, condition in (
            ("file_components", ""),
            ("file_styles", ""),
            ("node_styles", " and slot not in ('text_range', 'fill_range')"),
        )
    ]
    names = ("nodes", "visible_nodes", "instances", "component_definitions")
    return dict(zip((*names, "file_components", "file_styles", "style_references"), (*sizes, *maps), strict=True))


def _publish_every_second_component(build: Path) -> frozenset[str]:
    """Let a library publish half of the recorded components, since no published lists were recorded."""
    with duckdb.connect(str(build)) as connection:
        known = "select distinct component_key from figma.file_components where component_key is not null order by all"
        keys = [key for (key,) in connection.execute(known).fetchall()][::2]
        insert = "insert into figma.components (component_key, file_key, node_id) values (?, 'library', '1:1')"
        connection.executemany(insert, [[key] for key in keys])
    return frozenset(keys)


def _stored_slots(ask: Ask, key: str) -> dict[str, int]:
    names = ("visible_layers", "library_layers", "text_slots", "fill_slots", "bound_fill_slots")
    (counts,) = ask(f"select {', '.join(names)} from marts.adoption where level = 'file' and id = ?", key)
    return dict(zip(names, counts, strict=True))


def _stored_colors(ask: Ask, key: str) -> dict[str, tuple[int, int]]:
    rows = "select value, fills, strokes from marts.hardcoded_values where kind = 'color' and file_key = ?"
    return {value: (fills, strokes) for value, fills, strokes in ask(rows, key)}


def _stored_fonts(ask: Ask, key: str) -> dict[Font, int]:
    columns = "font_family, font_size, font_weight, texts"
    rows = f"select {columns} from marts.hardcoded_values where kind = 'font' and file_key = ?"
    return {(family, size, weight): texts for family, size, weight, texts in ask(rows, key)}


def _forget_skip(build: Path, key: str) -> None:
    """Remove the outcome of a skipped file, so that the next load requests it again."""
    with duckdb.connect(str(build)) as connection:
        connection.execute("delete from figma.outcomes where file_key = ? and status = 'skipped'", [key])


@contextmanager
def _asking(path: Path) -> Iterator[Ask]:
    """A function that queries the database on one connection."""
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield lambda sql, *parameters: connection.execute(sql, parameters).fetchall()


def _query(path: Path, sql: str, *parameters: str) -> list[tuple[Any, ...]]:
    with _asking(path) as ask:
        return ask(sql, *parameters)
