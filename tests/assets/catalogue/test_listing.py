from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from keepsight.assets.catalogue import assets, folders, named
from keepsight.assets.catalogue.asset import AssetName, Described
from keepsight.assets.catalogue.database import Database
from keepsight.assets.catalogue.listing import Listing, delete_listed, list_assets
from keepsight.assets.catalogue.named import NamedTransformation, UploadPreset
from keepsight.assets.catalogue.query import And, Everything, How, Match, Not, Or
from keepsight.errors import AlreadyExists, BadRequest, NotFound
from tests.assets.catalogue.catalogue_cases import held, name, placed


def ids(connection: Connection, listing: Listing, most: int = 100) -> list[str]:
    return [asset.name.public_id for asset in list_assets(connection, listing, most).assets]


def every_page(connection: Connection, listing: Listing, most: int) -> list[str]:
    found, cursor = [], None
    while True:
        page = list_assets(connection, listing, most, cursor)
        assert len(page.assets) == most or page.next_cursor is None
        found += [asset.name.public_id for asset in page.assets]
        if (cursor := page.next_cursor) is None:
            return found


def test_filters(database: Database) -> None:
    with database.write() as connection:
        said = Described(asset_folder="pets", tags=("cat",), context={"alt": "Tom", "caption": "x" * 3000})
        tom = placed(connection, "pets/tom", said)
        placed(connection, "pets/rex", Described(asset_folder="pets/dogs", context={"alt": "Rex"}))
        placed(connection, "petsy", Described(moderation=[{"kind": "manual", "status": "pending"}]))
        private = AssetName("image", "private", "secret")
        assets.place(connection, private, held(), Described(tags=("cat",)))
        assets.place(connection, AssetName("raw", "upload", "doc"), held(), Described(tags=("Cat",)))

        assert ids(connection, Listing()) == ["doc", "secret", "petsy", "pets/rex", "pets/tom"]
        assert ids(connection, Listing(ascending=True, resource_type="image")) == [
            "pets/tom",
            "pets/rex",
            "petsy",
            "secret",
        ]
        assert ids(connection, Listing(resource_type="image", type="upload", prefix="pets")) == [
            "pets/rex", "pets/tom", "petsy",
        ]  # fmt: skip
        assert ids(connection, Listing(prefix="pets/")) == ["pets/rex", "pets/tom"]
        assert ids(connection, Listing(prefix="Pets")) == []
        assert ids(connection, Listing(tag="cat")) == ["secret", "pets/tom"]
        assert ids(connection, Listing(tag="cat", type="upload")) == ["pets/tom"]
        assert ids(connection, Listing(context=("alt", None))) == ["pets/rex", "pets/tom"]
        assert ids(connection, Listing(context=("alt", "Tom"))) == ["pets/tom"]
        assert ids(connection, Listing(context=("caption", "x" * 3000))) == ["pets/tom"]
        assert ids(connection, Listing(context=("caption", "x" * 2999))) == []
        assert ids(connection, Listing(moderation=("manual", "pending"))) == ["petsy"]
        assert ids(connection, Listing(asset_folder="pets")) == ["pets/tom"]
        assert ids(connection, Listing(public_ids=("petsy", "nobody"))) == ["petsy"]
        assert ids(connection, Listing(asset_ids=(tom.asset_id,))) == ["pets/tom"]
        assert ids(connection, Listing(created_since=tom.created_at, ascending=True))[0] == "pets/tom"
        assert ids(connection, Listing(created_since=datetime.now(UTC) + timedelta(seconds=1))) == []
        assert ids(connection, Listing(public_ids=())) == []


@pytest.mark.parametrize("listing", [Listing(), Listing(ascending=True), Listing(prefix="a"), Listing(tag="t")])
def test_pages_are_the_whole_each_once(database: Database, listing: Listing) -> None:
    with database.write() as connection:
        for number in range(23):
            placed(connection, f"a/{(number * 7) % 23:02}", Described(tags=("t",)))
        whole = ids(connection, listing)
        assert len(whole) == 23
        for most in (1, 5, 22, 23, 24):
            assert every_page(connection, listing, most) == whole


def test_pages_are_stable_while_assets_come_and_go(database: Database) -> None:
    with database.write() as connection:
        made = [placed(connection, f"a/{number:02}") for number in range(10)]
        first = list_assets(connection, Listing(prefix="a/"), 4)
        assets.delete_assets(connection, [made[1], made[3], made[5]])
        placed(connection, "a/000")
        rest = list_assets(connection, Listing(prefix="a/"), 100, first.next_cursor)
        assert [asset.name.public_id for asset in rest.assets] == ["a/04", "a/06", "a/07", "a/08", "a/09"]


def test_a_cursor_is_good_for_its_own_listing_only(database: Database) -> None:
    with database.write() as connection:
        for number in range(3):
            placed(connection, f"a/{number}")
        cursor = list_assets(connection, Listing(), 1).next_cursor
        assert cursor is not None
        with pytest.raises(BadRequest, match="other parameters"):
            list_assets(connection, Listing(type="upload"), 1, cursor)
        for forged in ("guess", "", cursor + "x", cursor[1:], "WyIiXQ.x", "\ud800"):
            if forged:
                with pytest.raises(BadRequest, match="next_cursor"):
                    list_assets(connection, Listing(), 1, forged)


def test_deleting_in_bulk_goes_on_until_nothing_is_left(database: Database) -> None:
    with database.write() as connection:
        for number in range(7):
            placed(connection, f"pets/{number}", Described(tags=("cat",) if number % 2 else ()))
        placed(connection, "other")
    gone = []
    more = True
    while more:
        with database.write() as connection:
            deleted, more = delete_listed(connection, Listing(prefix="pets/"), 3)
            gone.append(len(deleted))
    assert gone == [3, 3, 1]
    with database.write() as connection:
        assert ids(connection, Listing()) == ["other"]
        assert delete_listed(connection, Listing(tag="cat"), 10) == ((), False)


def test_folders_come_with_assets_and_by_themselves(database: Database) -> None:
    with database.write() as connection:
        asset = placed(connection, "x", Described(asset_folder="pets/cats/tabby"))
        made = folders.make_folder(connection, "empty/deep")
        assert folders.make_folder(connection, "empty/deep") == made
        assert [f.path for f in folders.subfolders(connection)] == ["empty", "pets"]
        assert [f.name for f in folders.subfolders(connection, "pets")] == ["cats"]
        assert [f.path for f in folders.subfolders(connection, most=1, after="empty")] == ["pets"]
        with pytest.raises(NotFound, match="nobody"):
            folders.subfolders(connection, "nobody")
        with pytest.raises(BadRequest, match="not empty"):
            folders.delete_folder(connection, "pets")
        assert folders.delete_folder(connection, "empty") == ("empty", "empty/deep")
        with pytest.raises(NotFound):
            folders.delete_folder(connection, "empty")
        assets.change(connection, asset, lambda said: replace(said, asset_folder="moved"))
        assert folders.delete_folder(connection, "pets") == ("pets", "pets/cats", "pets/cats/tabby")
        assert [f.path for f in folders.subfolders(connection)] == ["moved"]
        for wrong in ("", "/a", "a//b", "a/../b", "a/", "x" * 256, "a\0"):
            with pytest.raises(BadRequest, match="folder"):
                folders.make_folder(connection, wrong)


def test_folders_are_searched(database: Database) -> None:
    with database.write() as connection:
        for path in ("pets/cats", "pets/dogs", "cats", "100%/x_y"):
            folders.make_folder(connection, path)

        def paths(query: object) -> list[str]:
            found, total = folders.search_folders(connection, query, 100)  # type: ignore[arg-type]
            assert total == len(found)
            return [folder.path for folder in found]

        assert paths(Match("path", "pets/cats", How.EXACT)) == ["pets/cats"]
        assert paths(Match("path", "pets/", How.PREFIX)) == ["pets/cats", "pets/dogs"]
        assert paths(Match("name", "cats", How.EXACT)) == ["cats", "pets/cats"]
        assert paths(Match("name", "ca", How.PREFIX)) == ["cats", "pets/cats"]
        assert paths(Match("name", "x_", How.PREFIX)) == ["100%/x_y"]
        assert paths(Match("name", "%", How.PREFIX)) == []
        assert paths(Match("path", "pets/cats")) == ["pets/cats"]
        assert paths(Match(None, "cats")) == ["cats", "pets/cats"]
        assert len(paths(Everything())) == 6
        assert paths(And((Match("name", "cats"), Not(Match("path", "cats", How.EXACT))))) == ["pets/cats"]
        assert paths(Or(())) == []
        assert paths(Match("nothing", "x")) == []
        page, total = folders.search_folders(connection, Everything(), 2, after="cats")
        assert ([folder.path for folder in page], total) == (["pets", "pets/cats"], 6)


def test_named_transformations(database: Database) -> None:
    with database.write() as connection:
        named.make_transformation(connection, NamedTransformation("thumb", "c_thumb,w_100"))
        named.make_transformation(connection, NamedTransformation("art", "e_cartoonify", allowed_for_strict=False))
        with pytest.raises(AlreadyExists, match="thumb"):
            named.make_transformation(connection, NamedTransformation("thumb", "c_fill"))
        named.change_transformation(connection, "thumb", transformation="c_fill")
        named.change_transformation(connection, "art", allowed_for_strict=True)
        found = named.transformation(connection, "thumb")
        assert found is not None
        assert (found.transformation, found.allowed_for_strict) == ("c_fill", True)
        assert [t.name for t in named.list_transformations(connection, 10)] == ["art", "thumb"]
        assert [t.name for t in named.list_transformations(connection, 10, "art")] == ["thumb"]
        named.delete_transformation(connection, "art")
        assert named.transformation(connection, "art") is None
        for gone in (named.delete_transformation, named.change_transformation):
            with pytest.raises(NotFound, match="art"):
                gone(connection, "art")
        with pytest.raises(BadRequest, match="name"):
            named.make_transformation(connection, NamedTransformation("", "c_fill"))


def test_upload_presets(database: Database) -> None:
    with database.write() as connection:
        named.make_preset(connection, UploadPreset("web", {"tags": "web", "eager": ["c_thumb"]}, unsigned=True))
        with pytest.raises(AlreadyExists, match="web"):
            named.make_preset(connection, UploadPreset("web", {}))
        named.change_preset(connection, "web", {"tags": "new"})
        found = named.preset(connection, "web")
        assert found is not None
        assert (found.settings, found.unsigned) == ({"tags": "new"}, True)
        named.change_preset(connection, "web", {}, unsigned=False)
        assert [(p.name, p.unsigned) for p in named.list_presets(connection, 10)] == [("web", False)]
        assert named.list_presets(connection, 10, "web") == ()
        named.delete_preset(connection, "web")
        with pytest.raises(NotFound):
            named.delete_preset(connection, "web")
        with pytest.raises(NotFound):
            named.change_preset(connection, "web", {})


def test_names_in_listings_are_of_letters_not_languages(database: Database) -> None:
    with database.write() as connection:
        for public_id in ("b", "A", "a", "B", "ä", "_", "Z"):
            placed(connection, public_id)
        assert ids(connection, Listing(prefix="")) == ["A", "B", "Z", "_", "a", "b", "ä"]
        assert name("a").folder == ""
