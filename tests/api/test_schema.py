"""The server against its own OpenAPI document: every call, with values that fit and values that do not.

Few of each by default; KEEPSIGHT_LONG_TESTS=1 tries a hundred times as many.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.schemas import BaseSchema
from starlette.testclient import TestClient

from keepsight.api.parsing import TAKEN
from keepsight.app import create_app
from keepsight.settings import Settings

EXAMPLES = 400 if os.environ.get("KEEPSIGHT_LONG_TESTS") else 4
CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    house = tmp_path_factory.mktemp("house")
    (house / "media").mkdir()
    app = create_app(
        Settings.model_validate(
            {
                "cloud": {"api_key": "key", "api_secret": "abcd", "access_tokens": ["token"]},
                "storage": {"media": house / "media", "data": house / "data"},
                "models": {"weights": house, "preload": False},
                "catalogue": {"workers": 0},
            }
        )
    )

    async def goes_on(scope: Any, receive: Any, send: Any) -> None:
        """The client begins and ends the application with each call, which may be done once."""
        if scope["type"] != "lifespan":
            return await app(scope, receive, send)
        for phase in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{phase}.complete"})
        return None

    yield schemathesis.openapi.from_asgi("/openapi.json", goes_on)
    asyncio.run(app.delivery.close(5))


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "unfitting"])
def test_the_server_does_what_its_document_says(api: BaseSchema, mode: GenerationMode) -> None:
    tried = 0
    for found in api.get_all_operations():
        operation = found.ok()

        @given(operation.as_strategy(generation_mode=mode))
        @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
        def answered(case: schemathesis.Case) -> None:
            if "cloud" in case.path_parameters:
                case.path_parameters["cloud"] = "demo"  # another one is refused before anything else is looked at
            # A server that is not ready says 503, and means it.
            checks = CHECKS[1:] if case.path == "/ready" else CHECKS
            case.call_and_validate(checks=checks, headers={"Authorization": "Bearer token"})

        with suppress(Unsatisfiable):  # nothing can be wrong about a call without parameters
            answered()
            tried += 1
    assert tried > 40


def test_the_document_tells_of_every_call(tmp_path: Any) -> None:
    (tmp_path / "media").mkdir()
    storage = {"media": tmp_path / "media", "data": tmp_path / "data"}
    settings = {"storage": storage, "models": {"weights": tmp_path, "preload": False}, "catalogue": {"workers": 0}}
    closed = TestClient(create_app(Settings.model_validate(settings))).get("/openapi.json").json()
    cloud = {"cloud": {"api_key": "key", "api_secret": "abcd"}}
    whole = TestClient(create_app(Settings.model_validate(settings | cloud))).get("/openapi.json").json()
    assert not [path for path in closed["paths"] if path.startswith(("/v1_1/", "/v2/"))]
    calls = {(method, path) for path, methods in whole["paths"].items() for method in methods}
    assert {("post", "/v1_1/{cloud}/{resource_type}/upload"), ("post", "/v1_1/{cloud}/resources/search")} <= calls
    assert len(calls) > len(TAKEN)
    search = whole["paths"]["/v1_1/{cloud}/resources/search"]["post"]["requestBody"]["content"]["application/json"]
    assert search["schema"]["properties"]["max_results"]["maximum"] == 500
