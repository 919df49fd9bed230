"""Every piece of the image that can be tried without an engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from keepsight.settings import Settings
from tests.serving import serving

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
SCRIPTS = ("entrypoint", "healthy", "install")
INSTALLED = Path(sysconfig.get_path("scripts"))


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{INSTALLED}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(command, env={"PATH": path} | environment, capture_output=True, text=True, check=False)


def test_hadolint_finds_nothing() -> None:
    found = run(INSTALLED / "hadolint", "--no-color", ROOT / "Dockerfile")
    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.parametrize("script", SCRIPTS)
def test_shellcheck_finds_nothing(script: str) -> None:
    found = run(INSTALLED / "shellcheck", DOCKER / script)
    assert (found.returncode, found.stdout) == (0, "")
    assert os.access(DOCKER / script, os.X_OK)


@pytest.mark.parametrize("file", ["Dockerfile", "docker/compose.yaml", "docker/compose.cluster.yaml"])
def test_every_setting_named_is_one(file: str) -> None:
    named = set(re.findall(r"\bKEEPSIGHT_([A-Z]+)__([A-Z_]+)", (ROOT / file).read_text()))
    assert named
    sections = Settings.model_fields
    for section, key in named:
        assert key.lower() in sections[section.lower()].annotation.model_fields, f"{section}__{key}"


def test_every_file_copied_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for name in " ".join(copied).split():
        assert (ROOT / name).exists(), name
        assert name.split("/")[0] not in ignored


def test_a_secret_comes_from_a_file_and_shows_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    (tmp_path / "keepsight").write_text(
        f"#!{sys.executable}\nimport json, os, sys\nprint(json.dumps([sys.argv, dict(os.environ)]))\n"
    )
    (tmp_path / "keepsight").chmod(0o755)
    said = subprocess.run(
        [DOCKER / "entrypoint", "serve"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "KEEPSIGHT_SECRET_FILE": str(secret)},
        capture_output=True,
        check=True,
    ).stdout
    arguments, environment = json.loads(said)
    assert arguments[1:] == ["serve"]
    assert environment["KEEPSIGHT_CLOUD__API_SECRET"] == "from a file"
    assert "KEEPSIGHT_SECRET_FILE" not in environment


def test_healthy_asks_the_server() -> None:
    with serving(lambda handler: handler.give(200 if handler.path == "/health" else 503)) as site:
        assert run(DOCKER / "healthy", KEEPSIGHT_SERVER__PORT=str(site.port)).returncode == 0
        assert run(DOCKER / "healthy", "ready", KEEPSIGHT_SERVER__PORT=str(site.port)).returncode == 1
        assert [path for path, _ in site.requests] == ["/health", "/ready"]
    gone = run(DOCKER / "healthy", KEEPSIGHT_SERVER__PORT=str(site.port))
    assert (gone.returncode, gone.stderr.partition(":")[0]) == (1, "healthy")


def test_an_unknown_variant_is_refused() -> None:
    refused = run(DOCKER / "install", "gpu", "/nowhere")
    assert (refused.returncode, refused.stderr) == (64, "install: no variant gpu (expected cpu, slim or cuda)\n")


def test_every_extra_of_a_variant_exists() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text()
    for extras in re.findall(r'EXTRAS="([^"]+)"', (DOCKER / "install").read_text()):
        for extra in extras.split(","):
            assert re.search(rf"^{extra} = \[", pyproject, re.MULTILINE), extra


@pytest.mark.parametrize("file", ["compose.yaml", "compose.cluster.yaml"])
def test_compose_reads_it(file: str, tmp_path: Path) -> None:
    if not shutil.which("docker-compose"):
        pytest.skip("needs docker-compose (Debian: docker-compose)")
    (tmp_path / "secret").write_text("secret")
    # Debian's docker-compose knows the language but for the name of a project.
    (tmp_path / file).write_text(re.sub(r"^name: .*\n", "", (DOCKER / file).read_text(), flags=re.MULTILINE))
    environment = {"POSTGRES_PASSWORD": "p", "S3_SECRET": "s", "SECRET_FILE": str(tmp_path / "secret")}
    read = run("docker-compose", "-f", tmp_path / file, "config", **environment)
    assert read.returncode == 0, read.stderr
    assert "keepsight" in read.stdout
    if "POSTGRES_PASSWORD" in (DOCKER / file).read_text():
        refused = run("docker-compose", "-f", tmp_path / file, "config", SECRET_FILE=environment["SECRET_FILE"])
        assert refused.returncode != 0
        assert re.search("set (POSTGRES_PASSWORD|S3_SECRET)", refused.stderr)
