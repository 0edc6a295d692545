"""The registry of REST API endpoints: path, rate-limit tier and OAuth scope.

https://developers.figma.com/docs/rest-api/rate-limits/ lists the tiers, .../scopes/ the scopes. Every request uses one
of these objects, so an endpoint that is not registered cannot be requested.
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class EndpointPath:
    """The path of a request and its endpoint."""

    endpoint: "Endpoint"
    path: str

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True)
class Endpoint:
    """One endpoint. `path` has its parameters in braces.

    `tier` is the rate limit that counts its requests. If `paced_as` is set, requests keep the pace of that tier too.
    """

    path: str
    tier: int
    scope: str = ""
    paced_as: int | None = None

    @property
    def parameters(self) -> frozenset[str]:
        """Names of the parameters in the path."""
        return frozenset(name for _, name, _, _ in string.Formatter().parse(self.path) if name)

    def at(self, **parameters: str) -> EndpointPath:
        """Return the path with these parameters, escaped. Raises TypeError if the names are not those in the path."""
        if parameters.keys() != self.parameters:
            raise TypeError(f"{self.path} takes {sorted(self.parameters)}, not {sorted(parameters)}")
        escaped = {name: quote(value, safe="") for name, value in parameters.items()}
        return EndpointPath(self, self.path.format_map(escaped))


@dataclass(frozen=True)
class OAuthScope:
    """One scope of a token."""

    name: str
    # the consequence of its absence, for messages
    without: str = ""
    # the endpoint and the query with which `check` tries it
    tried_by: Endpoint | None = None
    query: Mapping[str, Any] = field(default_factory=dict)
    # the settings that make it necessary, any of them; none if every run needs it
    used_by: tuple[str, ...] = ()
    # Figma grants it with an Enterprise plan only
    needs_plan: bool = False
    # the scope that it can replace
    instead_of: str | None = None


FILE = Endpoint("/v1/files/{file_key}", 1, "file_content:read")
FILE_NODES = Endpoint("/v1/files/{file_key}/nodes", 1, "file_content:read")
RENDERS = Endpoint("/v1/images/{file_key}", 1, "file_content:read")
FILE_IMAGE_FILLS = Endpoint("/v1/files/{file_key}/images", 2, "file_content:read")
# the official table has it in tier 3, the text above the table in tier 2
FILE_META = Endpoint("/v1/files/{file_key}/meta", 3, "file_metadata:read", paced_as=2)
FILE_VERSIONS = Endpoint("/v1/files/{file_key}/versions", 2, "file_versions:read")
FILE_COMMENTS = Endpoint("/v1/files/{file_key}/comments", 2, "file_comments:read")
FILE_DEV_RESOURCES = Endpoint("/v1/files/{file_key}/dev_resources", 2, "file_dev_resources:read")
FILE_VARIABLES = Endpoint("/v1/files/{file_key}/variables/local", 2, "file_variables:read")
FILE_PUBLISHED_VARIABLES = Endpoint("/v1/files/{file_key}/variables/published", 2, "file_variables:read")
TEAM_FOLDERS = Endpoint("/v2/teams/{team_id}/folders", 2, "folders:read")
FOLDER_FOLDERS = Endpoint("/v2/folders/{folder_id}/folders", 2, "folders:read")
FOLDER_FILES = Endpoint("/v2/folders/{folder_id}/files", 2, "folders:read")
TEAM_PROJECTS = Endpoint("/v1/teams/{team_id}/projects", 2, "projects:read")
PROJECT_FILES = Endpoint("/v1/projects/{project_id}/files", 2, "projects:read")
TEAM_COMPONENTS = Endpoint("/v1/teams/{team_id}/components", 3, "team_library_content:read")
TEAM_COMPONENT_SETS = Endpoint("/v1/teams/{team_id}/component_sets", 3, "team_library_content:read")
TEAM_STYLES = Endpoint("/v1/teams/{team_id}/styles", 3, "team_library_content:read")
FILE_COMPONENTS = Endpoint("/v1/files/{file_key}/components", 3, "library_content:read")
FILE_COMPONENT_SETS = Endpoint("/v1/files/{file_key}/component_sets", 3, "library_content:read")
FILE_STYLES = Endpoint("/v1/files/{file_key}/styles", 3, "library_content:read")
COMPONENT_BY_KEY = Endpoint("/v1/components/{key}", 3, "library_assets:read")
COMPONENT_SET_BY_KEY = Endpoint("/v1/component_sets/{key}", 3, "library_assets:read")
STYLE_BY_KEY = Endpoint("/v1/styles/{key}", 3, "library_assets:read")
COMPONENT_USAGES = Endpoint("/v1/analytics/libraries/{file_key}/component/usages", 3, "library_analytics:read")
STYLE_USAGES = Endpoint("/v1/analytics/libraries/{file_key}/style/usages", 3, "library_analytics:read")
VARIABLE_USAGES = Endpoint("/v1/analytics/libraries/{file_key}/variable/usages", 3, "library_analytics:read")
COMPONENT_ACTIONS = Endpoint("/v1/analytics/libraries/{file_key}/component/actions", 3, "library_analytics:read")
STYLE_ACTIONS = Endpoint("/v1/analytics/libraries/{file_key}/style/actions", 3, "library_analytics:read")
VARIABLE_ACTIONS = Endpoint("/v1/analytics/libraries/{file_key}/variable/actions", 3, "library_analytics:read")
ACTIVITY_LOGS = Endpoint("/v1/activity_logs", 3, "org:activity_log_read")
# only `check` requests it
ME = Endpoint("/v1/me", 3, "current_user:read")

ENDPOINTS = (
    *(FILE, FILE_NODES, RENDERS, FILE_IMAGE_FILLS, FILE_META, FILE_VERSIONS),
    *(FILE_VARIABLES, FILE_PUBLISHED_VARIABLES),
    *(FILE_COMMENTS, FILE_DEV_RESOURCES),
    *(TEAM_FOLDERS, FOLDER_FOLDERS, FOLDER_FILES, TEAM_PROJECTS, PROJECT_FILES),
    *(TEAM_COMPONENTS, TEAM_COMPONENT_SETS, TEAM_STYLES, FILE_COMPONENTS, FILE_COMPONENT_SETS, FILE_STYLES),
    *(COMPONENT_BY_KEY, COMPONENT_SET_BY_KEY, STYLE_BY_KEY),
    *(COMPONENT_USAGES, STYLE_USAGES, VARIABLE_USAGES),
    *(COMPONENT_ACTIONS, STYLE_ACTIONS, VARIABLE_ACTIONS),
    ACTIVITY_LOGS,
    ME,
)

# in the order in which `check` tries them; listing teams and folders tests the last two
_SCOPES = (
    OAuthScope(
        "team_library_content:read",
        without="the published lists are unknown; unused_components stays inconclusive",
        tried_by=TEAM_COMPONENTS,
        query={"page_size": 1},
        used_by=("teams",),
    ),
    OAuthScope(
        "file_content:read",
        without="no document can be loaded and nothing is counted",
        # the same scope as a document's, for a request of tier 2 instead of tier 1
        tried_by=FILE_IMAGE_FILLS,
    ),
    OAuthScope(
        "file_versions:read",
        without="file_versions stays empty",
        tried_by=FILE_VERSIONS,
        query={"page_size": 1},
    ),
    OAuthScope(
        "library_content:read",
        without="the published lists of configured files are unknown; unused_components stays inconclusive",
        tried_by=FILE_COMPONENTS,
        used_by=("files",),
    ),
    OAuthScope(
        "file_metadata:read",
        without="a file that left its folder is never recognised as deleted",
        tried_by=FILE_META,
    ),
    OAuthScope(
        "library_assets:read",
        without=(
            "libraries outside of the configured teams stay unknown in lost_components, library_usage and"
            " orphaned_styles"
        ),
        # a key that nothing has: a token with the scope gets a 404
        tried_by=COMPONENT_BY_KEY,
        used_by=("key_lookups",),
    ),
    OAuthScope(
        "library_analytics:read",
        without=(
            "reconciliation and library_actions stay empty; it needs an Enterprise plan, or library_analytics and"
            " library_actions left out of the settings"
        ),
        tried_by=COMPONENT_USAGES,
        query={"group_by": "component"},
        used_by=("library_analytics", "library_actions"),
        needs_plan=True,
    ),
    OAuthScope(
        "file_variables:read",
        without=(
            "variables have no names; it needs an Enterprise plan and a full seat, or variables left out of the"
            " settings"
        ),
        tried_by=FILE_VARIABLES,
        used_by=("variables",),
        needs_plan=True,
    ),
    OAuthScope(
        "org:activity_log_read",
        without=(
            "file_views and unopened_files stay empty; it needs an Enterprise plan and a plan access token, or"
            " activity_logs left out of the settings"
        ),
        tried_by=ACTIVITY_LOGS,
        query={"limit": 1},
        used_by=("activity_logs",),
        needs_plan=True,
    ),
    # without it, `check` does not name the owner of the token, and nothing else is missing
    OAuthScope("current_user:read"),
    OAuthScope(
        "file_comments:read",
        without="comment_threads and comment_load stay empty; add the scope, or leave comments out of the settings",
        tried_by=FILE_COMMENTS,
        used_by=("comments",),
    ),
    OAuthScope(
        "file_dev_resources:read",
        without=("code_coverage knows no dev resources; add the scope, or leave dev_resources out of the settings"),
        tried_by=FILE_DEV_RESOURCES,
        used_by=("dev_resources",),
    ),
    OAuthScope("folders:read"),
    OAuthScope("projects:read", instead_of="folders:read"),
)
SCOPES: Mapping[str, OAuthScope] = MappingProxyType({scope.name: scope for scope in _SCOPES})
