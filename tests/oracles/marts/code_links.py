"""What leads from libraries to code: code_coverage."""

from functools import cached_property
from urllib.parse import urlsplit

from tests.oracles.marts.components import Components
from tests.oracles.marts.documents import Json
from tests.oracles.marts.facts import Facts, Published, Row, url


class CodeLinks:
    """The mart as a list of rows."""

    def __init__(self, facts: Facts, components: Components) -> None:
        self.facts = facts
        self.components = components

    @cached_property
    def code_coverage(self) -> list[Row]:
        return [self._row(one) | self._shares(one.row["file_key"]) for one in self._items]

    @cached_property
    def _sets(self) -> set[str]:
        return {one.key for one in self.facts.published["component_sets"].values() if one.is_now}

    @cached_property
    def _items(self) -> list[Published]:
        singles = (one for one in self.facts.published["components"].values() if one.is_now)
        return [
            *(one for one in singles if self.facts.of_component(one.key)["component_set_key"] not in self._sets),
            *(self.facts.published["component_sets"][key] for key in sorted(self._sets)),
        ]

    @cached_property
    def _placements(self) -> dict[str, int]:
        return {row["component_key"]: row["placements"] for row in self.components.component_reach} | {
            row["component_set_key"]: row["placements"] for row in self.components.component_set_reach
        }

    def _links(self, one: Published) -> list[Json]:
        variants = (other for other in self.facts.published["components"].values() if other.is_now)
        nodes = {one.row["node_id"]} | {
            other.row["node_id"]
            for other in variants
            if self.facts.of_component(other.key)["component_set_key"] == one.key
        }
        return [link for link in self.facts.company.dev_resources(one.row["file_key"]) if link["node_id"] in nodes]

    def _row(self, one: Published) -> Row:
        links = self._links(one)
        web = [link["url"] for link in links if link["url"].startswith("https:")]
        library = one.row["file_key"]
        team = self.facts.team_of(library)
        place = self.facts.place(library)
        return {
            "kind": one.kind.removesuffix("s"),
            "item_key": one.key,
            "item_name": one.row["name"],
            "library_file_key": library,
            "library_file_name": self.facts.name_of(library),
            "folder_id": place["folder_id"],
            "folder_path": place["folder_path"],
            "team_id": team["library_team_id"],
            "team_name": team["library_team_name"],
            "dev_resources": len(links),
            "is_linked": bool(links),
            "url_hosts": ", ".join(sorted({urlsplit(address).netloc for address in web})) or None,
            "urls": "\n".join(sorted(set(web))) or None,
            "placements": self._placements[one.key],
            "figma_url": url(library, one.row["node_id"]),
            **self.facts.scan(),
        }

    def _shares(self, library: str) -> Row:
        items = [one for one in self._items if one.row["file_key"] == library]
        linked = [one for one in items if self._links(one)]
        placed, covered = (sum(self._placements[one.key] for one in some) for some in (items, linked))
        return {
            "library_share": len(linked) / len(items),
            "library_placement_share": covered / placed if placed else None,
        }
