"""The registry of resources, the kinds of items that a run requests: their tables, endpoints, nouns and settings.

Using a resource or table that is not registered here raises KeyError.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from figma_warehouse.source import endpoints
from figma_warehouse.source.endpoints import ENDPOINTS, SCOPES, Endpoint, OAuthScope

NODE_TABLES = (
    *("nodes", "node_styles", "node_paints", "node_variables", "node_properties", "node_overrides"),
    *("text_ranges", "node_effects", "node_modes"),
    *("file_components", "file_component_sets", "file_styles"),
)
# replaced by file as the tables of nodes, but only if a setting asks for it
PLUGIN_DATA = "node_plugin_data"
SNAPSHOT_TABLES = ("file_snapshots", "snapshot_components", "snapshot_styles")
# rows under a hash of their content, which the states of a file share
DEFINITION_TABLES = ("component_states", "component_parts")
# every resource adds rows to outcomes; the job writes runs
OUTCOMES, RUNS = "outcomes", "runs"
# rows in these tables mark a file as done, so they are stored last
SETTLING_TABLES = ("documents", "files", OUTCOMES)


class Group(Enum):
    """The step of a run that requests a resource, in the order of the steps. BACKFILL is a separate command."""

    LISTING = auto()
    PUBLISHED = auto()
    DOCUMENT = auto()
    EXTRA = auto()
    PICTURE = auto()
    BACKFILL = auto()

    @property
    def is_list(self) -> bool:
        """Tell whether `status` shows a refused item as not listed."""
        return self in (Group.LISTING, Group.PUBLISHED, Group.EXTRA)

    @property
    def counts_as_missing(self) -> bool:
        """Tell whether a refused item makes the run partial. A picture does not: no figure depends on it."""
        return self is not Group.PICTURE


@dataclass(frozen=True)
class Resource:
    """One kind of item. `name` is its value in `outcomes.resource`."""

    name: str
    group: Group
    # the nouns for one item and for several, for messages
    one: str
    many: str
    endpoints: tuple[Endpoint, ...] = ()
    # the tables that it owns, and the shared tables to which it adds rows
    tables: tuple[str, ...] = ()
    adds_to: tuple[str, ...] = (OUTCOMES,)
    # the group of resources that dlt extracts together; by default the resource alone
    topic: str | None = None
    # the prefix that `status` gives the id of an item that was not listed
    label: str = ""
    # the setting that turns it on; None if it is always on
    setting: str | None = None
    # published lists: the noun for one entry, and whether Figma renders it
    item: str = ""
    is_drawn: bool = False
    # Group.EXTRA: the module that `extras` imports
    module: str = ""

    @property
    def is_listing(self) -> bool:
        """Tell whether it is a list of a team, folder or library: if it is refused, nobody knows what is in there."""
        return self.group is Group.PUBLISHED or self.name in ("teams", "folders")

    @property
    def tier(self) -> int:
        """The tier of its requests. Raises LookupError if it makes none."""
        return self.endpoints[0].tier

    def endpoint(self, parameter: str) -> Endpoint:
        """Return the endpoint whose path has this parameter only. Raises LookupError if there is none."""
        found = [endpoint for endpoint in self.endpoints if endpoint.parameters == {parameter}]
        return found[0]


@dataclass(frozen=True)
class Topic:
    """Resources that dlt extracts together: the tables that they own, and the shared tables to which they add rows."""

    name: str
    tables: tuple[str, ...]
    adds_to: tuple[str, ...]

    def dlt_name(self, table: str) -> str:
        """Return the name of the dlt resource that loads one of these tables."""
        return table if table in self.tables else f"{self.name}_{table}"

    @property
    def dlt_names(self) -> tuple[str, ...]:
        """Names of all its dlt resources."""
        return tuple(map(self.dlt_name, (*self.tables, *self.adds_to)))


def _published(name: str, item: str, words: str, *published_endpoints: Endpoint, is_drawn: bool) -> Resource:
    return Resource(
        name,
        Group.PUBLISHED,
        one=f"list of published {words}",
        many=f"lists of published {words}",
        label=f"published {words} of",
        endpoints=published_endpoints,
        tables=(name,),
        adds_to=("library_events", OUTCOMES),
        item=item,
        is_drawn=is_drawn,
    )


_RESOURCES = (
    Resource(
        "teams",
        Group.LISTING,
        one="listing of a team",
        many="listings of teams",
        label="team",
        endpoints=(endpoints.TEAM_FOLDERS, endpoints.TEAM_PROJECTS),
        tables=("teams",),
        topic="listing",
    ),
    Resource(
        "folders",
        Group.LISTING,
        one="listing of a folder",
        many="listings of folders",
        label="folder",
        endpoints=(endpoints.FOLDER_FOLDERS, endpoints.FOLDER_FILES, endpoints.PROJECT_FILES),
        tables=("folders",),
        topic="listing",
    ),
    Resource(
        "files",
        Group.LISTING,
        one="look at a file",
        many="looks at files",
        label="file",
        endpoints=(endpoints.FILE_META,),
        tables=("files",),
        topic="listing",
    ),
    _published(
        *("components", "component", "components"),
        *(endpoints.TEAM_COMPONENTS, endpoints.FILE_COMPONENTS),
        is_drawn=True,
    ),
    _published(
        *("component_sets", "component_set", "component sets"),
        *(endpoints.TEAM_COMPONENT_SETS, endpoints.FILE_COMPONENT_SETS),
        is_drawn=True,
    ),
    _published("styles", "style", "styles", endpoints.TEAM_STYLES, endpoints.FILE_STYLES, is_drawn=False),
    Resource(
        "documents",
        Group.DOCUMENT,
        one="document",
        many="documents",
        endpoints=(endpoints.FILE, endpoints.FILE_NODES),
        tables=("documents", *NODE_TABLES, PLUGIN_DATA, *SNAPSHOT_TABLES, *DEFINITION_TABLES, "instance_events"),
        adds_to=("files", OUTCOMES),
        topic="file",
    ),
    Resource(
        "file_versions",
        Group.DOCUMENT,
        one="version history",
        many="version histories",
        endpoints=(endpoints.FILE_VERSIONS,),
        tables=("file_versions",),
        topic="file",
    ),
    Resource(
        "archive",
        Group.DOCUMENT,
        one="state for the archive",
        many="states for the archive",
        topic="file",
        setting="archive",
    ),
    Resource(
        "key_lookups",
        Group.EXTRA,
        one="lookup of a library by key",
        many="lookups of libraries by key",
        label="library of",
        endpoints=(endpoints.COMPONENT_BY_KEY, endpoints.COMPONENT_SET_BY_KEY, endpoints.STYLE_BY_KEY),
        tables=("key_lookups",),
        topic="key_lookup",
        setting="key_lookups",
        module="figma_warehouse.source.listings.key_lookups",
    ),
    Resource(
        "variables",
        Group.EXTRA,
        one="list of variables",
        many="lists of variables",
        label="variables of",
        endpoints=(endpoints.FILE_VARIABLES, endpoints.FILE_PUBLISHED_VARIABLES),
        tables=("variables", "variable_collections", "variable_modes", "variable_values"),
        topic="variable",
        setting="variables",
        module="figma_warehouse.source.listings.variables",
    ),
    Resource(
        "variable_names",
        Group.EXTRA,
        one="tokens file",
        many="tokens files",
        label="tokens file",
        tables=("token_values",),
        adds_to=(),
        # always on: without the setting, the rows of earlier runs are removed
        module="figma_warehouse.source.tokens_files.variable_names",
    ),
    Resource(
        "library_usages",
        Group.EXTRA,
        one="count by Figma itself",
        many="counts by Figma itself",
        label="Figma's own count of",
        endpoints=(endpoints.COMPONENT_USAGES, endpoints.STYLE_USAGES, endpoints.VARIABLE_USAGES),
        tables=("library_usages", "library_style_usages", "library_variable_usages"),
        topic="library_usage",
        setting="library_analytics",
        module="figma_warehouse.source.listings.library_usages",
    ),
    Resource(
        "library_actions",
        Group.EXTRA,
        one="list of actions by Figma itself",
        many="lists of actions by Figma itself",
        label="Figma's own account of",
        endpoints=(endpoints.COMPONENT_ACTIONS, endpoints.STYLE_ACTIONS, endpoints.VARIABLE_ACTIONS),
        tables=("library_actions",),
        topic="library_action",
        setting="library_actions",
        module="figma_warehouse.source.listings.library_actions",
    ),
    Resource(
        "activity_events",
        Group.EXTRA,
        one="activity log",
        many="activity logs",
        label="activity log of",
        endpoints=(endpoints.ACTIVITY_LOGS,),
        tables=("activity_events",),
        topic="activity_event",
        setting="activity_logs",
        module="figma_warehouse.source.listings.activity_events",
    ),
    Resource(
        "comments",
        Group.EXTRA,
        one="list of comments",
        many="lists of comments",
        label="comments of",
        endpoints=(endpoints.FILE_COMMENTS,),
        tables=("comments", "comment_reactions"),
        topic="comment",
        setting="comments",
        module="figma_warehouse.source.listings.comments",
    ),
    Resource(
        "dev_resources",
        Group.EXTRA,
        one="list of dev resources",
        many="lists of dev resources",
        label="dev resources of",
        endpoints=(endpoints.FILE_DEV_RESOURCES,),
        tables=("dev_resources",),
        topic="dev_resource",
        setting="dev_resources",
        module="figma_warehouse.source.listings.dev_resources",
    ),
    Resource(
        "images",
        Group.PICTURE,
        one="picture",
        many="pictures",
        endpoints=(endpoints.RENDERS,),
        tables=("images",),
        topic="picture",
        setting="images",
    ),
    Resource(
        "image_fills",
        Group.PICTURE,
        one="image fill",
        many="image fills",
        endpoints=(endpoints.FILE_IMAGE_FILLS,),
        tables=("image_fills",),
        topic="picture",
        setting="image_fills",
    ),
    Resource(
        "backfill",
        Group.BACKFILL,
        one="past version",
        many="past versions",
        endpoints=(endpoints.FILE, endpoints.FILE_NODES),
        adds_to=(*SNAPSHOT_TABLES, *DEFINITION_TABLES, "instance_events", OUTCOMES),
    ),
)
RESOURCES: Mapping[str, Resource] = MappingProxyType({resource.name: resource for resource in _RESOURCES})


def resources_in(*groups: Group) -> tuple[Resource, ...]:
    """Return the resources of these groups in the order of their registration."""
    return tuple(resource for resource in _RESOURCES if resource.group in groups)


def topics_of(*groups: Group) -> tuple[Topic, ...]:
    """Return the topics that dlt extracts for these groups."""
    named: dict[str, list[Resource]] = {}
    for resource in resources_in(*groups):
        named.setdefault(resource.topic or resource.name, []).append(resource)
    return tuple(
        Topic(
            name,
            tuple(table for resource in resources for table in resource.tables),
            tuple(dict.fromkeys(table for resource in resources for table in resource.adds_to)),
        )
        for name, resources in named.items()
    )


def topic_of(resource: Resource) -> Topic:
    """Return the topic that contains this resource."""
    return next(topic for topic in topics_of(resource.group) if topic.name == (resource.topic or resource.name))


def needed_scopes() -> tuple[OAuthScope, ...]:
    """Return the scopes that a token needs with any settings, in the order of their endpoints."""
    needed = {endpoint for resource in _RESOURCES if resource.setting is None for endpoint in resource.endpoints}
    return tuple(SCOPES[name] for name in dict.fromkeys(one.scope for one in ENDPOINTS if one in needed))
