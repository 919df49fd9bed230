"""What stands in pages today: one of every kind in our own words, and the public corpus where it is there."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image, ImageDraw

from keepsight.app import open_origin, open_registry
from keepsight.delivery.answer import Answer, error_answer
from keepsight.delivery.client import ANYONE, Client
from keepsight.delivery.origin import Origin
from keepsight.errors import BadRequest, RequestError
from keepsight.settings import load_settings
from keepsight.transformation.hints import Hints

CORPUS = Path(__file__).parents[3] / "shared" / "wild" / "dev.tsv"
LEAST_SHARE = 0.995
"""Of the strings that the service gives a picture for."""


@pytest.fixture(scope="module")
def photo_origin(tmp_path_factory: pytest.TempPathFactory) -> Origin:
    """An origin with a photo of 640 x 480, a face in it, and a badge; `t_` as in pages, one with a space."""
    return _origin(
        tmp_path_factory.mktemp("media"), (640, 480), {"wide": "c_fill,h_90,w_160", "my cover": "c_fit,w_50"}
    )


def _origin(media: Path, size: tuple[int, int], named: dict[str, str]) -> Origin:
    width, height = size
    photo = Image.linear_gradient("L").resize(size).convert("RGB")
    ImageDraw.Draw(photo).ellipse((width // 2, height // 4, width * 3 // 4, height // 2), fill="orange")
    photo.save(media / "photo.jpg")
    face = [width // 2, height // 4, width // 4, height // 4]
    (media / "photo.jpg.keepsight.toml").write_text(f"faces = [{face}]\n", "utf-8")
    frames = [Image.new("RGB", (320, 240), (40 * at, 90, 90)) for at in range(4)]
    frames[0].save(media / "moving.gif", save_all=True, append_images=frames[1:], duration=90)
    pages = [Image.new("RGB", (200, 280), (250 - at, 200, 200)) for at in range(15)]
    pages[0].save(media / "pages.tif", save_all=True, append_images=pages[1:])
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><circle cx="9" cy="9" r="9"/></svg>'
    (media / "drawing.svg").write_text(drawing, "utf-8")
    badge = Image.new("RGBA", (120, 120), (0, 0, 0, 0))
    ImageDraw.Draw(badge).ellipse((5, 5, 115, 115), fill="navy")
    (media / "folder").mkdir()
    badge.save(media / "badge.png")
    badge.save(media / "folder" / "badge.png")
    settings = load_settings(
        None, {"storage": {"media": media, "data": media.parent / f"{media.name}-data"}, "models": {"weights": media}}
    ).model_copy(update={"transformations": named})
    return open_origin(settings, open_registry(settings))


@pytest.fixture(scope="module")
def deliver(photo_origin: Origin) -> Callable[[str], Answer]:
    """Answers a transformation of the photo."""
    return lambda transformation: (
        photo_origin.deliver(f"/demo/image/upload/{transformation}/v1/photo.jpg", ANYONE).answer
    )


def size_of(answer: Answer) -> tuple[int, int]:
    with Image.open(io.BytesIO(answer.body)) as image:
        return image.size


def warning_of(answer: Answer) -> str:
    return dict(answer.said).get(b"x-cld-warning", b"").decode()


@dataclass(frozen=True)
class Served:
    """A transformation, the size of its picture, and what is said of it."""

    transformation: str
    size: tuple[int, int]
    warning: str = ""


@pytest.mark.parametrize(
    "served",
    [
        # automatic gravity with a ratio and no size: the largest window of that ratio
        Served("c_fill,ar_1:1,g_auto", (480, 480)),
        Served("c_lfill,ar_1:1,g_auto", (480, 480)),
        Served("c_crop,ar_16:9,g_auto:faces", (640, 360)),
        Served("c_fill,ar_16:9,g_auto/w_320", (320, 180)),
        Served("c_fill_pad,ar_2,g_auto", (640, 320)),
        Served("c_auto_pad,ar_1:2,g_auto", (240, 480)),
        Served("c_fill,g_auto", (640, 480), "g_auto does nothing without a size: c_fill keeps all of the picture"),
        # widths that no hint gives
        Served("ar_4:3,c_fill,g_auto,w_auto", (640, 480)),
        Served("c_limit,dpr_auto,w_auto", (640, 480)),
        Served("w_auto:100:400,c_fit", (400, 300)),
        # the arithmetic of pages
        Served("ar_1.7777777777777777,c_fill,w_320", (320, 180)),
        Served("w_0.3333333333333333", (213, 160)),
        Served("dpr_1.100000023841858,w_100", (110, 83)),
        Served("o_49.99999999999999,q_79.6,w_100", (100, 75)),
        Served("r_12.5:0,w_100", (100, 75)),
        Served("bo_1.5px_solid_white,w_100", (104, 79)),
        Served("bo_2_solid_fff,w_100", (104, 79)),
        Served(
            "c_crop,h_50,w_100,x_10.7,y_20.5", (100, 50), "x_10.7 is too much for a share of the picture: taken for 11"
        ),
        # ratios in conditions
        Served("if_ar_gt_5:4_and_w_gt_300,c_crop,h_200,w_300", (300, 200)),
        Served("if_ar_gt_2:1/w_100/if_else/w_50/if_end", (50, 38)),
        Served("if_ar_lte_1.3333333333333333/w_100/if_end", (100, 75)),
        # a ratio of the device without a size
        Served("dpr_2.0,f_jpg,q_auto", (640, 480), "dpr_ without a width or a height multiplies nothing"),
        Served("c_scale,w_100/dpr_2.0", (200, 150)),
        # of no effect there
        Served("a_exif,c_fill,h_90,w_90", (90, 90)),
        Served("a_auto/w_90", (90, 68)),
        Served("co_red,w_90", (90, 68), "co_ without an effect or a text does nothing"),
        Served("fl_keep_dar,w_90", (90, 68), "fl_keep_dar is about video: ignored"),
        Served("vc_auto,w_90", (90, 68), "vc_ (video codec) does nothing to a picture"),
        Served("w_90,", (90, 68)),
        Served(",w_90,,h_90", (90, 90)),
        Served("w_90, h_90", (90, 90)),
        Served("/w_90//h_60/", (79, 60)),
        Served("c_fit,w_90,x_5", (90, 68), "x_ without a cut does nothing"),
        Served("g_face,w_90", (90, 68), "g_ without a cut does nothing"),
        Served("c_pad,g_face,h_90,w_90", (90, 90), "g_ of c_pad is a compass direction: the picture is in the middle"),
        Served("fl_cutter.tiled,w_90", (90, 68), "fl_cutter without a layer does nothing; fl_tiled without a layer"),
        Served("a_auto_left,w_90", (90, 68), "a_auto_left and a_auto_right without the ratio of a size turn nothing"),
        Served("e_grayscale:40,w_90", (90, 68), "e_grayscale has no argument: 40 is ignored"),
        Served("e_sharpen:,w_90", (90, 68)),
        # beyond a range
        Served("e_blur:10000,w_90", (90, 68), "e_blur: strength 10000 is out of range, taken for 2000"),
        Served("e_brightness:-300,w_90", (90, 68), "e_brightness: level -300 is out of range, taken for -99"),
        Served(
            "b_blurred:5000:400,c_pad,h_90,w_90", (90, 90), "b_blurred: 5000 is out of range, taken for 2000; b_blur"
        ),
        Served("e_distort:0p:0p:100p:0p:100p:100p:0p:100p,w_90", (90, 68)),
        # words of texts, named transformations, what SDKs write
        Served("l_text:Arial_20_style_light_align_center:Hi/fl_layer_apply", (640, 480)),
        Served("l_text:Arial_20_500_regular:Hi/fl_layer_apply", (640, 480)),
        Served("t_my%20cover", (50, 38)),
        Served("t_wide/dpr_2.0", (320, 180)),
        Served("cs_srgb:truecolor,w_90", (90, 68)),
        Served("f_ico", (256, 192), "f_ico of 640 x 480 pixels: reduced to 256 x 192"),
        Served("w_90%2Ch_90%2cc_fill", (90, 90)),
        Served("ar_16%3A9,c_fill,w_160", (160, 90)),
        Served("fl_lossy.progressive:semi,w_90", (90, 68)),
        Served("f_JPG,w_90", (90, 68)),
        Served("$id_ref:!folder:badge!/l_$id/w_90", (90, 68)),
        Served("l_upload:v1565806151:folder:badge/fl_layer_apply/w_90", (90, 68)),
        Served("l_v1565806151:badge/fl_layer_apply/w_90", (90, 68)),
        # variables that may not be there
        Served("if_isndef_$size/$size_90/if_end/w_$size", (90, 68)),
        Served("$size_80/if_isndef_$size/$size_90/if_end/w_$size", (80, 60)),
        Served("if_isdef_$size/w_$size/if_else/w_70/if_end", (70, 53)),
        Served("if_w_gt_600/$size_60/if_end/if_isndef_$size_or_w_lt_5/$size_90/if_end/w_$size", (60, 45)),
        Served("if_w_lt_600/$size_60/if_end/if_isndef_$size_and_w_gt_5/$size_90/if_end/w_$size", (90, 68)),
        # a gravity, or a ratio, that bounds nothing
        Served("g_auto,q_auto,w_auto", (640, 480), "g_ without a cut does nothing"),
        Served("g_auto,w_90", (90, 68), "g_ without a cut does nothing"),
        Served("ar_1,c_fit", (640, 480), "ar_ bounds nothing without a width or a height: c_fit keeps the size"),
    ],
    ids=lambda served: served.transformation,
)
def test_what_pages_hold_is_served(deliver: Callable[[str], Answer], served: Served) -> None:
    answer = deliver(served.transformation)
    assert (answer.status, size_of(answer)) == (200, served.size)
    assert warning_of(answer).startswith(served.warning) and bool(warning_of(answer)) == bool(served.warning)


@pytest.mark.parametrize("gravity", ["g_face", "g_auto:face"])
def test_a_thumb_of_a_ratio_is_as_close_as_the_ratio_allows(deliver: Callable[[str], Answer], gravity: str) -> None:
    answer = deliver(f"c_thumb,ar_1:1,{gravity}")
    left, top, width, height = map(int, dict(answer.said)[b"x-crop-box"].split(b","))
    assert width == height < 400 and size_of(answer) == (width, height)
    assert left <= 320 and top <= 120 and left + width >= 480 and top + height >= 240, "the face is in it"


@pytest.mark.parametrize(
    ("transformation", "said"),
    [
        ("w_143.5", "pixels are whole, such as 144"),
        ("c_fill,h_562.0,w_562.0", "pixels are whole, such as 562"),
        ("c_fill,ar_1:1,g_cat:auto", "auto gravity behind the name of an object needs a width or a height"),
        ("c_fit,g_auto,w_90", "Use auto gravity only with"),
        ("b_gen_fill,c_pad,w_90", "generative"),
        ("e_seepia", "did you mean sepia?"),
        ("foo_1,w_90", "'foo_1' is none of"),
        ("so_2,w_90", "start offset"),
        ("if_isdef_size,w_90", "isdef_size"),
        ("$it_current/l_$it", "the picture itself as a value"),
        ("fl_replace_image", "pictures in PDF documents"),
        ("if_!hat!_in_rn/w_90/if_end", "named regions"),
        ("if_ar_gt_2:0,w_90", "division by 0"),
    ],
)
def test_what_is_refused_says_why(deliver: Callable[[str], Answer], transformation: str, said: str) -> None:
    with pytest.raises(BadRequest, match=re.escape(said)):
        deliver(transformation)


def test_a_share_never_makes_more_pixels_than_a_person_could_have_meant(deliver: Callable[[str], Answer]) -> None:
    assert size_of(deliver("w_2.5,f_webp,q_1")) == (1600, 1200)
    with pytest.raises(BadRequest, match=r"Invalid width in transformation: 10\.01"):
        deliver("w_10.01")


HINTED = ["ar_4:3,c_fill,g_auto,w_auto", "c_fill,dpr_auto,g_auto,h_90,w_90"]


@pytest.mark.parametrize("transformation", HINTED)
def test_hints_and_their_absence_give_pictures_that_say_what_they_vary_by(
    photo_origin: Origin, transformation: str
) -> None:
    url = f"/demo/image/upload/{transformation}/photo.jpg"
    told = [
        dict(photo_origin.deliver(url, client).answer.said)[b"vary"].lower()
        for client in (ANYONE, Client(hints=Hints(dpr=Fraction(2), width=200)))
    ]
    assert told[0] == told[1]
    assert (b"width" if "w_auto" in transformation else b"dpr") in told[0]


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("w_auto,e_seepia/photo.jpg", 400),
        ("w_auto,c_fit/e_distort:0:0:1:1:0:0:1:1/photo.jpg", 400),
        ("w_auto,c_fit/nothing.jpg", 404),
        ("w_auto,c_fit/l_nothing/fl_layer_apply/photo.jpg", 400),
    ],
)
def test_errors_say_what_they_vary_by_too(photo_origin: Origin, url: str, status: int) -> None:
    with pytest.raises(RequestError) as refused:
        photo_origin.deliver(f"/demo/image/upload/{url}", ANYONE)
    answer = error_answer(refused.value, 60)
    assert answer.status == status and b"width" in dict(answer.said)[b"vary"].lower()
    assert b"accept-ch" in dict(answer.said)


def test_an_error_that_no_header_can_change_varies_by_none(photo_origin: Origin) -> None:
    with pytest.raises(RequestError) as refused:
        photo_origin.deliver("/demo/image/upload/w_90/nothing.jpg", ANYONE)
    assert b"vary" not in dict(error_answer(refused.value, 60).said)


def test_the_corpus_of_public_urls(tmp_path: Path) -> None:
    """Of what the service gives a picture for, nearly all; nothing ends in a 5xx, and every refusal has its reason."""
    if not CORPUS.exists():
        pytest.skip("the corpus of public URLs is not here")
    with CORPUS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    names = {
        name
        for row in rows
        for item in re.split("[,/]", row["string"])
        if re.match("(t|bl)_", item)
        for name in item.partition("_")[2].split(".")
    }
    media = tmp_path / "media"
    media.mkdir()
    origin = _origin(media, (1600, 1200), dict.fromkeys(names, "c_limit,w_600"))
    failed, rendered = [], 0
    for row in rows:
        error = _refusal(origin, row)
        assert error is None or (error.status == 400 and str(error)), (row["string"], str(error))
        if row["class"] == "renders":
            rendered += error is None
            failed += [f"{row['string']}: {error}"] if error else []
    assert rendered >= LEAST_SHARE * (rendered + len(failed)), json.dumps(failed, indent=1)


def _refusal(origin: Origin, row: dict[str, str]) -> RequestError | None:
    note = row["note"] or ""
    public_id = "drawing.svg" if "SVG" in note else "pages.tif" if "PDF" in note else "photo.jpg"
    if row["kind"] == "animation" and public_id == "photo.jpg":
        public_id = "moving.gif"
    path = quote(row["string"], safe="/,:;$!*()%~=&{}[]'@+|-_.")
    try:
        origin.deliver(f"/demo/image/upload/{path}/v1/{public_id}", Client(b"image/avif,image/webp"))
    except RequestError as error:
        return error
    return None
