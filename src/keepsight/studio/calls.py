"""What the page calls: from requests to the rooms that know the answer, in threads of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import Field
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from keepsight import __version__
from keepsight.api.form import received
from keepsight.api.parsing import Parameters, parsed
from keepsight.budget import Budget
from keepsight.errors import BadRequest
from keepsight.settings import Settings
from keepsight.studio import listing, looking
from keepsight.studio.cropping import TRY, Cropping
from keepsight.studio.darkroom import Darkroom, Subject
from keepsight.studio.dropped import DropBox
from keepsight.studio.requests import allowed_by, base_of, decoded, wish_of
from keepsight.studio.wishes import CropWish, DetectWish, PictureWish
from keepsight.telemetry.timing import Stopwatch

if TYPE_CHECKING:  # what the catalogue is made of comes with a secret only
    from keepsight.api.library import Library

Given = TypeVar("Given")
Endpoint = Callable[[Request], Awaitable[Response]]
Json = dict[str, Any]


class _Photo(Parameters):
    photo: str


class _Page(Parameters):
    q: Annotated[str, Field(max_length=200)] = ""
    after: Annotated[str, Field(max_length=4_096)] = ""
    most: Annotated[int, Field(ge=1, le=500)] = 48


class _View(_Photo):
    side: Annotated[int, Field(ge=16, le=2_048)] = 1_280


class Calls:
    """Every call but those of the door."""

    def __init__(
        self, settings: Settings, darkroom: Darkroom, box: DropBox, library: Library | None, budget: Budget
    ) -> None:
        self._settings, self._darkroom, self._box, self._library = settings, darkroom, box, library
        self._cropping = Cropping(settings, darkroom)
        self._allowed = allowed_by(settings)
        self._budget = budget

    async def about(self, _: Request) -> Response:
        """What this server is, as far as the page differs by it."""
        settings, registry = self._settings, self._darkroom.analyst.registry
        models = [
            {"name": state.exact, "state": state.state, "capabilities": registry.model(state.exact).capabilities}
            for state in registry.models
            if state.card is not None and state.card.task in looking.TASKS
        ]
        return JSONResponse(
            {
                "version": __version__,
                "cloud": settings.cloud.name,
                "development": settings.development,
                "apis": self._library is not None,
                "dropped_hours": round(settings.studio.dropped_age / 3_600, 1),
                "models": models,
            }
        )

    async def photos(self, request: Request) -> Response:
        """A page of the media folder."""
        asked = parsed(_Page, dict(request.query_params))
        find = partial(listing.pictures, contains=asked.q, after=asked.after, most=asked.most)
        page = await self._work(find, self._settings.storage.media)
        return JSONResponse({"photos": [f"upload/{name}" for name in page.names], "after": page.after})

    async def view(self, request: Request) -> Response:
        """A photo as the page shows it: whole, at most `side` pixels long."""
        asked = parsed(_View, dict(request.query_params))
        subject = Subject.of(asked.photo)
        etag = await self._work(self._darkroom.etag, subject, asked.side)
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        side = str(asked.side)
        component = {"c": "limit", "w": side, "h": side, "f": "webp", "q": "80"}
        derived = (await self._work(self._darkroom.show, subject, component)).made.derived
        return Response(derived.body, media_type=derived.content_type, headers=headers)

    async def attempt(self, request: Request) -> Response:
        """What a delivery path would give, without a signature and without keeping it."""
        type_ = request.path_params["type"]
        raw_path = request.scope["raw_path"].decode("latin-1").removeprefix(f"{TRY}/{type_}")
        show = partial(self._darkroom.show_path, raw_path, dropped=type_ == "dropped")
        derived = (await self._work(show)).made.derived
        headers = {"Cache-Control": "private, max-age=60", "X-Crop-Box": derived.crop_box}
        return Response(derived.body, media_type=derived.content_type, headers=headers)

    async def frame(self, request: Request) -> Response:
        """A page with nothing but the art-directed picture, to be shown in frames of several widths."""
        wish = decoded(request.query_params.get("wish", ""), PictureWish)
        markup = await self._work(self._cropping.framed, wish)
        style = '<link rel="stylesheet" href="/studio/static/css/frame.css">'
        page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Picture</title>{style}<body>{markup}'
        return HTMLResponse(page, headers={"Cache-Control": "no-store"})

    async def nearest(self, request: Request) -> Response:
        """For a word that no model knows: those that look like it."""
        query = self._darkroom.analyst.registry.resolve(request.query_params.get("word", "")[:100])
        return JSONResponse({"known": query.known, "nearest": query.nearest})

    async def drop(self, request: Request) -> Response:
        """Take a photo that was dropped: the part `file` of a form."""
        async with received(request, self._allowed) as body:
            if body.file is None:
                raise BadRequest("Missing required parameter - file")
            taken = await self._work(lambda path: self._box.take(path.read_bytes()), body.file.path)
        size = {"width": taken.header.width, "height": taken.header.height}
        return JSONResponse({"photo": f"dropped/{taken.name}", **size})

    async def seen(self, request: Request) -> Response:
        """What is in a photo, to choose from."""
        asked = await wish_of(request, _Photo, self._allowed)
        return JSONResponse(await self._work(looking.suggestions, asked.photo, self._darkroom))

    async def detect(self, request: Request) -> Response:
        """What one model sees in a photo."""
        return JSONResponse(
            await self._work(looking.detect, await wish_of(request, DetectWish, self._allowed), self._darkroom)
        )

    async def crop(self, request: Request) -> Response:
        """A crop, its addresses and its reasons."""
        return JSONResponse(
            await self._work(self._cropping.crop, await wish_of(request, CropWish, self._allowed), base_of(request))
        )

    async def picture(self, request: Request) -> Response:
        """The markup of an art-directed picture."""
        wish = await wish_of(request, PictureWish, self._allowed)
        return JSONResponse(await self._work(self._cropping.picture, wish, base_of(request)))

    async def shelf(self, request: Request) -> Response:
        """One action of the library."""
        library = self._with_apis()
        from keepsight.studio import shelf  # noqa: PLC0415 - brings the catalogue along

        call = await wish_of(request, shelf.ShelfCall, self._allowed)
        act = partial(shelf.act, request.path_params["action"], call, library, base_of(request))
        return JSONResponse(await self._work(act))

    async def upload(self, request: Request) -> Response:
        """Bring a picture into the library."""
        library = self._with_apis()
        from keepsight.studio import shelf  # noqa: PLC0415 - brings the catalogue along

        async with received(request, self._allowed) as body:
            return JSONResponse(await self._work(shelf.bring, body, library, base_of(request)))

    def _with_apis(self) -> Library:
        if self._library is None:
            raise BadRequest("The library is read-only here: set cloud.api_key and cloud.api_secret to upload and tag")
        return self._library

    async def _work(self, do: Callable[..., Given], *arguments: Any) -> Given:
        """As many pictures at once as delivery makes, in threads of their own. Raises Unavailable."""
        return await self._budget.run(Stopwatch(self._settings.limits.deadline), do, *arguments)
