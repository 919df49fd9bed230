"""`/health`, `/ready` and `/metrics`: outside of every queue and limit, and next to the pictures on the same port."""

from __future__ import annotations

import hmac
from ipaddress import ip_address, ip_network
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from filelock import Timeout

from keepsight import __version__
from keepsight.settings import Server
from keepsight.telemetry.exposition import Exposition
from keepsight.telemetry.readiness import OK, Readiness

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""What proxies add to what they send on."""


class Readers:
    """Who may read the metrics: they tell how busy a place is and which software runs there."""

    def __init__(self, server: Server) -> None:
        self._networks = tuple(map(ip_network, server.metrics))
        self._proxies = tuple(map(ip_network, server.trusted_proxies))
        token = server.metrics_token
        self._token = None if token is None else token.get_secret_value().encode()

    def let(self, request: Request) -> bool:
        """Whether this one may, by its address or by its token; the scope tells the address before the proxies."""
        given = request.headers.get("authorization", "").partition(" ")
        if self._token is not None and given[0].lower() == "bearer":
            return hmac.compare_digest(given[2].strip().encode(), self._token)
        if request.client is None:
            return False
        try:
            address = ip_address(request.client.host)
        except ValueError:  # a name, such as that of a test client
            return False
        # The address of a proxy that did not tell whose request it sends on is that of nobody.
        sent_on = any(name in request.headers for name in _FORWARDED)
        if sent_on and any(address in network for network in self._proxies):
            return False
        return any(address in network for network in self._networks)


def monitoring_router(readers: Readers, readiness: Readiness, exposition: Exposition) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/health")
    async def health() -> dict[str, str]:
        """Whether the process is alive."""
        return {"status": "ok", "version": __version__}

    @router.get("/ready", responses={503: {"description": "Not now.", "content": {"application/json": {}}}})
    async def ready() -> JSONResponse:
        """Whether requests should be sent here; 503 with the reasons if not."""
        found = await to_thread.run_sync(readiness.look)
        well = all(told == OK for told in found.values())
        answer = {"status": "ready" if well else "not ready", "checks": dict(found)}
        return JSONResponse(answer, 200 if well else 503, {"Cache-Control": "no-store"})

    refused: dict[str, Any] = {"content": {"application/json": {}}}
    refusals: dict[int | str, dict[str, Any]] = {
        403: {"description": "Not to this one.", **refused},
        503: {"description": "Others are reading them.", **refused},
    }

    @router.get("/metrics", response_class=PlainTextResponse, responses=refusals)
    async def metrics(request: Request) -> Response:
        """For Prometheus."""
        if not readers.let(request):
            said = "Metrics are read from the addresses in server.metrics, or with server.metrics_token"
            return JSONResponse({"error": {"message": said}}, 403, {"Cache-Control": "no-store"})
        try:
            text, content_type = await exposition.tell(request.headers.get("accept", ""))
        except Timeout:
            return JSONResponse({"error": {"message": "Others are reading the metrics"}}, 503, {"Retry-After": "1"})
        return Response(text, headers={"Content-Type": content_type, "Cache-Control": "no-store"})

    return router
