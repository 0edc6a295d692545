"""The pictures and links of component definitions."""

import io

import polars as pl
import pytest
from PIL import Image

from figma_warehouse.dashboard import definitions
from figma_warehouse.data_dir import DataDir
from figma_warehouse.settings import assets_url
from figma_warehouse.source.pictures.asset_folder import AssetFolder
from figma_warehouse.source.pictures.formats import read_picture
from tests.fixtures.hostile import organisation
from tests.fixtures.published import Publish


def test_pictures_are_read_from_the_place_that_the_setting_names(
    data: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (200, 100), "red").save(drawn, "PNG")
    asset = AssetFolder("memory://pictures").store(read_picture(drawn.getvalue()))
    monkeypatch.setenv("SOURCES__FIGMA__ASSETS", "memory://pictures")
    monkeypatch.setenv("ASSETS_URL", assets_url(data))

    assert 'src="data:image/png;base64,' in definitions.show_picture(f"{asset.sha256}.png").text
    assert "No picture" in definitions.show_picture(f"{'0' * 64}.png").text
    monkeypatch.setenv("ASSETS_URL", "nowhere://pictures")
    assert "No picture" in definitions.show_picture(f"{asset.sha256}.png").text


def test_a_set_shows_its_own_picture_or_else_one_of_a_variant(publish: Publish) -> None:
    reach = organisation()["marts.component_reach"]
    publish(
        {
            "marts.component_reach": [*reach, reach[0] | {"component_key": "d1", "component_set_key": "set-Date"}],
            "figma.components": [
                {"component_key": key, "file_key": "kit", "node_id": node}
                for key, node in (("c1", "1:1"), ("c5", "5:5"), ("d1", "7:2"))
            ],
            "figma.component_sets": [{"component_set_key": "set-Button", "file_key": "kit", "node_id": "1:0"}],
            "figma.images": [
                {"file_key": "kit", "node_id": node, "sha256": node, "format": "png"} for node in ("1:0", "1:1", "7:2")
            ],
        }
    )
    rows = pl.DataFrame({"key": ["set-Date", "set-Button", "c1", "c5"]})

    assert definitions.with_pictures(rows, each_variant=False)["asset"].to_list() == [
        "7:2.png",
        "1:0.png",
        "1:1.png",
        None,
    ]
    assert definitions.with_pictures(rows, each_variant=True)["asset"].to_list() == [None, "1:0.png", "1:1.png", None]


def test_a_published_component_has_a_link_to_its_definition(publish: Publish) -> None:
    publish()

    linked = definitions.with_links(pl.DataFrame({"key": ["c3", "c5"]}))

    assert linked["definition"].to_list() == [None, "https://www.figma.com/design/kit?node-id=5-5"]


def test_an_unpublished_component_has_a_link_to_where_a_file_defines_it(publish: Publish) -> None:
    publish(
        {
            "figma.file_components": [
                {"component_key": "c3", "file_key": "two", "node_id": "9:9", "is_remote": False},
                {"component_key": "c3", "file_key": "one", "node_id": "8:8", "is_remote": True},
                {"component_key": "c5", "file_key": "copy", "node_id": "1:1", "is_remote": False},
            ]
        }
    )

    linked = definitions.with_links(pl.DataFrame({"key": ["c3", "c5"]}))

    assert linked["definition"].to_list() == [
        "https://www.figma.com/design/two?node-id=9-9",
        "https://www.figma.com/design/kit?node-id=5-5",
    ]
