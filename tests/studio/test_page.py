"""The page in a real Chromium: what people do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
from PIL import Image

from tests.end_to_end.conftest import Server
from tests.studio.conftest import KEY, SECRET
from tests.studio.pages import BOTH, Page, Visit, copied, expect_address


def test_a_crop_from_the_photo_to_the_copied_address(visit: Visit, server: Server) -> None:
    page = visit(f"{server.url}/studio")
    page.get_by_role("button", name="pets/both.jpg").click()
    page.get_by_role("radio", name="Thumb").check()
    page.get_by_role("button", name=re.compile("^dog")).click()
    page.get_by_label("Width, px").fill("240")
    page.get_by_label("Height, px").fill("180")
    expect_address(page, "c_thumb,f_auto,g_auto:dog,h_180,q_auto,w_240/v1/pets/both.jpg$")
    page.locator(".reason", has_text="Kept: dog").wait_for()
    page.get_by_role("button", name="Copy address and code").click()
    page.get_by_text("Copied").first.wait_for()
    url = copied(page)
    answer = httpx.get(url, headers={"Accept": "image/webp"})
    assert answer.status_code == 200
    assert "kept dog" in answer.headers["x-focus"]
    shown = page.locator(".result img").get_attribute("src")
    assert shown.startswith("data:image/webp;base64,")
    for name, has in (
        ("srcset", "dpr_2.0"),
        ("Python", "CloudinaryImage"),
        ("Node", "cloudinary.url("),
        ("url-gen", "thumbnail()"),
    ):
        page.get_by_role("tab", name=name).click()
        assert has in page.locator("pre.code").first.text_content()
    # What was chosen is in the address of the page: it is there again after a reload.
    page.reload()
    expect_address(page, "cloudinary.url|c_thumb,f_auto,g_auto:dog,h_180,q_auto,w_240")
    assert page.get_by_label("Width, px").input_value() == "240"


def test_what_decided_is_drawn_over_the_original(visit: Visit, server: Server) -> None:
    page = visit(f"{server.url}/studio#crop?{BOTH}&objects=dog&width=300&height=300")
    page.locator(".overlay rect.window").wait_for()
    page.locator(".tags span.kept", has_text="dog").wait_for()
    assert page.locator(".tags span.bystander", has_text="cat").count() == 1
    assert page.locator(".heat").count() == 0
    page.get_by_role("button", name="Importance").click()
    assert page.locator(".heat").count() == 1
    page.get_by_role("button", name="Crop window").click()
    assert page.locator(".overlay rect.window").count() == 0
    page.get_by_role("button", name="Detections").click()
    assert page.locator(".tags").count() == 0
    compared = page.locator(".compare figure")
    compared.nth(2).locator("img").wait_for()
    assert [each.split(",")[0] for each in compared.locator("code").all_text_contents()] == [
        "c_fill",
        "c_crop",
        "c_thumb",
    ]
    page.get_by_role("button", name="Use Thumb").click()
    expect_address(page, "c_thumb")


def test_the_crop_follows_the_handle(visit: Visit, server: Server) -> None:
    page = visit(f"{server.url}/studio#crop?{BOTH}&width=300&height=300")
    expect_address(page, "h_300,q_auto,w_300")
    page.locator(".result img").scroll_into_view_if_needed()
    handle = page.locator(".handle")
    at = handle.bounding_box()
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 30, y - 50, steps=4)
    page.mouse.up()
    code = expect_address(page, "h_2[0-9]{2},q_auto,w_2[0-9]{2}")
    width = int(re.search(r"w_(\d+)", code)[1])
    assert int(page.get_by_label("Width, px").input_value()) == width
    handle.press("ArrowRight")
    handle.press("Shift+ArrowRight")
    expect_address(page, f"w_{width + 11}/")
    page.wait_for_function("([w]) => document.querySelector('.handle').ariaLabel.includes(w)", arg=[str(width + 11)])


def test_a_dropped_photo(visit: Visit, server: Server, media: Path, tmp_path: Path) -> None:
    mine = tmp_path / "my holiday.png"
    Image.open(media / "pets" / "both.jpg").resize((600, 400)).save(mine)
    page = visit(f"{server.url}/studio", quiet=False)
    page.locator(".tile[aria-pressed=true]").wait_for()
    page.set_input_files("input[type=file]", mine)
    page.get_by_text("my holiday.png is here to be tried").wait_for()
    page.get_by_role("button", name=re.compile("^cat")).wait_for()
    # The same by a drop anywhere, of something that is no picture.
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["no picture"], "notes.jpg"));
          document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }"""
    )
    page.get_by_role("alert").wait_for()
    assert "picture" in page.get_by_role("alert").text_content()


def test_what_cannot_be_is_said_in_the_words_of_the_server(visit: Visit, server: Server) -> None:
    page = visit(f"{server.url}/studio#crop?{BOTH}&gravity=objects", quiet=False)
    page.get_by_role("alert").wait_for()
    assert "choose an object" in page.get_by_role("alert").text_content()
    page.get_by_label("Add an object").fill("ctt")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("No model knows “ctt”. Perhaps cat").wait_for()
    page.locator(".reason", has_text="Ctt is unknown to every model").wait_for()


def test_detect(visit: Visit, server: Server) -> None:
    page = visit(f"{server.url}/studio#detect?{BOTH}", quiet=False)
    page.get_by_role("cell", name="dog").wait_for()
    assert page.locator(".tags span").count() == 2
    text = page.locator("pre.code").text_content()
    assert set(json.loads(text)["info"]["detection"]["object_detection"]["data"]["toy"]["tags"]) == {"cat", "dog"}
    page.get_by_role("button", name="Copy JSON").click()
    page.get_by_text("Copied").first.wait_for()
    assert copied(page) == text
    page.get_by_role("button", name="Enlarge the photo").click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".tags span", has_text="cat").wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert page.evaluate("document.activeElement.ariaLabel") == "Enlarge the photo"
    page.get_by_text("cloud.api_key").wait_for()


def test_objects(visit: Visit, server: Server) -> None:
    page = visit(f"{server.url}/studio#objects")
    search = page.get_by_label("Search words")
    search.press_sequentially("bir")
    page.get_by_role("heading", name="bird", exact=True).wait_for()
    mine = page.locator(".word", has=page.get_by_role("heading", name="bird", exact=True)).locator(".knower").first
    assert mine.locator(".syntax").all_text_contents() == ["g_toy_v1_bird", "g_toy_bird", "g_bird"]
    mine.get_by_role("button", name="Copy g_toy_bird").click()
    page.get_by_text("Copied").first.wait_for()
    assert copied(page) == "g_toy_bird"
    search.fill("animals")
    page.get_by_role("heading", name="animals", exact=True).wait_for()
    search.fill("birdd")
    page.get_by_role("button", name="bird", exact=True).click()
    page.get_by_role("heading", name="bird", exact=True).wait_for()
    models = page.get_by_role("region", name="Models")
    toy = models.get_by_role("row", name=re.compile("^toy"))
    assert re.search("private.*v1.*(installed|loaded).*40 %", toy.text_content())


def test_the_folder_is_a_library_to_be_read(visit: Visit, server: Server) -> None:
    page = visit(f"{server.url}/studio#library")
    page.get_by_text("cannot be changed from here").wait_for()
    page.get_by_role("searchbox").fill("bird")
    page.keyboard.press("Enter")
    page.locator(".asset", has_text="birds.png").wait_for()
    page.locator(".asset", has_text="nobody.jpg").wait_for(state="detached")
    page.locator(".asset", has_text="birds.png").click()
    expect_address(page, "birds.png")


def test_the_library_with_the_apis_on(member: Page, media: Path) -> None:
    member.get_by_role("link", name="Library").click()
    member.get_by_role("button", name="Upload").wait_for()
    member.set_input_files("input[type=file]", media / "pets" / "both.jpg")
    member.get_by_role("button", name=re.compile("^both")).click()
    dialog = member.get_by_role("dialog")
    drawing = dialog.locator(".drawing")
    drawing.wait_for()
    member.wait_for_function("document.querySelector('.drawing img').complete")
    frame = drawing.bounding_box()
    member.mouse.move(frame["x"] + frame["width"] * 0.1, frame["y"] + frame["height"] * 0.2)
    member.mouse.down()
    member.mouse.move(frame["x"] + frame["width"] * 0.5, frame["y"] + frame["height"] * 0.7, steps=3)
    member.mouse.up()
    drawn = [int(dialog.get_by_label(name, exact=True).input_value()) for name in ("x", "y", "width", "height")]
    for value, wanted in zip(drawn, (120, 160, 480, 400), strict=True):
        assert abs(value - wanted) <= 6
    dialog.get_by_label("x", exact=True).fill("100")
    dialog.get_by_label("Tags, separated by commas").fill("pets, two")
    with member.expect_response("**/library/details"):  # the dialog then shows what the server has
        dialog.get_by_role("button", name="Keep these coordinates").click()
    member.get_by_text("Coordinates kept").first.wait_for()
    dialog.get_by_role("button", name="Keep tags").click()  # what was typed meanwhile is still there
    member.get_by_text("Tags kept").first.wait_for()
    assert dialog.get_by_label("x", exact=True).input_value() == "100"
    member.keyboard.press("Escape")
    member.locator(".asset", has_text="pets").wait_for()  # the list is asked for anew once the dialog is closed
    member.get_by_role("searchbox").fill("tags=two")
    member.keyboard.press("Enter")
    member.locator(".asset", has_text="pets").click()
    dialog.get_by_role("link", name="Crop it").click()
    member.get_by_role("radio", name="Custom").check()
    member.locator(".reason", has_text="The stored custom coordinates decided.").wait_for()
    assert "/s--" in expect_address(member, "g_custom")
    # Tags from what is seen, above a threshold.
    member.goto(member.url.partition("#")[0] + "#detect?photo=upload%2Fboth")
    member.get_by_role("button", name="Assign tags").click()
    member.get_by_text(re.compile("Tags: .*dog")).wait_for()
    member.get_by_role("link", name="Library").click()
    member.get_by_role("button", name=re.compile("^both")).click()
    dialog.get_by_role("button", name="Delete the picture").click()
    member.get_by_role("button", name="Delete", exact=True).click()
    member.get_by_text("Nothing here yet").wait_for()


def test_the_way_in_and_out(visit: Visit, locked: Server) -> None:
    page = visit(f"{locked.url}/studio", quiet=False)
    page.get_by_label("API key").fill(KEY)
    page.get_by_label("API secret").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_text("not the API key and secret").wait_for()
    page.get_by_label("API secret").fill(SECRET)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Log out").click()
    page.get_by_label("API secret").wait_for()
    page.goto(f"{locked.url}/studio")
    page.get_by_label("API secret").wait_for()


def test_a_picture_for_three_widths(visit: Visit, server: Server) -> None:
    page = visit(f"{server.url}/studio#picture?{BOTH}")
    page.get_by_role("button", name=re.compile("^cat")).click()
    expect_address(page, "c_thumb,f_auto,g_auto:cat")
    chosen = []
    for width in (1280, 820, 390):
        frame = page.frame_locator(f"iframe[title='The picture {width} pixels wide']")
        image = frame.locator("img")
        image.evaluate("image => { image.loading = 'eager'; return image.decode(); }")
        chosen.append(image.evaluate("image => image.currentSrc"))
    assert ["c_limit" in chosen[0], "c_fill" in chosen[1], "c_thumb" in chosen[2]] == [True, True, True]
