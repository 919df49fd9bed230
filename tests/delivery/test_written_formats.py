"""Whole URLs to bytes: formats, pages, animations and flags, as a client gets them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest
from PIL import ExifTags, Image, ImageDraw

from keepsight.app import open_origin, open_registry
from keepsight.delivery.answer import Answer
from keepsight.delivery.client import Client
from keepsight.errors import BadRequest
from keepsight.pixels import Limits, Picture, read_header
from keepsight.settings import load_settings

Deliver = Callable[..., Answer]
CHROME = b"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
TIMES = [100, 200, 300, 400]


def frame(step: int) -> Image.Image:
    image = Image.new("RGB", (120, 80), (230, 230, 240))
    ImageDraw.Draw(image).ellipse((20 * step, 20, 20 * step + 30, 50), fill=(200, 30, 30))
    return image


@pytest.fixture(scope="module")
def deliver(tmp_path_factory: pytest.TempPathFactory) -> Deliver:
    media = tmp_path_factory.mktemp("media")
    frames = [frame(step) for step in range(4)]
    for name, options in {"moves.gif": {}, "moves.webp": {"lossless": True}, "moves.png": {}}.items():
        frames[0].save(media / name.replace("moves", "moves_" + name[6:]), save_all=True, append_images=frames[1:],
                       duration=TIMES, loop=0, **options)  # fmt: skip
    pages = [Image.new("RGB", (30 + 10 * n, 20), (60 * n, 0, 0)) for n in range(3)]
    pages[0].save(media / "pages.tiff", save_all=True, append_images=pages[1:])
    Image.new("RGBA", (20, 20), (0, 200, 0, 100)).save(media / "masked.tiff")
    tags = Image.Exif()
    tags[ExifTags.Base.Artist] = "Ann"
    tags[ExifTags.Base.Orientation] = 6
    Image.linear_gradient("L").convert("RGB").resize((300, 200)).save(media / "photo.jpg", exif=tags)
    Image.linear_gradient("L").convert("CMYK").resize((60, 40)).save(media / "inked.jpg")
    (media / "drawing.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='20'><circle cx='10' cy='10' r='10'/></svg>",
        "utf-8",
    )
    settings = load_settings(
        None,
        {"storage": {"media": media, "data": tmp_path_factory.mktemp("data")}, "models": {"weights": media}},
    )
    origin = open_origin(settings, open_registry(settings))
    return lambda url, accept=b"": origin.deliver(f"/demo/image/upload/{url}", Client(accept)).answer


def opened(answer: Answer) -> Image.Image:
    assert answer.status == 200
    return Image.open(io.BytesIO(answer.body))


def told(answer: Answer) -> tuple[str, int, tuple[int, ...], tuple[int, int]]:
    """Format, frames, milliseconds of each, and size."""
    header = read_header(answer.body, Limits())
    assert dict(answer.headers)[b"content-type"] == header.format.content_type.encode()
    return header.format, header.frames, header.durations, (header.width, header.height)


@pytest.mark.parametrize("name", ["moves_gif.gif", "moves_webp.webp", "moves_png.png"])
@pytest.mark.parametrize(
    ("url", "accept", "format_", "times"),
    [
        ("w_60", b"", None, TIMES),
        ("w_60,f_gif", b"", "gif", TIMES),
        ("w_60,f_webp,fl_awebp", b"", "webp", TIMES),
        ("w_60,f_webp,fl_animated", b"", "webp", TIMES),
        ("w_60,f_png,fl_apng", b"", "png", TIMES),
        ("w_60,f_avif,fl_animated", b"", "avif", TIMES),
        ("w_60,f_jpg", b"", "jpeg", []),
        ("w_60,f_auto", CHROME, "avif", TIMES),
        ("w_60,f_auto", b"image/webp", "webp", TIMES),
        ("w_60,f_auto/e_loop:1", CHROME, "webp", TIMES),
        ("w_60,f_auto:image", CHROME, "webp", []),
        ("w_60,f_gif,dl_50", b"", "gif", [50] * 4),
        ("w_60,f_gif,pg_2-3", b"", "gif", TIMES[1:3]),
        ("w_60,f_gif,pg_3;1", b"", "gif", [300, 100]),
        ("w_60,pg_2", b"", None, []),
    ],
)
def test_animations(
    deliver: Deliver, name: str, url: str, accept: bytes, format_: str | None, times: list[int]
) -> None:
    found, frames, durations, size = told(deliver(f"{url}/{name}", accept))
    own = name.rpartition(".")[2]
    assert found == (format_ or own)
    assert (list(durations), frames, size) == (times, len(times) or 1, (60, 40))


def test_every_frame_is_cut_alike(deliver: Deliver) -> None:
    body = deliver("c_crop,g_west,w_60,h_80/a_90/e_negate/moves_png.png").body
    header = read_header(body, Limits())
    for number, each in enumerate(Picture(body, header).frames(range(4))):
        expected = frame(number).crop((0, 0, 60, 80)).transpose(Image.Transpose.ROTATE_270).point(lambda v: 255 - v)
        assert each.cut((0, 0, 80, 60), (80, 60)).convert("RGB").tobytes() == expected.tobytes()


def test_one_frame_of_an_animation(deliver: Deliver) -> None:
    for number in (1, 3):
        image = opened(deliver(f"pg_{number},f_png/moves_gif.gif")).convert("RGB")
        assert image.getpixel((20 * (number - 1) + 15, 35))[0] == 200


@pytest.mark.parametrize(("page", "width"), [(1, 30), (2, 40), (3, 50)])
def test_one_page_of_a_document(deliver: Deliver, page: int, width: int) -> None:
    assert opened(deliver(f"pg_{page},f_png/pages.tiff")).size == (width, 20)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("pg_4/pages.tiff", r"Invalid page in transformation: 4 \(expected at most 3\)"),
        ("pg_9/moves_gif.gif", r"Invalid page in transformation: 9 \(expected at most 4\)"),
        ("pg_3-9/moves_gif.gif", r"Invalid page in transformation: 9 \(expected at most 4\)"),
        ("pg_1-2/pages.tiff", r"Invalid page in transformation: 1-2 \(expected one page, such as 2\)"),
        ("cs_cmyk,f_png/photo.jpg", "Invalid color space in transformation: cmyk"),
    ],
)
def test_what_cannot_be_answered(deliver: Deliver, url: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        deliver(url)


def test_an_icon_of_a_large_picture_is_reduced_and_says_so(deliver: Deliver) -> None:
    answer = deliver("c_fill,w_600,h_300,f_ico/photo.jpg")
    assert opened(answer).size == (256, 128)
    assert dict(answer.said)[b"x-cld-warning"] == b"f_ico of 600 x 300 pixels: reduced to 256 x 128"
    assert b"x-cld-warning" not in dict(deliver("w_256,h_256,f_ico/photo.jpg").said)


def test_the_mask_of_a_tiff_can_be_ignored(deliver: Deliver) -> None:
    assert opened(deliver("f_png/masked.tiff")).convert("RGBA").getpixel((5, 5)) == (0, 200, 0, 100)
    ignored = opened(deliver("f_png,fl_ignore_mask_channels/masked.tiff"))
    assert ignored.convert("RGBA").getpixel((5, 5)) == (0, 200, 0, 255)


@pytest.mark.parametrize("format_", ["jpg", "png", "webp", "avif"])
def test_metadata_by_flag(deliver: Deliver, format_: str) -> None:
    kept = opened(deliver(f"w_50,f_{format_},fl_keep_attribution/photo.jpg"))
    tags = Image.Exif()
    tags.load(kept.info["exif"])
    assert dict(tags) == {ExifTags.Base.Artist: "Ann"}
    assert kept.size == (50, 75), "upright, and said to be so once"
    assert "exif" not in opened(deliver(f"w_50,f_{format_}/photo.jpg")).info


def test_cmyk_is_kept_when_asked(deliver: Deliver) -> None:
    assert opened(deliver("w_30,cs_keep_cmyk/inked.jpg")).mode == "CMYK"
    assert opened(deliver("w_30/inked.jpg")).mode in ("L", "RGB")
    assert opened(deliver("w_30,cs_cmyk,f_auto/photo.jpg", CHROME)).mode == "CMYK"


@pytest.mark.parametrize(
    ("flags", "mode"), [("fl_png8", "P"), ("fl_png24", "RGB"), ("fl_png32", "RGBA"), ("fl_lossy", "P")]
)
def test_depths_of_a_png(deliver: Deliver, flags: str, mode: str) -> None:
    assert opened(deliver(f"f_png,{flags}/photo.jpg")).mode == mode


def test_density_and_progression(deliver: Deliver) -> None:
    image = opened(deliver("w_50,dn_300,fl_progressive:steep/photo.jpg"))
    assert image.info["dpi"] == (300, 300)
    assert image.info["progressive"]


def test_loops(deliver: Deliver) -> None:
    assert read_header(deliver("e_loop:2/moves_gif.gif").body, Limits()).plays == 3
    assert read_header(deliver("e_loop/moves_gif.gif").body, Limits()).plays == 0


def test_getinfo_of_an_animation(deliver: Deliver) -> None:
    output = json.loads(deliver("w_60,fl_getinfo/moves_gif.gif").body)["output"]
    assert (output["format"], output["width"], output["height"]) == ("gif", 60, 40)


def test_automatic_quality_of_every_level(deliver: Deliver) -> None:
    sizes = [len(deliver(f"q_auto:{level}/photo.jpg").body) for level in ("best", "good", "eco", "low")]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(
    ("url", "accept", "format_", "size"),
    [
        ("w_400", b"", "PNG", (400, 200)),
        ("w_400,f_jpg", b"", "JPEG", (400, 200)),
        ("w_400,f_auto", b"image/webp", "WEBP", (400, 200)),
        ("dn_192,f_png", b"", "PNG", (80, 40)),
        ("fl_rasterize", b"", "PNG", (40, 20)),
    ],
)
def test_drawings(deliver: Deliver, url: str, accept: bytes, format_: str, size: tuple[int, int]) -> None:
    image = opened(deliver(f"{url}/drawing.svg", accept))
    assert (image.format, image.size) == (format_, size)
    assert image.convert("RGBA").getpixel((size[0] // 4, size[1] // 2)) == (0, 0, 0, 255)
