"""OAuth access tokens: issued, refreshed, expired."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from figma_warehouse.sandbox import AcceptedTokens, SampleOrganisation, Server, SimulatedClock, serve


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(1_000)


def request_token(
    server: Server, form: dict[str, str], endpoint: str = "refresh", secret: str | None = None
) -> tuple[int, Any]:
    client = (server.tokens.client_id, secret or server.tokens.client_secret)
    answer = requests.post(f"{server.base_url}/v1/oauth/{endpoint}", data=form, auth=client, timeout=20)
    return answer.status_code, answer.json()


def get_me(server: Server, header: str, secret: str) -> int:
    return requests.get(f"{server.base_url}/v1/me", headers={header: secret}, timeout=20).status_code


def test_a_refresh_issues_a_new_access_token_and_revokes_the_old_one(org: SampleOrganisation) -> None:
    with serve(org) as server:
        form = {"refresh_token": server.tokens.refresh_token}
        status, first = request_token(server, form)
        assert (status, first["expires_in"], "refresh_token" in first) == (200, 90 * 86_400, False)
        assert first["access_token"].startswith("figu_")
        assert get_me(server, "Authorization", f"Bearer {first['access_token']}") == 200
        second = request_token(server, form)[1]
        assert get_me(server, "Authorization", f"Bearer {first['access_token']}") == 403
        assert get_me(server, "Authorization", f"Bearer {second['access_token']}") == 200
        assert get_me(server, "X-Figma-Token", second["access_token"]) == 403
        assert [request.path for request in server.requests if request.method == "POST"] == ["/v1/oauth/refresh"] * 2


def test_an_access_token_expires(org: SampleOrganisation, clock: SimulatedClock) -> None:
    with serve(org, tokens=AcceptedTokens(org.token, clock, expires_in=3600)) as server:
        answer = request_token(server, {"refresh_token": server.tokens.refresh_token})[1]
        bearer = f"Bearer {answer['access_token']}"
        clock.sleep(3599)
        assert get_me(server, "Authorization", bearer) == 200
        clock.sleep(1)
        assert get_me(server, "Authorization", bearer) == 403


def test_another_client_or_refresh_token_is_refused(org: SampleOrganisation) -> None:
    with serve(org) as server:
        assert request_token(server, {"refresh_token": server.tokens.refresh_token}, secret="other")[0] == 401
        assert request_token(server, {"refresh_token": "figur_other"})[0] == 400
        assert request_token(server, {})[0] == 400


def test_a_code_is_exchanged_once(org: SampleOrganisation) -> None:
    with serve(org) as server:
        form = {"code": server.tokens.code, "grant_type": "authorization_code", "redirect_uri": "http://127.0.0.1/"}
        status, answer = request_token(server, form, "token")
        assert (status, answer["refresh_token"]) == (200, server.tokens.refresh_token)
        assert get_me(server, "Authorization", f"Bearer {answer['access_token']}") == 200
        assert request_token(server, form, "token")[0] == 400
