"""The list of pages, and the addresses that link them."""

import ast
from pathlib import Path

import pytest

from figma_warehouse.bundled import CLONE
from figma_warehouse.dashboard import site_map
from figma_warehouse.dashboard.site_map import PAGES


def test_every_notebook_is_a_page_and_asks_its_question() -> None:
    found = {path.stem: path for path in (CLONE / "notebooks").glob("*.py")}

    assert set(found) == {listed.name for listed in PAGES}
    for listed in PAGES:
        assert listed.question == str(ast.get_docstring(ast.parse(found[listed.name].read_text())))


def test_the_folder_of_notebooks_holds_notebooks_alone() -> None:
    others = [path.name for path in (CLONE / "notebooks").iterdir() if not path.name.startswith("__")]

    assert sorted(others) == sorted(f"{listed.name}.py" for listed in PAGES)


def test_links_keep_only_the_filters_that_apply_on_every_page() -> None:
    parameters = {"team": "t 1", "library": "kit", "search": "x", "component": "c1", "folder": ["a", "b"]}

    assert site_map.carried_parameters(parameters) == "?team=t+1&library=kit"
    assert site_map.carried_parameters({"search": "x"}) == ""


def test_an_exported_page_links_to_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = site_map.page_address("adoption", "?team=t1"), site_map.index_address()
    monkeypatch.setenv("STATIC_PAGES", str(tmp_path))
    exported = site_map.page_address("adoption"), site_map.index_address()

    assert served == ("../adoption/?team=t1", "../")
    assert exported == ("adoption.html", "index.html")
