"""The exposures of the dbt project: each page with the marts that it reads, so that lineage ends at what people see."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from figma_warehouse.dashboard.site_map import PAGES

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "pipelines" / "figma_warehouse" / "dashboard"
EXPOSURES = ROOT / "sql" / "models" / "exposures.yml"
MART = re.compile(r"\bmarts\.(\w+)")

# the pages of single items, and their modules
ITEMS = {"one_component": "component", "one_file": "file"}

Definition = tuple[str, str]


def test_each_page_has_an_exposure_that_names_its_marts() -> None:
    exposures = {one["name"]: one for one in _exposures()}

    assert list(exposures) == [*(page.name for page in PAGES), *ITEMS]
    for page in PAGES:
        exposure = exposures[page.name]
        assert (exposure["label"], exposure["description"]) == (page.title, page.question)
        assert exposure["meta"] == {"path": f"notebooks/{page.name}.py"}
        named = [re.fullmatch(r"ref\('(\w+)'\)", ref) for ref in exposure["depends_on"]]
        assert [one and one[1] for one in named] == sorted(marts_of_page(page.name)), page.name


def test_the_pages_of_items_have_exposures_that_name_their_marts() -> None:
    exposures = {one["name"]: one for one in _exposures()}

    for name, file in ITEMS.items():
        exposure = exposures[name]
        assert exposure["meta"] == {"path": f"pipelines/figma_warehouse/dashboard/items/{file}.py"}
        marts = {mart for part in ("", "_queries") for mart in _marts_in(_tree(f"items/{file}{part}"))}
        assert exposure["depends_on"] == [f"ref('{mart}')" for mart in sorted(marts)], name


def test_the_marts_of_a_page_are_its_own_and_those_of_the_functions_it_calls() -> None:
    assert {"component_swaps", "variant_usage"} <= marts_of_page("component_usage")
    assert "attention" in marts_of_page("overview")
    assert "attention" not in marts_of_page("tokens")
    assert "file_freshness" in marts_of_page("library")
    assert "variant_usage" not in marts_of_page("library")


def marts_of_page(name: str) -> set[str]:
    """The marts in the SQL of a notebook, and of every function and constant of the dashboard that it leads to."""
    tree = ast.parse((ROOT / "notebooks" / f"{name}.py").read_text())
    marts, waiting, seen = _marts_in(tree), [*_leads_to(tree, "")], set[Definition]()
    while waiting:
        found = waiting.pop()
        if found not in seen:
            seen.add(found)
            node = _definitions(found[0])[found[1]]
            marts |= _marts_in(node)
            waiting += _leads_to(node, found[0])
    return marts


def _exposures() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(EXPOSURES.read_text())["exposures"]
    return found


def _marts_in(tree: ast.AST) -> set[str]:
    texts = (one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return {mart for text in texts for mart in MART.findall(text)}


def _leads_to(node: ast.AST, module: str) -> Iterator[Definition]:
    """The definitions that code refers to by name, in its own module or through what that module imports."""
    tree = _tree(module) if module else node
    names, modules = _imports(tree)
    for one in ast.walk(node):
        if isinstance(one, ast.Name):
            where = names.get(one.id, (module, one.id))
            if where[0] and where[1] in _definitions(where[0]):
                yield where
        elif isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
            whole = modules.get(one.value.id)
            if whole and one.attr in _definitions(whole):
                yield whole, one.attr


def _imports(tree: ast.AST) -> tuple[dict[str, Definition], dict[str, str]]:
    """The names that a module imports from modules of the dashboard, and the modules that it imports whole."""
    names: dict[str, Definition] = {}
    modules: dict[str, str] = {}
    for one in ast.walk(tree):
        if isinstance(one, ast.ImportFrom) and (one.module or "").startswith("figma_warehouse.dashboard"):
            for alias in one.names:
                if one.module == "figma_warehouse.dashboard":
                    modules[alias.asname or alias.name] = alias.name
                else:
                    names[alias.asname or alias.name] = ((one.module or "").rpartition(".")[2], alias.name)
    return names, modules


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse((DASHBOARD / f"{module}.py").read_text())


@cache
def _definitions(module: str) -> dict[str, ast.AST]:
    """The functions, classes and constants of a module of the dashboard."""
    found: dict[str, ast.AST] = {}
    for node in _tree(module).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found[target.id] = node
    return found
