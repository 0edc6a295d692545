"""The endpoints: path, tier and handler of each, and the ASGI applications that answer them."""

from __future__ import annotations

import asyncio
import gzip
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request as HttpRequest
from starlette.routing import Route

from figma_warehouse.sandbox.answer_values import format_time
from figma_warehouse.sandbox.api.activity_answers import activity_logs
from figma_warehouse.sandbox.api.analytics_answers import ITEM_KINDS, library_actions, library_usages
from figma_warehouse.sandbox.api.comment_answers import comments
from figma_warehouse.sandbox.api.dev_resource_answers import dev_resources
from figma_warehouse.sandbox.api.document_answers import document, document_nodes
from figma_warehouse.sandbox.api.http_answer import HttpAnswer, answer_headers, drop_connection, send_answer
from figma_warehouse.sandbox.api.library_answers import file_library, library_item, team_library
from figma_warehouse.sandbox.api.listing_answers import (
    file_meta,
    folder_files,
    folder_folders,
    me,
    team_folders,
    team_projects,
)
from figma_warehouse.sandbox.api.picture_answers import image_fills, images, picture
from figma_warehouse.sandbox.api.refusal_error import RefusalError
from figma_warehouse.sandbox.api.signed_urls import PICTURES_PATH
from figma_warehouse.sandbox.api.variable_answers import local_variables, published_variables
from figma_warehouse.sandbox.api.version_answers import file_versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from figma_warehouse.sandbox.api.http_server import Server
    from figma_warehouse.sandbox.api.picture_answers import PictureAnswer
    from figma_warehouse.sandbox.api.request_parameters import RequestParameters
    from figma_warehouse.sandbox.organisation import Organisation

    Handler = Callable[[Organisation, RequestParameters], bytes | PictureAnswer]

LIBRARY_KINDS = ("components", "component_sets", "styles")
# the size limits apply to their answers
CONTENT_HANDLERS = (document, document_nodes)

# path, tier, handler
ENDPOINTS: tuple[tuple[str, int, Handler], ...] = (
    ("/v1/me", 3, me),
    ("/v2/teams/{team_id}/folders", 2, team_folders),
    ("/v2/folders/{folder_id}/folders", 2, folder_folders),
    ("/v2/folders/{folder_id}/files", 2, folder_files),
    ("/v1/teams/{team_id}/projects", 2, team_projects),
    ("/v1/projects/{folder_id}/files", 2, folder_files),
    ("/v1/files/{file_key}", 1, document),
    ("/v1/files/{file_key}/nodes", 1, document_nodes),
    ("/v1/images/{file_key}", 1, images),
    ("/v1/files/{file_key}/images", 2, image_fills),
    (PICTURES_PATH + "/{path:path}", 0, picture),
    ("/v1/files/{file_key}/meta", 3, file_meta),
    ("/v1/files/{file_key}/versions", 2, file_versions),
    ("/v1/files/{file_key}/comments", 2, comments),
    ("/v1/files/{file_key}/dev_resources", 2, dev_resources),
    ("/v1/files/{file_key}/variables/local", 2, local_variables),
    ("/v1/files/{file_key}/variables/published", 2, published_variables),
    *((f"/v1/teams/{{team_id}}/{kind}", 3, team_library(kind)) for kind in LIBRARY_KINDS),
    *((f"/v1/files/{{file_key}}/{kind}", 3, file_library(kind)) for kind in LIBRARY_KINDS),
    *((f"/v1/{kind}/{{key}}", 3, library_item(kind)) for kind in LIBRARY_KINDS),
    *((f"/v1/analytics/libraries/{{file_key}}/{kind}/usages", 3, library_usages(kind)) for kind in ITEM_KINDS),
    *((f"/v1/analytics/libraries/{{file_key}}/{kind}/actions", 3, library_actions(kind)) for kind in ITEM_KINDS),
    ("/v1/activity_logs", 3, activity_logs),
)
# the scope that each of them needs; a picture is a download
SCOPES = {
    "/v1/me": "current_user:read",
    "/v2/teams/{team_id}/folders": "folders:read",
    "/v2/folders/{folder_id}/folders": "folders:read",
    "/v2/folders/{folder_id}/files": "folders:read",
    "/v1/teams/{team_id}/projects": "projects:read",
    "/v1/projects/{folder_id}/files": "projects:read",
    "/v1/files/{file_key}": "file_content:read",
    "/v1/files/{file_key}/nodes": "file_content:read",
    "/v1/images/{file_key}": "file_content:read",
    "/v1/files/{file_key}/images": "file_content:read",
    "/v1/files/{file_key}/meta": "file_metadata:read",
    "/v1/files/{file_key}/versions": "file_versions:read",
    "/v1/files/{file_key}/comments": "file_comments:read",
    "/v1/files/{file_key}/dev_resources": "file_dev_resources:read",
    "/v1/files/{file_key}/variables/local": "file_variables:read",
    "/v1/files/{file_key}/variables/published": "file_variables:read",
    **{f"/v1/teams/{{team_id}}/{kind}": "team_library_content:read" for kind in LIBRARY_KINDS},
    **{f"/v1/files/{{file_key}}/{kind}": "library_content:read" for kind in LIBRARY_KINDS},
    **{f"/v1/{kind}/{{key}}": "library_assets:read" for kind in LIBRARY_KINDS},
    **{f"/v1/analytics/libraries/{{file_key}}/{kind}/usages": "library_analytics:read" for kind in ITEM_KINDS},
    **{f"/v1/analytics/libraries/{{file_key}}/{kind}/actions": "library_analytics:read" for kind in ITEM_KINDS},
    "/v1/activity_logs": "org:activity_log_read",
}

# the scopes that only an Enterprise plan has; analytics answer on any plan here
ENTERPRISE_SCOPES = ("file_variables:read", "org:activity_log_read")


def routes_for(server: Server, has_v2: bool) -> list[Route]:
    """The routes of a server: the API, OAuth, and the sandbox's own clock. Any other path answers 404."""
    api = [
        Route(
            path,
            _Endpoint(
                server,
                tier,
                handler if has_v2 or not path.startswith("/v2/") else _unknown_path,
                SCOPES.get(path, ""),
            ),
        )
        for path, tier, handler in ENDPOINTS
    ]
    clock = [
        Route("/sandbox/state", _Clock(server, is_advance=False)),
        Route("/sandbox/advance", _Clock(server, is_advance=True), methods=["POST"]),
    ]
    oauth = [Route(f"/v1/oauth/{name}", _OAuth(server), methods=["POST"]) for name in ("token", "refresh")]
    return [*clock, *oauth, *api, Route("/{path:path}", _Endpoint(server, 0, _unknown_path))]


def refusal_answer(refusal: RefusalError) -> HttpAnswer:
    """A refusal as an answer."""
    return HttpAnswer(refusal.status, refusal.body())


class _Endpoint:
    """One endpoint of the API: choose the answer, record the request, send the answer."""

    def __init__(self, server: Server, tier: int, handler: Handler, scope: str = "") -> None:
        self._server = server
        self._tier = tier
        self._handler = handler
        self._scope = scope

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HttpRequest(scope, receive)
        query = scope["query_string"].decode()
        answer, fault = await self._choose_answer(request, f"{request.url.path}?{query}")
        status = 0 if answer.drop else answer.status
        self._server.record(request.method, request.url.path, query, status, self._tier, fault)
        if answer.drop:
            await drop_connection(scope, receive)
            return
        headers = answer_headers(answer, request)
        if headers.get("content-encoding") == "gzip":
            answer = replace(answer, body=await self._server.run(gzip.compress, answer.body, 1))
        await send_answer(answer, headers, send)

    async def _choose_answer(self, request: HttpRequest, target: str) -> tuple[HttpAnswer, str]:
        """The answer, and the kind of fault in it."""
        scripted = self._server.take_script(target)
        if scripted is None:
            return await self._answer_with_faults(request, target)
        await asyncio.sleep(scripted.delay)
        if not scripted.passthrough and (scripted.body or not scripted.cut):
            return scripted, ""
        own = await self._refuse(request) or await self._answer(request)
        return replace(scripted, status=own.status, body=own.body), ""

    async def _answer_with_faults(self, request: HttpRequest, target: str) -> tuple[HttpAnswer, str]:
        refusal, schedule = await self._refuse(request), self._server.fault_schedule
        fault = self._server.draw_fault(target) if schedule and not refusal else None
        if not schedule or not fault:
            return refusal or await self._answer(request), ""
        if fault == "expired":
            refusal = await self._refuse(request)
        answer = refusal or schedule.replacement(fault) or schedule.damage(fault, await self._answer(request))
        return answer, fault

    async def _refuse(self, request: HttpRequest) -> HttpAnswer | None:
        return await self._server.run(self._server.refuse, self._tier, request, self._scope)

    async def _answer(self, request: HttpRequest) -> HttpAnswer:
        return await self._server.run(self._server.answer, self._handler, request)


class _OAuth:
    """The OAuth endpoints: a form in, an access token out. They have no tier."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HttpRequest(scope, receive)
        form = await request.body()
        path = request.url.path
        answer = self._server.take_script(f"{path}?") or self._grant(path.endswith("/refresh"), request, form)
        self._server.record("POST", path, "", answer.status, 0)
        await send_answer(answer, answer_headers(answer, request), send)

    def _grant(self, is_refresh: bool, request: HttpRequest, form: bytes) -> HttpAnswer:
        authorization = request.headers.get("authorization", "")
        try:
            return HttpAnswer(200, self._server.tokens.grant(is_refresh, authorization, form))
        except RefusalError as refusal:
            return refusal_answer(refusal)


class _Clock:
    """The sandbox's own endpoints, outside the API: they need no token and are not recorded."""

    def __init__(self, server: Server, is_advance: bool) -> None:
        self._server = server
        self._is_advance = is_advance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_advance:
            weeks = HttpRequest(scope, receive).query_params.get("weeks", "1")
            if not weeks.isdigit():
                await send_answer(refusal_answer(RefusalError(400, "'weeks' must be a valid number")), {}, send)
                return
            await self._server.run(self._server.org.advance, int(weeks))
        await send_answer(HttpAnswer(200, self._state()), {"content-type": "application/json"}, send)

    def _state(self) -> bytes:
        org = self._server.org
        state = {"week": org.week, "weeks": org.weeks, "at": format_time(org.at), "team_ids": org.team_ids}
        faults = Counter(fault.kind for fault in self._server.injected_faults)
        return msgspec.json.encode({**state, "faults": faults, "provoked": self._server.rate_limit_refusals})


def _unknown_path(org: Organisation, params: RequestParameters) -> bytes:  # noqa: ARG001
    raise RefusalError(404, "Not found")
