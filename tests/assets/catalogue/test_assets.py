"""The contract of the catalogue, over SQLite and a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from keepsight.assets.catalogue import assets, derived, garbage, tokens, uploads, usage
from keepsight.assets.catalogue.asset import AssetName, Described
from keepsight.assets.catalogue.database import Database, open_database
from keepsight.assets.catalogue.derived import NewDerived
from keepsight.assets.catalogue.uploads import Part
from keepsight.assets.coordinates import NONE, Coordinates
from keepsight.errors import AlreadyExists, BadRequest, ConfigurationError, NotFound
from tests.assets.catalogue.catalogue_cases import held, name, placed

LATER = timedelta(seconds=1)
SAID = Described(
    asset_folder="pets/cats",
    display_name="Tom the cat",
    tags=("cat", "tabby", "ünïcode 🐈"),
    context={"caption": "A cat = a | b", "alt": "Tom"},
    metadata={"sku": "T-1", "sizes": ["s", "m"], "count": 3},
    custom_coordinates=((1.0, 2.0, 3.0, 4.0),),
    face_coordinates=((5.5, 6.0, 7.0, 8.0), (0.0, 0.0, 1.0, 1.0)),
    face_count=2,
    info={"detection": {"object_detection": {"status": "complete"}}},
    colours={"colors": [["#152E02", 7.9]], "predominant": {"google": [["green", 52.9]]}},
    image_metadata={"Make": "Canon"},
    phash="ba7a4f2c9d1e0b35",
    access_control=[{"access_type": "token"}],
    moderation=[{"kind": "manual", "status": "pending"}],
    status="pending",
)


def garbage_of(database: Database) -> set[str]:
    with database.read() as connection:
        return set(garbage.thrown_away(connection, datetime.now(UTC) + LATER, 1000))


def test_all_that_is_said_comes_back(database: Database) -> None:
    bytes_ = held(pages=3, original_filename="tom.JPG")
    with database.write() as connection:
        made = assets.place(connection, name("pets/cats/tom"), bytes_, SAID).asset
    with database.read() as connection:
        found = assets.find(connection, name("pets/cats/tom"))
        assert found == made
        assert assets.find_by_asset_id(connection, made.asset_id) == made
        assert assets.find_many(connection, [name("pets/cats/tom"), name("nobody")]) == {made.name: made}
    assert made.held == bytes_
    assert made.described == SAID
    assert made.coordinates == Coordinates(SAID.custom_coordinates, SAID.face_coordinates)
    assert made.created_at.tzinfo is UTC
    assert abs(made.created_at - datetime.now(UTC)) < timedelta(seconds=10)


def test_names_differ_by_type_and_case(database: Database) -> None:
    names = [
        AssetName(r, t, p) for r in ("image", "raw") for t in ("upload", "private") for p in ("tom", "Tom", "ｔom")
    ]
    with database.write() as connection:
        made = {n: assets.place(connection, n, held(), Described()).asset for n in names}
    with database.read() as connection:
        assert assets.find_many(connection, names) == made
        assert len({asset.asset_id for asset in made.values()}) == len(names)


def test_a_row_that_an_older_version_wrote_in_the_other_normal_form_is_found(database: Database) -> None:
    composed, decomposed = name("K\u00fcche"), name("Ku\u0308che")
    assert composed == decomposed
    with database.write() as connection:
        before = assets.place(connection, decomposed, held(), Described()).asset
        connection.execute(text("UPDATE assets SET public_id = :id"), {"id": "Ku\u0308che"})
        assert assets.find(connection, composed) == before
        assert assets.find_many(connection, [composed]) == {composed: before}
        again = assets.place(connection, composed, held(), Described())
        assert (again.before, again.asset.asset_id) == (before, before.asset_id)
        assert assets.rename(connection, composed, name("T\u00fcr")).asset_id == before.asset_id


def test_an_overwrite_is_the_same_asset_with_other_bytes(database: Database) -> None:
    with database.write() as connection:
        first = placed(connection, "tom", SAID)
        derived.record(connection, first, NewDerived("c_thumb", "jpg", 10, key="derived/1"))
    with database.write() as connection:
        second = assets.place(
            connection, name("tom"), held(), lambda before: replace(SAID, tags=(*before.described.tags, "x"))
        )
    assert second.before == first
    asset = second.asset
    assert (asset.id, asset.asset_id, asset.created_at) == (first.id, first.asset_id, first.created_at)
    assert asset.version > first.version
    assert asset.uploaded_at > first.uploaded_at
    assert asset.generation != first.generation
    assert asset.version_id != first.version_id
    assert asset.described.tags == (*SAID.tags, "x")
    assert garbage_of(database) == {first.held.key, "derived/1"}
    with database.read() as connection:
        assert derived.derived_of(connection, asset.id) == ()


def test_what_must_not_be_overwritten_stays(database: Database) -> None:
    with database.write() as connection:
        first = placed(connection, "tom")
        again = assets.place(connection, name("tom"), held(), SAID, overwrite=False)
    assert (again.asset, again.placed) == (first, False)
    assert garbage_of(database) == set()


def test_a_change_sees_what_is_there_and_invalidates_only_what_it_must(database: Database) -> None:
    with database.write() as connection:
        asset = placed(connection, "tom", Described(tags=("cat",)))
        made = derived.record(connection, asset, NewDerived("c_thumb", "", 10, key="derived/1"))
    assert made is not None
    with database.write() as connection:
        tagged = assets.change(connection, asset, lambda said: replace(said, tags=(*said.tags, "tabby", "cat")))
    assert tagged.described.tags == ("cat", "tabby")
    assert tagged.generation == asset.generation
    assert tagged.updated_at > asset.updated_at
    with database.write() as connection:
        seen = assets.change(connection, asset, lambda said: replace(said, face_coordinates=((1.0, 2.0, 3.0, 4.0),)))
    assert seen.described.tags == ("cat", "tabby"), "it begins from what is there, not from what the caller knew"
    assert seen.generation != asset.generation
    assert seen.coordinates.faces == ((1.0, 2.0, 3.0, 4.0),)
    with database.read() as connection:
        stale = derived.find(connection, asset.id, "c_thumb", "")
    assert stale is not None, "it stays allowed"
    assert (stale.key, stale.generation) == (None, asset.generation)
    assert garbage_of(database) == {"derived/1"}
    with database.write() as connection:
        assert assets.change(connection, seen, lambda said: said) == seen


@pytest.mark.parametrize("what", ["access_mode", "status"])
def test_another_access_invalidates(database: Database, what: str) -> None:
    with database.write() as connection:
        asset = placed(connection, "tom")
        changed = assets.change(connection, asset, lambda said: replace(said, **{what: "other"}))
    assert changed.generation != asset.generation


def test_rename_moves_everything_and_leaves_nothing(database: Database) -> None:
    with database.write() as connection:
        asset = placed(connection, "pets/tom", replace(SAID, asset_folder="pets"))
        derived.record(connection, asset, NewDerived("c_thumb", "", 10, key="derived/1"))
        renamed = assets.rename(connection, name("pets/tom"), name("stars/tom", kind="private"))
    assert renamed.asset_id == asset.asset_id
    assert (renamed.version, renamed.held) == (asset.version, asset.held)
    assert renamed.generation != asset.generation
    assert renamed.described.asset_folder == "stars"
    assert renamed.described.tags == SAID.tags
    assert garbage_of(database) == {"derived/1"}
    with database.read() as connection:
        assert assets.find(connection, name("pets/tom")) is None
        assert assets.find(connection, name("stars/tom", kind="private")) == renamed
        assert derived.derived_of(connection, asset.id) == ()


def test_rename_onto_another_one(database: Database) -> None:
    with database.write() as connection:
        tom, rex = placed(connection, "tom"), placed(connection, "rex")
    with pytest.raises(AlreadyExists, match="rex already exists"), database.write() as connection:
        assets.rename(connection, name("tom"), name("rex"))
    with database.write() as connection:
        renamed = assets.rename(connection, name("tom"), name("rex"), overwrite=True)
    assert renamed.asset_id == tom.asset_id
    assert garbage_of(database) == {rex.held.key}
    with pytest.raises(NotFound, match="tom"), database.write() as connection:
        assets.rename(connection, name("tom"), name("elsewhere"))
    with database.write() as connection:
        assert assets.rename(connection, name("rex"), name("rex")) == renamed


def test_deleting_throws_the_bytes_away_and_a_new_one_is_another(database: Database) -> None:
    with database.write() as connection:
        asset = placed(connection, "tom", SAID)
        derived.record(connection, asset, NewDerived("c_thumb", "", 10, key="derived/1"))
        token = tokens.issue_token(connection, asset)
        assets.delete_assets(connection, [asset])
        assets.delete_assets(connection, [asset])
        assert tokens.redeem_token(connection, token) is None
        assert assets.find(connection, name("tom")) is None
        again = placed(connection, "tom")
    assert again.asset_id != asset.asset_id
    assert again.generation != asset.generation
    assert garbage_of(database) == {asset.held.key, "derived/1"}
    with pytest.raises(NotFound), database.write() as connection:
        assets.change(connection, asset, lambda said: said)


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as connection:
        placed(connection, "tom", SAID)
        raise RuntimeError
    with database.read() as connection:
        assert assets.find(connection, name("tom")) is None
        assert usage.list_tags(connection, "image", 10) == ()


@pytest.mark.parametrize(
    "said",
    [
        Described(tags=("a\0b",)), Described(tags=("",)), Described(tags=("x" * 256,)), Described(tags=("\ud800",)),
        Described(context={"k": "a\0b"}), Described(context={"": "v"}), Described(metadata={"k": ["\0"]}),
        Described(asset_folder="a\0"), Described(asset_folder="a" * 256), Described(display_name="\udfff"),
    ],
)  # fmt: skip
def test_what_no_database_holds_is_refused_with_a_sentence(database: Database, said: Described) -> None:
    with pytest.raises(BadRequest, match="expected"), database.write() as connection:
        placed(connection, "tom", said)


@pytest.mark.parametrize("public_id", ["", "x" * 256, "a\0b", "\ud800"])
def test_hostile_public_ids_are_refused(public_id: str) -> None:
    with pytest.raises(BadRequest, match="public_id"):
        name(public_id)


@pytest.mark.parametrize(
    "public_id", ["x" * 255, "🐈" * 255, "'; DROP TABLE assets; --", "%", "_", "a\nb", "../x", "\\"]
)
def test_odd_public_ids_are_only_text(database: Database, public_id: str) -> None:
    long = Described(context={"caption": public_id * 40}, tags=(public_id[:255],), metadata={"x": public_id * 40})
    with database.write() as connection:
        made = placed(connection, public_id, long)
    with database.read() as connection:
        assert assets.find(connection, name(public_id)) == made


def test_derived_images_of_an_asset_that_changed_meanwhile_are_not_recorded(database: Database) -> None:
    with database.write() as connection:
        asset = placed(connection, "tom")
        assets.change(connection, asset, lambda said: replace(said, custom_coordinates=((0.0, 0.0, 1.0, 1.0),)))
    with database.write() as connection:
        assert derived.record(connection, asset, NewDerived("c_thumb", "", 10, key="derived/late")) is None
    assert garbage_of(database) == {"derived/late"}


def test_derived_images_are_replaced_listed_and_deleted(database: Database) -> None:
    with database.write() as connection:
        asset = placed(connection, "tom")
        made = [
            derived.record(connection, asset, NewDerived(f"w_{width}", "jpg", width, width, width, f"derived/{width}"))
            for width in (1, 2, 3)
        ]
        again = derived.record(connection, asset, NewDerived("w_1", "jpg", 7, key="derived/again"))
        assert again is not None and made[0] is not None
        assert again.id == made[0].id
        first = derived.derived_of(connection, asset.id, most=2)
        rest = derived.derived_of(connection, asset.id, most=2, after=first[-1].id)
        assert {image.transformation for image in (*first, *rest)} == {"w_1", "w_2", "w_3"}
        assert derived.delete_derived(connection, [again.id, "nobody"]) == {again.id}
        assert len(derived.delete_of_transformation(connection, "w_2")) == 1
        assert [image.transformation for image in derived.derived_of(connection, asset.id)] == ["w_3"]
    assert garbage_of(database) == {"derived/1", "derived/again", "derived/2"}


def test_coordinates_of_an_asset_without_any(database: Database) -> None:
    with database.write() as connection:
        assert placed(connection, "tom").coordinates is NONE


def test_a_delete_token_works_once_and_not_for_long(database: Database) -> None:
    with database.write() as connection:
        asset = placed(connection, "tom")
        token = tokens.issue_token(connection, asset)
        late = tokens.issue_token(connection, asset, timedelta(seconds=-1))
        assert tokens.redeem_token(connection, late) is None
        assert tokens.redeem_token(connection, "guess") is None
        assert tokens.redeem_token(connection, token) == asset
        assert tokens.redeem_token(connection, token) is None


def test_usage_counts(database: Database) -> None:
    with database.write() as connection:
        assert usage.usage(connection) == usage.Usage({}, {}, 0, 0)
        asset = placed(connection, "tom", bytes=5_000_000_000)
        placed(connection, "rex", bytes=7)
        assets.place(connection, name("doc", "raw"), held(bytes=1), Described())
        derived.record(connection, asset, NewDerived("w_1", "", 11))
        expected = usage.Usage({"image": 2, "raw": 1}, {"image": 5_000_000_007, "raw": 1}, 1, 11)
        assert usage.usage(connection) == expected


def test_tags_are_listed_by_type_and_prefix(database: Database) -> None:
    with database.write() as connection:
        placed(connection, "tom", Described(tags=("cat", "tabby", "caterpillar")))
        placed(connection, "rex", Described(tags=("dog", "cat")))
        assets.place(connection, name("doc", "raw"), held(), Described(tags=("paper",)))
        assert usage.list_tags(connection, "image", 10) == ("cat", "caterpillar", "dog", "tabby")
        assert usage.list_tags(connection, "image", 2, after="cat") == ("caterpillar", "dog")
        assert usage.list_tags(connection, "image", 10, prefix="cat") == ("cat", "caterpillar")


def test_parts_of_an_upload(database: Database) -> None:
    with database.write() as connection:
        assert uploads.unfinished(connection, "u").received == 0
        uploads.add_part(connection, "u", Part(5, 5, "parts/2"), None)
        there = uploads.add_part(connection, "u", Part(0, 5, "parts/1"), 12)
        assert (there.received, there.total, there.complete) == (10, 12, False)
        uploads.add_part(connection, "u", Part(0, 5, "parts/1-again"), 12)
        uploads.add_part(connection, "other", Part(0, 1, "parts/other"), None)
        for wrong in (Part(-1, 5, "k"), Part(0, 0, "k"), Part(10, 3, "k")):
            with pytest.raises(BadRequest, match="Content-Range"):
                uploads.add_part(connection, "u", wrong, 12)
        with pytest.raises(BadRequest, match="total was 12"):
            uploads.add_part(connection, "u", Part(10, 2, "k"), 13)
        there = uploads.add_part(connection, "u", Part(10, 2, "parts/3"), 12)
        assert there.complete
        assert [part.key for part in there.parts] == ["parts/1-again", "parts/2", "parts/3"]
        assert uploads.end_upload(connection, "u")
        assert not uploads.end_upload(connection, "u")
    assert garbage_of(database) == {"parts/1", "parts/1-again", "parts/2", "parts/3"}
    with database.write() as connection:
        assert uploads.end_abandoned(connection, datetime.now(UTC) - LATER) == 0
        assert uploads.end_abandoned(connection, datetime.now(UTC) + LATER) == 1
        assert uploads.unfinished(connection, "other").parts == ()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://x/y", "not mysql"), ("nonsense", "expected sqlite:///path"), ("sqlite://", "the path of a file"),
        ("sqlite:////dev/null/x", "folder cannot be made"),
    ],
)  # fmt: skip
def test_a_wrong_url_says_what_was_expected(url: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_database(url)
    assert caught.value.faults[0].startswith("catalogue.url: ")
    assert said in caught.value.faults[0]


def test_sqlite_keeps_a_log_beside_it(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/deep/catalogue.sqlite")
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    database.close()
