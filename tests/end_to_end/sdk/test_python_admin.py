"""The official Python SDK's api and search against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cloudinary.api
import cloudinary.exceptions
import cloudinary.search
import cloudinary.uploader
import httpx
import pytest
from cloudinary.search_folders import SearchFolders
from PIL import Image

from tests.end_to_end.conftest import Server
from tests.end_to_end.sdk.conftest import pointed_at

api = cloudinary.api


@pytest.fixture(scope="module")
def library(server: Server, picture: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Six assets, in the order of their creation."""
    pointed_at(server)
    tall = tmp_path_factory.mktemp("tall") / "tall.png"
    Image.new("RGB", (20, 60), "green").save(tall)
    return [
        cloudinary.uploader.upload(file, public_id=name, tags=tags, context=context)
        for file, name, tags, context in (
            (picture, "pets/tom", ["cat", "black cat"], {"alt": "a black cat", "licence": "cc"}),
            (picture, "pets/rex", ["dog"], {"alt": "a dog"}),
            (tall, "pets/wild/fox", ["fox"], {"licence": "none"}),
            (tall, "places/wood", ["green"], {}),
            (picture, "places/sea ü,1", ["a b/ü,c".replace(",", " ")], {}),
            (picture, "top", [], {}),
        )
    ]


@pytest.fixture(autouse=True)
def _pointed(sdk: Server, library: list[dict[str, Any]]) -> Iterator[None]:
    yield


def names(answer: dict[str, Any]) -> list[str]:
    return [each["public_id"] for each in answer["resources"]]


def found(expression: str, **more: Any) -> list[str]:
    search = cloudinary.search.Search().expression(expression).sort_by("created_at", "asc")
    return names(search.execute(**more))


def test_system() -> None:
    assert api.ping()["status"] == "ok"
    assert api.usage()["resources"] >= 6
    assert api.usage(date="2025-06")["storage"]["usage"] > 0
    assert api.config()["cloud_name"] == "demo"
    assert api.config(settings=True)["settings"]["folder_mode"] == "fixed"
    assert "image" in api.resource_types()["resource_types"]
    assert api.ping().request_id


def test_listings() -> None:
    assert names(api.resources(max_results=6, direction="asc"))[:2] == ["pets/tom", "pets/rex"]
    assert names(api.resources(type="upload", prefix="pets/", max_results=10)) == [
        "pets/rex",
        "pets/tom",
        "pets/wild/fox",
    ]
    shown = api.resources_by_tag("black cat", tags=True, context=True)["resources"][0]
    assert (shown["public_id"], shown["tags"]) == ("pets/tom", ["cat", "black cat"])
    assert shown["context"]["custom"]["licence"] == "cc"
    assert names(api.resources_by_tag("a b/ü c")) == ["places/sea ü,1"]
    assert sorted(names(api.resources_by_context("licence"))) == ["pets/tom", "pets/wild/fox"]
    assert names(api.resources_by_context("licence", "none")) == ["pets/wild/fox"]
    assert sorted(names(api.resources_by_ids(["top", "pets/tom", "nothing"]))) == ["pets/tom", "top"]
    ids = [api.resource(name)["asset_id"] for name in ("top", "pets/tom")]
    assert sorted(names(api.resources_by_asset_ids(ids))) == ["pets/tom", "top"]
    assert sorted(names(api.resources_by_asset_folder("pets"))) == ["pets/rex", "pets/tom"]
    assert names(api.resources_by_moderation("manual", "pending")) == []
    assert api.resources(fields="tags", max_results=1)["resources"][0].keys() == {"asset_id", "public_id", "tags"}
    assert names(api.resources(resource_type="raw")) == []


def test_pages() -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.resources(max_results=2, direction="asc", **cursor)
        seen += names(page)
        if "next_cursor" not in page:
            break
        cursor = {"next_cursor": page["next_cursor"]}
    assert seen == names(api.resources(max_results=100, direction="asc"))
    assert len(set(seen)) == len(seen) == 6
    with pytest.raises(cloudinary.exceptions.BadRequest, match="next_cursor"):
        api.resources(max_results=2, next_cursor="forged")


def test_details(library: list[dict[str, Any]]) -> None:
    details = api.resource(
        "places/sea ü,1", colors=True, phash=True, image_metadata=True, faces=True, coordinates=True
    )
    assert details["colors"]
    assert len(details["phash"]) == 16
    assert details["image_metadata"]["FileType"] == "JPEG"
    assert details["faces"] == []
    assert details["derived"] == []
    assert api.resource_by_asset_id(library[0]["asset_id"])["public_id"] == "pets/tom"
    for unknown in (lambda: api.resource("nothing"), lambda: api.resource_by_asset_id("0" * 32)):
        with pytest.raises(cloudinary.exceptions.NotFound, match="Resource not found"):
            unknown()


def test_update(picture: Path) -> None:
    cloudinary.uploader.upload(picture, public_id="up/date", tags=["a"])
    changed = api.update(
        "up/date",
        tags=["b", "c"],
        context={"alt": "x|y"},
        metadata={"sku": "1"},
        display_name="Up",
        asset_folder="else",
        phash=True,
    )
    assert (changed["tags"], changed["context"]["custom"], changed["metadata"]) == (
        ["b", "c"],
        {"alt": "x|y"},
        {"sku": "1"},
    )
    assert (changed["display_name"], changed["asset_folder"]) == ("Up", "else")
    assert api.update("up/date", tags="")["tags"] == []
    for options, said in (
        ({"ocr": "adv_ocr"}, "does not offer it"),
        ({"auto_tagging": 0.5}, "auto_tagging goes with detection"),
        ({"detection": "nobody"}, "there is no such model"),
        ({"detection": "lvis"}, "weights of lvis are not installed"),
    ):
        with pytest.raises(cloudinary.exceptions.BadRequest, match=said):
            api.update("up/date", **options)
    api.delete_resources(["up/date"])


def test_deleting(picture: Path) -> None:
    def make(*public_ids: str, **options: Any) -> None:
        for public_id in public_ids:
            cloudinary.uploader.upload(picture, public_id=public_id, eager="c_scale,w_10|c_scale,w_20/png", **options)

    make("d/1", "d/2", "d/3", "d/4", tags=["doomed"])
    gone = api.delete_resources(["d/1", "nothing"])
    assert gone["deleted"] == {"d/1": "deleted", "nothing": "not_found"}
    assert gone["deleted_counts"] == {"d/1": {"original": 1, "derived": 2}}
    kept = api.delete_resources(["d/2"], keep_original=True)
    assert kept["deleted_counts"] == {"d/2": {"original": 0, "derived": 2}}
    assert api.resource("d/2")["derived"] == []
    api.delete_derived_by_transformation(["d/3"], [{"width": 20, "crop": "scale", "format": "png"}])
    derived = api.resource("d/3")["derived"]
    assert [each["transformation"] for each in derived] == ["c_scale,w_10"]
    image = derived[0]["id"]
    assert api.delete_derived_resources([image, "f" * 32])["deleted"] == {image: "deleted", "f" * 32: "not_found"}
    asset_id = api.resource("d/2")["asset_id"]
    assert api.delete_resources_by_asset_ids([asset_id])["deleted"] == {"d/2": "deleted"}
    assert api.delete_resources_by_prefix("d/3")["deleted"] == {"d/3": "deleted"}
    assert api.delete_resources_by_tag("doomed")["deleted"] == {"d/4": "deleted"}
    make("private/1", "private/2", type="private")
    assert len(api.delete_all_resources(type="private")["deleted"]) == 2


def test_tags() -> None:
    assert api.tags(max_results=100)["tags"][0] == "a b/ü c"
    assert api.tags(prefix="bl")["tags"] == ["black cat"]
    first = api.tags(max_results=2)
    assert len(first["tags"]) == 2
    assert api.tags(max_results=100, next_cursor=first["next_cursor"])["tags"][0] not in first["tags"]


def test_folders(picture: Path) -> None:
    assert {each["name"] for each in api.root_folders(max_results=100)["folders"]} >= {"pets", "places"}
    assert [each["path"] for each in api.subfolders("pets")["folders"]] == ["pets/wild"]
    made = api.create_folder("f/one/two")
    assert (made["success"], made["path"], made["name"]) == (True, "f/one/two", "two")
    cloudinary.uploader.upload(picture, public_id="f/one/tom")
    with pytest.raises(cloudinary.exceptions.BadRequest, match="not empty"):
        api.delete_folder("f")
    moved = api.rename_folder("f/one", "g/uno")
    assert moved["from"]["path"], moved["to"]["path"] == ("f/one", "g/uno")
    assert api.resource("g/uno/tom")["asset_folder"] == "g/uno"
    assert [each["path"] for each in api.subfolders("g/uno")["folders"]] == ["g/uno/two"]
    api.delete_resources(["g/uno/tom"])
    assert sorted(api.delete_folder("g")["deleted"]) == ["g", "g/uno", "g/uno/two"]
    for call in (
        lambda: api.subfolders("nowhere"),
        lambda: api.delete_folder("nowhere"),
        lambda: api.rename_folder("nowhere", "x"),
    ):
        with pytest.raises(cloudinary.exceptions.NotFound, match="Can't find folder"):
            call()
    answer = SearchFolders().expression('path="pets"').execute()
    assert (answer["total_count"], answer["folders"][0]["path"]) == (1, "pets")


def test_transformations() -> None:
    assert api.create_transformation("small", {"width": 10, "crop": "scale"})["message"] == "created"
    with pytest.raises(cloudinary.exceptions.AlreadyExists):
        api.create_transformation("small", "c_scale,w_11")
    listed = {each["name"]: each for each in api.transformations(max_results=100)["transformations"]}
    assert listed["t_small"]["named"] is True
    assert api.transformation("small")["info"] == [{"c": "scale", "w": "10"}]
    assert api.update_transformation("small", unsafe_update={"width": 12, "crop": "scale"})["message"] == "updated"
    assert api.transformation("t_small")["transformation"] == "c_scale,w_12"
    api.update_transformation("c_scale,w_77", allowed_for_strict=True)
    assert api.transformation("c_scale,w_77")["allowed_for_strict"] is True
    assert api.delete_transformation("small")["message"] == "deleted"
    with pytest.raises(cloudinary.exceptions.NotFound):
        api.transformation("small")
    with pytest.raises(cloudinary.exceptions.NotFound):
        api.delete_transformation("small")
    with pytest.raises(cloudinary.exceptions.BadRequest, match="Invalid"):
        api.create_transformation("bad", "c_nothing,w_1")
    with pytest.raises(cloudinary.exceptions.BadRequest, match="expected letters"):
        api.create_transformation("a/b", "c_scale,w_1")


def test_named_transformations_are_used(picture: Path) -> None:
    api.create_transformation("tiny", {"width": 9, "crop": "scale"})
    made = cloudinary.uploader.upload(picture, public_id="named", eager="t_tiny")
    assert made["eager"][0]["width"] == 9
    api.delete_resources(["named"])


def test_presets() -> None:
    assert (
        api.create_upload_preset(name="p1", folder="x", tags="a,b", context={"k": "v"}, unsigned=True)["name"] == "p1"
    )
    unnamed = api.create_upload_preset(folder="y")["name"]
    shown = api.upload_preset("p1")
    assert shown["unsigned"] is True
    assert shown["settings"] == {"folder": "x", "tags": ["a", "b"], "context": {"k": "v"}}
    api.update_upload_preset("p1", colors=True, disallow_public_id=True, **shown["settings"])
    assert api.upload_preset("p1")["settings"]["colors"] is True
    assert {each["name"] for each in api.upload_presets(max_results=100)["presets"]} >= {"p1", unnamed}
    with pytest.raises(cloudinary.exceptions.AlreadyExists):
        api.create_upload_preset(name="p1")
    with pytest.raises(cloudinary.exceptions.BadRequest, match="Invalid eager 'c_nothing'"):
        api.create_upload_preset(name="p2", eager="c_nothing")
    assert api.delete_upload_preset("p1")["message"] == "deleted"
    with pytest.raises(cloudinary.exceptions.NotFound, match="Can't find upload preset with name p1"):
        api.upload_preset("p1")


@pytest.mark.parametrize(
    ("expression", "ids"),
    [
        ("tags=cat", ["pets/tom"]),
        ("tags:black", ["pets/tom"]),
        ('tags="black cat"', ["pets/tom"]),
        ("tags:d*", ["pets/rex"]),
        ("folder=pets", ["pets/tom", "pets/rex"]),
        ('folder:"pets/*"', ["pets/tom", "pets/rex", "pets/wild/fox"]),
        ("context.alt:black", ["pets/tom"]),
        ("context.licence=none", ["pets/wild/fox"]),
        ("public_id:pets/r*", ["pets/rex"]),
        ("format=png", ["pets/wild/fox", "places/wood"]),
        ("width>100 AND tags:(cat OR dog)", ["pets/tom", "pets/rex"]),
        ("width:[10 TO 20]", ["pets/wild/fox", "places/wood"]),
        ("aspect_ratio<1 AND NOT folder:places", ["pets/wild/fox"]),
        ("uploaded_at>1d AND -format=jpg", ["pets/wild/fox", "places/wood"]),
        ("uploaded_at<1d", []),
        ("nothing_known:x", []),
        ('display_name="tom"', ["pets/tom"]),
    ],
)
def test_search(expression: str, ids: list[str]) -> None:
    assert found(expression) == ids


def test_search_besides() -> None:
    answer = (
        cloudinary.search.Search()
        .expression("resource_type:image")
        .sort_by("public_id", "desc")
        .aggregate("format")
        .aggregate({"type": "width", "ranges": [{"key": "small", "to": 100}, {"key": "large", "from": 100}]})
        .with_field("tags")
        .with_field("context")
        .max_results(2)
        .execute()
    )
    assert answer["total_count"] == 6
    assert names(answer) == ["top", "places/wood"]
    assert answer["resources"][1]["tags"] == ["green"]
    assert answer["aggregations"] == {"format": {"jpg": 4, "png": 2}, "width": {"small": 2, "large": 4}}
    more = cloudinary.search.Search().expression("resource_type:image").sort_by("public_id", "desc")
    page = more.max_results(2).next_cursor(answer["next_cursor"]).execute()
    assert names(page)[0] not in names(answer)
    only = cloudinary.search.Search().expression("tags=cat").fields("tags").execute()["resources"][0]
    assert only.keys() == {"asset_id", "public_id", "tags"}


def test_search_faults(sdk: Server) -> None:
    with pytest.raises(cloudinary.exceptions.BadRequest, match=r"Query Error \(at position 6\)"):
        found("tags:*x")
    for body, said in (
        ({"sort_by": [{"created_at": "up"}]}, "expected asc or desc"),
        ({"sort_by": [{"nothing": "asc"}]}, "no such field"),
        ({"max_results": 501}, "less than or equal to 500"),
        ({"max_results": "many"}, "Invalid max_results"),
        ({"expresion": "a"}, "Unknown parameter expresion (expected expression?)"),
        ({"with_field": ["everything"]}, "Invalid with_field"),
        ({"next_cursor": "x"}, "next_cursor"),
        ({"aggregate": [{"type": "format", "ranges": [{"key": "a", "to": 1}]}]}, "has no ranges"),
    ):
        answer = httpx.post(f"{sdk.url}/v1_1/demo/resources/search", json=body, auth=("key", "abcd"))
        assert (answer.status_code, said in answer.json()["error"]["message"]) == (400, True), answer.text


def test_credentials() -> None:
    for options, said in (
        ({"api_secret": "wrong"}, "api_secret mismatch"),
        ({"api_key": "wrong"}, "unknown api_key wrong"),
        ({"cloud_name": "other"}, "Invalid cloud_name other"),
    ):
        with pytest.raises(cloudinary.exceptions.AuthorizationRequired, match=said):
            api.ping(**options)


def test_what_is_not_offered() -> None:
    with pytest.raises(cloudinary.exceptions.NotFound, match="not offered by this server"):
        api.upload_mappings()
    with pytest.raises(cloudinary.exceptions.BadRequest, match="Backups are not kept"):
        api.restore(["top"])
