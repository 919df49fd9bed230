"""What was made eagerly needs no signature; named transformations of the catalogue; what strict mode lets through."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import cloudinary
import cloudinary.api
import cloudinary.uploader
import cloudinary.utils
import httpx
import pytest
from PIL import Image

from tests.end_to_end.conftest import Server, Start
from tests.end_to_end.sdk.conftest import pointed_at, secrets


@pytest.fixture(scope="module")
def servers(start: Start, tmp_path_factory: pytest.TempPathFactory) -> tuple[Server, Server]:
    """Two processes at one catalogue; every transformation has to be signed."""
    media, shared = tmp_path_factory.mktemp("media"), tmp_path_factory.mktemp("shared")
    settings = secrets(
        KEEPSIGHT_SECURITY__STRICT_TRANSFORMATIONS="true",
        KEEPSIGHT_CATALOGUE__URL=f"sqlite:///{shared}/catalogue.sqlite",
        KEEPSIGHT_STORAGE__ORIGINALS=str(shared / "originals"),
        KEEPSIGHT_TRANSFORMATIONS='{"small": "c_scale,w_9"}',
    )
    return start(media, **settings), start(media, **settings)


@pytest.fixture(autouse=True)
def sdk(servers: tuple[Server, Server]) -> Iterator[None]:
    pointed_at(servers[0])
    yield
    cloudinary.reset_config()


def statuses(servers: tuple[Server, Server], transformation: str, public_id: str) -> list[int]:
    return [server.image(transformation, public_id).status_code for server in servers]


def width(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.headers.get("x-cld-error")
    return Image.open(io.BytesIO(answer.content)).width


def test_eager_images_are_served_unsigned(servers: tuple[Server, Server], picture: Path) -> None:
    eager = ["c_scale,w_30", "c_fill,g_auto:dog,h_20,w_20/png", "c_scale,w_40/e_sepia"]
    made = cloudinary.uploader.upload(picture, public_id="ahead", eager=eager)
    for entry in made["eager"]:
        assert width(httpx.get(entry["url"])) == entry["width"]
    first = servers[0].image("c_scale,w_30", "ahead.jpg")
    assert first.headers["x-cache"] == "hit"
    assert first.content == servers[0].image("c_scale,w_30", "ahead").content
    for same in ("w_30,c_scale", "c_scale,w_40/e_sepia", "w_40,c_scale/e_sepia"):
        assert statuses(servers, same, "ahead.jpg") == [200, 200]
    for other in ("c_scale,w_31", "c_scale,w_30/e_sepia", "e_sepia", "c_fill,g_auto:dog,h_20,w_20"):
        assert statuses(servers, other, "ahead.jpg") == [401, 401]
    assert statuses(servers, "c_scale,w_30", "ahead.png") == [401, 401]
    assert statuses(servers, "c_fill,g_auto:dog,h_20,w_20", "ahead.png") == [200, 200]
    cloudinary.uploader.upload(picture, public_id="not ahead")
    assert statuses(servers, "c_scale,w_30", "not ahead.jpg") == [401, 401]


def test_what_is_no_longer_noted_needs_a_signature_again(servers: tuple[Server, Server], picture: Path) -> None:
    cloudinary.uploader.upload(picture, public_id="noted", eager=["c_scale,w_33", "c_scale,w_34", "c_scale,w_35"])
    wanted = ("c_scale,w_33", "c_scale,w_34", "c_scale,w_35")
    assert [statuses(servers, each, "noted.jpg") for each in wanted] == [[200, 200]] * 3
    ids = {each["transformation"]: each["id"] for each in cloudinary.api.resource("noted")["derived"]}
    cloudinary.api.delete_derived_resources([ids["c_scale,w_33"]])
    assert [statuses(servers, each, "noted.jpg") for each in wanted] == [[401, 401], [200, 200], [200, 200]]
    cloudinary.api.delete_derived_by_transformation("noted", "c_scale,w_34")
    assert [statuses(servers, each, "noted.jpg") for each in wanted] == [[401, 401], [401, 401], [200, 200]]
    cloudinary.uploader.upload(picture, public_id="noted")
    assert statuses(servers, "c_scale,w_35", "noted.jpg") == [401, 401]


def test_other_coordinates_make_it_anew(servers: tuple[Server, Server], picture: Path) -> None:
    crop = "c_crop,g_custom,h_40,w_40"
    cloudinary.uploader.upload(picture, public_id="moved", custom_coordinates=[[0, 0, 40, 40]], eager=[crop])
    assert [s.image(crop, "moved.jpg").headers["x-crop-box"] for s in servers] == ["0,0,40,40"] * 2
    cloudinary.uploader.explicit("moved", type="upload", custom_coordinates=[[200, 100, 40, 40]])
    assert [s.image(crop, "moved.jpg").headers["x-crop-box"] for s in servers] == ["200,100,40,40"] * 2


def test_it_is_made_again_where_the_cache_has_lost_it(servers: tuple[Server, Server], picture: Path) -> None:
    cloudinary.uploader.upload(picture, public_id="lost", eager=["c_scale,w_36"])
    other = servers[1].image("c_scale,w_36", "lost.jpg")
    assert (width(other), other.headers["x-cache"]) == (36, "miss")


def test_authenticated_pictures_stay_closed(servers: tuple[Server, Server], picture: Path) -> None:
    for kind, status in (("authenticated", 401), ("private", 200)):
        made = cloudinary.uploader.upload(picture, public_id="closed", type=kind, eager=["c_scale,w_37"])
        path = f"/demo/image/{kind}/c_scale,w_37/v{made['version']}/closed.jpg"
        assert [server.get(path).status_code for server in servers] == [status, status]
        signed, _ = cloudinary.utils.cloudinary_url(
            "closed.jpg", type=kind, raw_transformation="c_scale,w_37", sign_url=True
        )
        assert httpx.get(signed).status_code == 200


def test_names_of_the_catalogue(servers: tuple[Server, Server], picture: Path) -> None:
    cloudinary.uploader.upload(picture, public_id="named")
    assert statuses(servers, "t_badge", "named.jpg") == [400, 400]
    cloudinary.api.create_transformation("badge", "c_scale,w_50")
    assert [width(server.image("t_badge", "named.jpg")) for server in servers] == [50, 50]
    cloudinary.api.update_transformation("badge", unsafe_update="c_scale,w_51")
    assert [width(server.image("t_badge", "named.jpg")) for server in servers] == [51, 51]
    assert statuses(servers, "c_scale,w_51", "named.jpg") == [401, 401]
    cloudinary.api.update_transformation("badge", allowed_for_strict=False)
    assert statuses(servers, "t_badge", "named.jpg") == [401, 401]
    cloudinary.api.delete_transformation("badge")
    assert statuses(servers, "t_badge", "named.jpg") == [400, 400]


def test_names_of_the_catalogue_stand_above_those_of_the_configuration(
    servers: tuple[Server, Server], picture: Path
) -> None:
    cloudinary.uploader.upload(picture, public_id="both")
    signed, _ = cloudinary.utils.cloudinary_url("both.jpg", raw_transformation="t_small", sign_url=True)
    assert width(httpx.get(signed)) == 9
    cloudinary.api.create_transformation("small", "c_scale,w_52")
    assert width(httpx.get(signed)) == 52
    cloudinary.api.delete_transformation("small")
    assert width(httpx.get(signed)) == 9


def test_what_strict_mode_lets_through(servers: tuple[Server, Server], picture: Path) -> None:
    cloudinary.uploader.upload(picture, public_id="strict")
    assert statuses(servers, "c_scale,w_60", "strict.jpg") == [401, 401]
    cloudinary.api.update_transformation("c_scale,w_60", allowed_for_strict=True)
    assert statuses(servers, "c_scale,w_60", "strict.jpg") == [200, 200]
    assert statuses(servers, "c_scale,w_61", "strict.jpg") == [401, 401]
    cloudinary.api.update_transformation("c_scale,w_60", allowed_for_strict=False)
    assert statuses(servers, "c_scale,w_60", "strict.jpg") == [401, 401]
