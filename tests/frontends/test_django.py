"""`CloudinaryField` in a Django site: its model, form and template tags, uploaded to and shown in the browser."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.code_blocks import code_blocks
from tests.end_to_end.conftest import Server
from tests.frontends.conftest import Run, new_context
from tests.frontends.pages import Pictures

SETTINGS = """
SECRET_KEY, DEBUG, ALLOWED_HOSTS, USE_TZ = "a test", True, ["127.0.0.1"], True
ROOT_URLCONF, DEFAULT_AUTO_FIELD = "shelter.urls", "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.staticfiles", "shelter"]
MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shelter.sqlite"}}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
STATIC_URL = "static/"
"""
URLS = """
from django.urls import path

from shelter.views import pets

urlpatterns = [path("", pets, name="pets")]
"""


@pytest.fixture(scope="module")
def site(run: Run, server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    pytest.importorskip("django", reason="needs the extra [test]: django")
    folder = tmp_path_factory.mktemp("django")
    files = code_blocks("frontends/django.md") | {"urls.py": URLS, "__init__.py": "", "migrations/__init__.py": ""}
    files["settings.py"] = SETTINGS + files["settings.py"].replace("http://127.0.0.1:8000", server.url)
    for name, text in files.items():
        (folder / "shelter" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "shelter" / name).write_text(text, "utf-8")
    script = "{0} makemigrations shelter && {0} migrate && exec {0} runserver --noreload 127.0.0.1:{{port}}"
    command = script.format(f"{sys.executable} -m django")
    return run(["sh", "-ec", command], folder, DJANGO_SETTINGS_MODULE="shelter.settings", PYTHONPATH=str(folder))


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    made = new_context(browser)
    yield made
    made.close()


def test_a_form_uploads_and_the_page_shows_it(
    site: str, context: Any, https: int, media: Path, server: Server
) -> None:
    page = context.new_page()
    page.goto(site)
    page.get_by_label("Name").fill("Tom")
    page.get_by_label("Photo").set_input_files(media / "pets" / "tom.jpg")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("link", name="Tom, 1200 × 800").wait_for()
    shown = Pictures.of(context, site, f"https://127.0.0.1:{https}")
    assert shown.sizes == {"Tom": (400, 300), "a cat": (300, 300)}
    assert "/s--" in shown.addresses["a cat"]
    assert "/pets/" in shown.addresses["Tom"]
    linked = page.get_by_role("link").get_attribute("href")
    assert linked.startswith("https://pictures.example/demo/image/upload/c_limit,w_1200/v")


def test_a_file_that_is_no_picture_is_told_to_the_form(site: str, context: Any, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("no picture", "utf-8")
    page = context.new_page()
    page.goto(site)
    page.get_by_label("Name").fill("Nobody")
    page.get_by_label("Photo").set_input_files(tmp_path / "notes.jpg")
    page.get_by_role("button", name="Add").click()
    assert "Invalid image file" in page.content()
