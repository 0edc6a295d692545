"""The dev resources of the libraries: what links components to code. They lie beside the documents.

Some components have none. Some links are on a variant instead of its set, and some addresses are no web address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figma_warehouse.sandbox.company.company_state import Company
    from figma_warehouse.sandbox.organisation import PublishedRow

HOSTS = ("github.com", "storybook.example.com", "npmjs.example.org")
SHARE_WITH_CODE = 0.55
# the first page, which is no component
GUIDELINE_NODE = "0:1"


class CodeLink(NamedTuple):
    """One dev resource. `owner_key` is the key of the set, or of the component that is no variant; empty for others."""

    id: str
    name: str
    url: str
    # empty if the address is no web address
    host: str
    node_id: str
    owner_key: str


def code_links(company: Company, file_key: str) -> list[CodeLink]:
    """The dev resources of a file, on what it publishes now."""
    published = company.published
    sets = [one for one in published["component_sets"].values() if one.file_key == file_key]
    variants = {one.key: _set_node(one) for one in published["components"].values() if one.file_key == file_key}
    singles = [published["components"][key] for key, set_node in variants.items() if not set_node]
    links = [link for item in sorted([*sets, *singles], key=lambda one: one.key) for link in _links_of(company, item)]
    if links:
        links.append(CodeLink("dr-0", "Guidelines", f"https://{HOSTS[1]}/guidelines", HOSTS[1], GUIDELINE_NODE, ""))
    return links


def link_answers(file_key: str, links: list[CodeLink]) -> list[dict[str, str]]:
    """The list of GET /v1/files/:key/dev_resources."""
    return [
        {"id": one.id, "name": one.name, "url": one.url, "file_key": file_key, "node_id": one.node_id} for one in links
    ]


def _links_of(company: Company, item: PublishedRow) -> Iterator[CodeLink]:
    rng = company.seeded_random("code", item.key)
    if rng.random() > SHARE_WITH_CODE:
        return
    variant_nodes = [
        one.row["node_id"]
        for one in company.published["components"].values()
        if one.file_key == item.file_key and _set_node(one) == item.row["node_id"]
    ]
    for number, host in enumerate(rng.sample(HOSTS, rng.randint(1, 2))):
        node_id = rng.choice(variant_nodes) if variant_nodes and rng.random() < 0.4 else item.row["node_id"]
        is_web = rng.random() > 0.1
        path = item.row["name"].replace(" ", "-")
        url = f"https://{host}/design-system/{path}" if is_web else f"vscode://file/{path}.tsx"
        yield CodeLink(f"dr-{item.number}-{number}", path, url, host if is_web else "", node_id, item.key)


def _set_node(component: PublishedRow) -> str:
    """The node id of the set of a variant; empty for another component."""
    found: str = component.row["containing_frame"].get("containingComponentSet", {}).get("nodeId", "")
    return found
