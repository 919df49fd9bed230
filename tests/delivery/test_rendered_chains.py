"""Whole transformations over drawn pictures: what comes out, where, and how large."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from keepsight.app import open_origin, open_registry
from keepsight.delivery import layout as layout_module
from keepsight.delivery import writing as writing_module
from keepsight.delivery.answer import Answer
from keepsight.delivery.client import ANYONE
from keepsight.errors import BadRequest
from keepsight.pixels.drawn import Drawn
from keepsight.pixels.operations import Laid, Operation, Source
from keepsight.pixels.render import render
from keepsight.settings import load_settings

Deliver = Callable[[str], Answer]
RED, BLUE, GREEN, WHITE = (255, 0, 0), (0, 0, 255), (0, 128, 0), (255, 255, 255)


@pytest.fixture(scope="module")
def deliver(tmp_path_factory: pytest.TempPathFactory) -> Deliver:
    """Answers a transformation and public id without models; faces come from a file beside the picture."""
    media = tmp_path_factory.mktemp("media")
    sheet = Image.new("RGB", (400, 200), WHITE)
    ImageDraw.Draw(sheet).rectangle((100, 50, 199, 99), fill=GREEN)  # touches nothing
    sheet.save(media / "sheet.png")
    (media / "sheet.png.keepsight.toml").write_text("faces = [[100, 50, 100, 50], [300, 100, 20, 20]]", "utf-8")
    halves = Image.new("RGB", (400, 200), RED)
    halves.paste(BLUE, (200, 0, 400, 200))
    halves.save(media / "halves.png")
    Image.new("RGB", (20, 20), RED).save(media / "dot.png")
    Image.new("RGB", (400, 200), RED).save(
        media / "moving.gif", save_all=True, append_images=[Image.new("RGB", (400, 200), BLUE)]
    )
    Image.new("RGBA", (40, 20), (0, 0, 255, 128)).save(media / "veil.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (300, 100), RED).save(media / "turned.jpg", exif=exif)
    rng = np.random.default_rng(1)
    Image.fromarray(rng.integers(0, 255, (200, 400, 3), dtype=np.uint8)).save(media / "noise.png")
    settings = load_settings(
        None,
        {
            "storage": {"media": media, "data": tmp_path_factory.mktemp("data")},
            "models": {"weights": media},
            "limits": {"max_output_pixels": 4_000_000},
        },
    ).model_copy(update={"transformations": {"small": "c_fill,w_50,h_50", "dotted": "t_small/l_dot"}})
    origin = open_origin(settings, open_registry(settings))
    return lambda url: origin.deliver(f"/demo/image/upload/{url}", ANYONE).answer


def image(answer: Answer) -> Image.Image:
    assert answer.status == 200
    return Image.open(io.BytesIO(answer.body))


def header(answer: Answer, name: str) -> str:
    return dict(answer.headers)[name.encode()].decode()


def close(picture: Image.Image, at: tuple[int, int], colour: tuple[int, ...], by: int = 3) -> bool:
    pixel = picture.convert("RGB").getpixel(at)
    assert isinstance(pixel, tuple)
    return max(abs(a - b) for a, b in zip(pixel, colour, strict=False)) <= by


@pytest.mark.parametrize(
    ("transformation", "size"),
    [
        ("w_iw_div_2", (200, 100)),
        ("c_crop,w_100,h_100/w_w_div_2", (50, 50)),
        ("if_ar_gt_1/w_100/if_else/h_10/if_end", (100, 50)),
        ("if_iar_lt_1/w_100/if_else/h_10/if_end", (20, 10)),
        ("if_fc_eq_2,w_80", (80, 40)),
        ("$n_fc_mul_30/w_$n", (60, 30)),
        ("if_tags_eq_!!,w_10", (10, 5)),
        ("if_!cat!_in_tags/w_10/if_end", (400, 200)),
        ("if_tar_eq_2/w_10/if_end", (10, 5)),
        ("if_pc_eq_1_and_cp_eq_1,w_10", (10, 5)),
        ("t_small", (50, 50)),
        ("a_90", (200, 400)),
        ("a_45", (425, 425)),
        ("a_auto_right,c_fill,w_50,h_100", (50, 100)),
        ("bo_10px_solid_red", (420, 220)),
        ("bo_10px_solid_red/w_210", (210, 110)),
        ("c_scale,w_100,fl_ignore_aspect_ratio", (100, 200)),
        ("ar_1:1", (200, 200)),
        ("c_fill", (400, 200)),
        ("c_pad", (400, 200)),
        ("c_auto,g_auto,w_100,h_100", (100, 100)),
        ("c_auto,g_faces,w_500,h_500", (500, 500)),
        ("c_auto_pad,g_auto,w_100,h_300", (100, 300)),
        ("c_thumb,w_40,h_40", (40, 40)),
        ("e_shear:20:0/w_100", None),
        ("e_outline:outer:10", None),
    ],
)
def test_sizes(deliver: Deliver, transformation: str, size: tuple[int, int] | None) -> None:
    answer = deliver(f"{transformation}/sheet.png")
    seen = image(answer).size
    assert size is None or seen == size
    output = json.loads(deliver(f"{transformation}/fl_getinfo/sheet.png").body)["output"]
    assert (output["width"], output["height"]) == seen  # what was laid out is what came


def test_a_trim_leaves_what_is_not_border_and_says_where_it_was(deliver: Deliver) -> None:
    answer = deliver("e_trim/sheet.png")
    assert image(answer).size == (100, 50)
    assert header(answer, "x-crop-box") == "100,50,100,50"


def test_gravity_still_finds_its_target_behind_steps_that_reshape(deliver: Deliver) -> None:
    for chain in ("bo_30px_solid_blue", "a_180", "a_90", "a_30", "e_trim", "c_pad,w_500,h_500", "e_shadow:30"):
        answer = deliver(f"{chain}/c_crop,g_face/f_png/sheet.png")
        picture = image(answer)
        middle = (picture.width // 2, picture.height // 2)
        assert close(picture, middle, GREEN, 12), chain


def test_a_turn_to_fit_turns_only_what_lies_the_other_way(deliver: Deliver) -> None:
    lying = image(deliver("a_auto_right,c_fill,w_100,h_50/f_png/halves.png"))
    assert (close(lying, (5, 25), RED), close(lying, (95, 25), BLUE)) == (True, True)
    standing = image(deliver("a_auto_right,c_fill,w_50,h_100/f_png/halves.png"))
    assert (close(standing, (25, 5), RED), close(standing, (25, 95), BLUE)) == (True, True)


def test_a_background_fills_the_corners_that_its_component_rounds(deliver: Deliver) -> None:
    picture = image(deliver("c_fill,w_50,h_50,r_max,b_blue/f_png/dot.png"))
    assert (close(picture, (1, 1), BLUE), close(picture, (25, 25), RED)) == (True, True)


@pytest.mark.parametrize("background", ["blurred:100", "auto:predominant_gradient:2"])
def test_a_background_shows_through_what_is_translucent(deliver: Deliver, background: str) -> None:
    picture = image(deliver(f"b_{background}/f_png/veil.png"))
    assert picture.size == (40, 20)
    assert not picture.has_transparency_data or picture.convert("RGBA").getchannel("A").getextrema() == (255, 255)


def test_the_orientation_can_be_left_alone(deliver: Deliver) -> None:
    assert image(deliver("w_1.0/turned.jpg")).size == (100, 300)
    assert image(deliver("a_ignore/turned.jpg")).size == (300, 100)
    assert image(deliver("a_ignore,w_150/turned.jpg")).size == (150, 50)


@pytest.mark.parametrize(
    ("placement", "at"),
    [
        ("g_center", (200, 100)),
        ("g_north_west", (10, 10)),
        ("g_south_east,x_5,y_6", (385, 184)),
        ("g_east", (390, 100)),
        ("g_faces", (210, 85)),
        ("g_face", (150, 75)),
        ("x_50,y_-20", (250, 80)),
    ],
)
def test_places_of_layers(deliver: Deliver, placement: str, at: tuple[int, int]) -> None:
    picture = image(deliver(f"l_dot/fl_layer_apply,{placement}/sheet.png"))
    assert picture.size == (400, 200)
    assert close(picture, at, RED)
    around = [(at[0] + dx, at[1] + dy) for dx, dy in ((-14, 0), (14, 0), (0, -14), (0, 14))]
    inside = [p for p in around if 0 <= p[0] < 400 and 0 <= p[1] < 200]
    assert not any(close(picture, p, RED) for p in inside)


def test_a_layer_for_every_face(deliver: Deliver) -> None:
    answer = deliver("l_dot/c_scale,w_1.0,h_1.0,fl_region_relative/fl_layer_apply,g_faces/sheet.png")
    picture = image(answer)
    assert close(picture, (102, 52), RED)
    assert close(picture, (197, 97), RED)
    assert close(picture, (310, 110), RED)
    assert close(picture, (250, 100), WHITE)
    assert "faces" in header(answer, "x-focus")


def test_copies_that_reach_over_an_edge_stay_with_their_faces(deliver: Deliver) -> None:
    picture = image(deliver("l_dot/c_scale,w_4.0,h_0.2,fl_region_relative/fl_layer_apply,g_faces/f_png/sheet.png"))
    assert picture.size == (450, 200)  # the first copy, 400 wide around x = 150, reaches 50 over the left edge
    assert close(picture, (200, 75), RED)
    assert close(picture, (50 + 310 + 36, 110), RED)  # the second one, 80 wide around x = 310
    assert close(picture, (50 + 310 - 44, 110), WHITE)


def test_a_font_that_is_not_there_is_said(deliver: Deliver) -> None:
    assert "font Nowhere Grotesk is not installed" in header(
        deliver("l_text:Nowhere Grotesk_20:a/sheet.png"), "x-focus"
    )
    assert "not installed" not in header(deliver("l_text:Noto Sans_20:a/sheet.png"), "x-focus")


def test_words_take_their_flags_at_either_end(deliver: Deliver) -> None:
    for url in ("l_text:Arial_20:a,fl_text_no_trim/fl_layer_apply", "l_text:Arial_20:a/fl_layer_apply.text_no_trim"):
        assert deliver(f"{url}/sheet.png").etag == deliver("l_text:Arial_20:a,fl_text_no_trim/sheet.png").etag
    with pytest.raises(BadRequest, match="works with a text only"):
        deliver("l_dot/fl_layer_apply.text_no_trim/sheet.png")


def test_a_layer_that_is_cut_without_its_model_is_not_kept(deliver: Deliver) -> None:
    for _ in range(2):
        answer = deliver("l_dot/c_crop,g_alligator,w_10,h_10/fl_layer_apply/sheet.png")
        assert answer.cache == b"miss"
        assert "alligator not found; without lvis" in header(answer, "x-focus")
        assert "max-age=60" in header(answer, "cache-control")


def test_a_layer_whose_face_is_not_there_is_dropped(deliver: Deliver) -> None:
    answer = deliver("l_dot/fl_layer_apply,g_custom/halves.png")
    assert not close(image(answer), (200, 100), WHITE)
    assert "layer dropped" in header(answer, "x-focus")


def test_layers_are_shares_of_what_they_lie_on(deliver: Deliver) -> None:
    picture = image(deliver("l_dot,w_0.5,fl_relative,g_north_west/sheet.png"))
    assert close(picture, (195, 195), RED)
    assert close(picture, (205, 10), WHITE)


def test_a_veil_lets_the_picture_through(deliver: Deliver) -> None:
    assert close(image(deliver("l_veil,g_north_west/sheet.png")), (10, 10), (127, 127, 255), 4)
    assert close(image(deliver("u_veil,g_north_west/sheet.png")), (10, 10), WHITE)


def test_a_layer_of_a_layer(deliver: Deliver) -> None:
    picture = image(deliver("l_halves/w_100/l_dot/fl_layer_apply,g_west/fl_layer_apply,g_north_west/sheet.png"))
    assert picture.size == (400, 200)
    assert close(picture, (90, 40), BLUE)


def test_named_transformations_may_hold_layers(deliver: Deliver) -> None:
    picture = image(deliver("t_dotted/halves.png"))
    assert picture.size == (50, 50)


def test_faces_are_made_unrecognisable_and_nothing_else(deliver: Deliver) -> None:
    before, after = image(deliver("f_png/noise.png")), image(deliver("e_pixelate_faces:20,f_png/noise.png"))
    assert np.array_equal(np.asarray(before), np.asarray(after))  # no face is known in it
    sheet = image(deliver("e_blur_region:500,x_90,y_40,w_60,h_60/sheet.png"))
    original = image(deliver("f_png/sheet.png"))
    changed = np.any(np.asarray(sheet.convert("RGB")) != np.asarray(original.convert("RGB")), axis=2)
    ys, xs = np.nonzero(changed)
    assert (xs.min() >= 90, xs.max() < 150, ys.min() >= 40, ys.max() < 100) == (True,) * 4


def test_settings_of_the_encoder_may_depend_on_the_picture(deliver: Deliver) -> None:
    assert image(deliver("if_iw_gt_100/f_gif/if_else/f_webp/if_end/sheet.png")).format == "GIF"
    assert image(deliver("if_iw_lt_100/f_gif/if_else/f_webp/if_end/sheet.png")).format == "WEBP"


@pytest.mark.parametrize(
    ("transformation", "message"),
    [
        ("l_nothing", "Unknown or invalid referenced image nothing of type upload"),
        ("w_iw_sub_400", "Invalid width in transformation: 0"),
        ("if_w_gt_!a!,w_5", "compares text"),
        ("$wide_iw_gte_9/w_$wide", "Invalid assignment to"),
        ("bo_1000px_solid_red/" * 4, "expected at most"),
        ("l_dot/fl_layer_apply,g_auto", "g_auto places no layer"),
        ("t_missing", "Unknown transformation missing"),
    ],
)
def test_what_cannot_be_done_is_refused(deliver: Deliver, transformation: str, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        deliver(f"{transformation}/sheet.png")


@pytest.mark.parametrize("transformation", ["w_iw_mul_100", "w_9.9", "c_fill,w_60000,h_30000", "c_pad,w_9999,h_9999"])
def test_nothing_is_enlarged_past_the_limit(deliver: Deliver, transformation: str) -> None:
    answer = deliver(f"{transformation}/f_webp,q_1/fl_getinfo/sheet.png")
    output = json.loads(answer.body)["output"]
    assert 3_900_000 < output["width"] * output["height"] <= 4_000_000
    assert output["width"] / output["height"] == pytest.approx(1 if "pad" in transformation else 2, rel=0.01)
    assert "limited to" in header(answer, "x-focus")
    assert header(answer, "x-cld-warning").endswith(f"limited to {output['width']} x {output['height']} pixels")


def test_spellings_that_mean_the_same_share_an_entry(deliver: Deliver) -> None:
    first = deliver("c_fill,w_61,h_50/e_sepia,q_70/sheet.png")
    same = deliver("$a_61/h_50,w_$a,c_fill/q_70,e_sepia:80/sheet.png")
    assert (first.cache, same.cache) == (b"miss", b"hit")


def test_what_does_nothing_is_said_with_the_answer(deliver: Deliver) -> None:
    answer = deliver("p_x,e_sepia,g_center/sheet.png")
    assert header(answer, "x-cld-warning") == "g_ without a cut does nothing; p_ names sprites only"
    assert b"x-cld-warning" not in dict(deliver("e_sepia/sheet.png").said)


def test_what_only_the_picture_shows_to_be_nothing_is_said_too(deliver: Deliver) -> None:
    answer = deliver("if_w_gt_5,z_2,e_blur:$b,$b_w_mul_100/sheet.png")
    said = "e_blur: strength 40000 is out of range, taken for 2000; z_ without c_crop, c_thumb or c_auto does nothing"
    assert header(answer, "x-cld-warning") == said
    assert header(deliver("l_dot/e_blur:$b,$b_w_mul_1000/fl_layer_apply/sheet.png"), "x-cld-warning") == (
        "e_blur: strength 20000 is out of range, taken for 2000"
    )
    assert "layer" in header(deliver("l_dot,g_cat/halves.png"), "x-cld-warning")


def test_warnings_are_of_the_url_and_not_of_the_picture_that_it_shares(deliver: Deliver) -> None:
    plain, idle = deliver("c_fill,h_70,w_71/sheet.png"), deliver("c_fill,h_70,w_71,z_2/sheet.png")
    assert (idle.cache, idle.etag) == (b"hit", plain.etag)
    assert b"x-cld-warning" not in dict(plain.said) and "z_" in header(idle, "x-cld-warning")
    asked = [json.loads(deliver(f"c_fill,h_70,w_71{more}/fl_getinfo/sheet.png").body) for more in ("", ",z_2")]
    assert [info.get("warnings") for info in asked] == [None, [header(idle, "x-cld-warning")]]


def test_a_warning_is_one_line_of_bounded_ascii(deliver: Deliver) -> None:
    said = header(deliver(f"e_grayscale:a%0D%0Ax-evil: 1%C3%A9{'b' * 2000}/sheet.png"), "x-cld-warning")
    assert said.startswith("e_grayscale has no argument: a%0D%0Ax-evil: 1%C3%A9b") and len(said) == 1_000
    assert said.isascii() and said.isprintable()


def test_a_changed_layer_changes_the_picture(deliver: Deliver) -> None:
    assert deliver("l_dot,w_31/sheet.png").etag != deliver("l_veil,w_31/sheet.png").etag


def test_another_setting_or_font_never_serves_an_old_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (40, 20), RED).save(tmp_path / "a.png")

    def delivered(url: str, most: int) -> Answer:
        settings = load_settings(
            None,
            {
                "storage": {"media": tmp_path, "data": tmp_path / "data"},
                "models": {"weights": tmp_path},
                "limits": {"max_output_pixels": most},
            },
        )
        return open_origin(settings, open_registry(settings)).deliver(f"/demo/image/upload/{url}/a.png", ANYONE).answer

    sizes = [image(delivered("w_400,h_200", most)).size for most in (20_000, 200_000, 20_000)]
    assert sizes == [(200, 100), (400, 200), (200, 100)]
    words = "l_text:Nobodys%20Font_10:x"
    assert "stands in" in header(delivered(words, 20_000), "x-focus")
    monkeypatch.setattr("keepsight.pixels.text.is_installed", lambda family: True)
    assert "stands in" not in header(delivered(words, 20_000), "x-focus")


@pytest.mark.parametrize(
    "bent",
    [
        "e_shear:30:20",
        "e_shear:-30:0",
        "e_distort:arc:60",
        "e_distort:arc:-120",
        "e_distort:arc:300",
        "e_distort:50:20:350:0:400:200:0:120",
        "e_distort:400:0:0:0:0:200:400:200",
        "c_crop,w_300,h_150,x_50,y_20/a_90/e_distort:arc:60/a_hflip/w_0.5",
        "a_20/e_shear:20:0/e_distort:arc:-50",
    ],
)
def test_what_was_found_is_followed_through_a_bend(deliver: Deliver, bent: str) -> None:
    def green(transformation: str) -> int:
        pixels = np.asarray(image(deliver(f"{transformation}/f_png/sheet.png")).convert("RGB")).astype(int)
        return int((np.abs(pixels - GREEN).max(axis=2) < 8).sum())

    everywhere, cut = green(bent), green(f"{bent}/c_crop,g_face")
    assert everywhere > 100
    assert cut >= 0.99 * everywhere
    size = image(deliver(f"{bent}/c_crop,g_face/f_png/sheet.png")).size
    assert cut > size[0] * size[1] / 8  # and not by showing everything


def test_many_large_layers_are_never_held_at_once(deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pixels that wait at any time; without a bound each of these layers would keep its own two million."""
    waiting: list[int] = []

    def spied(source: Source, operations: Sequence[Operation], check: Callable[[], None]) -> Image.Image:
        drawn = (o.source.size for o in operations if isinstance(o, Laid) and isinstance(o.source, Drawn))
        waiting.append(sum(width * height for width, height in drawn))
        return render(source, operations, check)

    for module in (layout_module, writing_module):
        monkeypatch.setattr(module, "render", spied)
    layers = "/".join(f"l_dot/w_1400,h_1400/a_{angle}/c_scale,w_9,h_9/fl_layer_apply,g_west" for angle in range(1, 7))
    picture = image(deliver(f"{layers}/l_text:Arimo_20:x/fl_layer_apply,g_east/f_png/halves.png"))
    assert picture.size == (400, 200)
    assert 4_000_000 < max(waiting) < 12_000_000
    with pytest.raises(BadRequest, match="layers of an animation"):
        deliver(f"{layers}/moving.gif")


def test_faces_written_down_beside_a_layer_change_the_picture(tmp_path: Path) -> None:
    Image.new("RGB", (200, 100), WHITE).save(tmp_path / "base.png")
    sheet = Image.new("RGB", (100, 100), RED)
    sheet.paste(BLUE, (50, 0, 100, 100))
    sheet.save(tmp_path / "me.png")
    settings = load_settings(
        None, {"storage": {"media": tmp_path, "data": tmp_path / "data"}, "models": {"weights": tmp_path}}
    )
    origin = open_origin(settings, open_registry(settings))
    seen = []
    for left in (5, 65):
        (tmp_path / "me.png.keepsight.toml").write_text(f"faces = [[{left}, 40, 30, 30]]", "utf-8")
        answer = origin.deliver("/demo/image/upload/l_me/c_crop,g_face/fl_layer_apply/f_png/base.png", ANYONE).answer
        seen.append([close(image(answer), (100, 50), colour) for colour in (RED, BLUE)])
    assert seen == [[True, False], [False, True]]
