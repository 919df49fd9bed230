from __future__ import annotations

import os
import runpy
import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr

from keepsight.errors import ConfigurationError
from keepsight.settings import Settings, is_loopback, load_settings

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("KEEPSIGHT_")]:
        monkeypatch.delenv(name)


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


def test_defaults_are_development_on_loopback() -> None:
    settings = load_settings()
    assert settings.development
    assert is_loopback(settings.server.host)
    assert settings.cloud.name == "demo"


def test_the_environment_overrides_the_file_and_options_override_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, '[server]\nport = 1\nworkers = 2\nhost = "::1"')
    monkeypatch.setenv("KEEPSIGHT_SERVER__PORT", "3")
    monkeypatch.setenv("KEEPSIGHT_SERVER__WORKERS", "4")
    server = load_settings(path, {"server": {"workers": 5}}).server
    assert (server.host, server.port, server.workers) == ("::1", 3, 5)


@pytest.mark.parametrize("text", ["coco, lvis", '["coco", "lvis"]', "coco,lvis,"])
def test_lists_in_the_environment(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("KEEPSIGHT_SECURITY__ALLOW_UNSIGNED", text)
    assert load_settings().security.allow_unsigned == ("coco", "lvis")


def test_the_file_may_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPSIGHT_CONFIG", str(written(tmp_path, '[cloud]\nname = "zoo"')))
    assert load_settings().cloud.name == "zoo"


def test_a_wrong_file_reports_all_its_errors_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, '[cloud]\nname = "a b"\nsecret = "x"\n[limits]\nqueue = 0\n[cash]\nmax_bytes = 1')
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path)
    names = sorted(fault.partition(":")[0] for fault in caught.value.faults)
    assert names == ["cash", "cloud.name", "cloud.secret", "limits.queue"]


@pytest.mark.parametrize("text", ["[cloud", "= 1"])
def test_a_file_that_is_no_toml_says_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match="is no TOML"):
        load_settings(written(tmp_path, text))


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings(tmp_path / "nothing.toml")


def test_faults_and_representations_never_show_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPSIGHT_CLOUD__API_SECRET", "top-secret")
    monkeypatch.setenv("KEEPSIGHT_CLOUD__PREVIOUS_SECRETS", "old-secret,older-secret")
    settings = load_settings()
    assert settings.cloud.secrets == ("top-secret", "old-secret", "older-secret")
    assert "secret'" not in repr(settings).replace("previous_secrets", "")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(written(tmp_path, "[cloud]\nname = 5"))
    assert "top-secret" not in str(caught.value)


def test_the_example_file_shows_every_setting_with_its_default() -> None:
    text = (ROOT / "config.example.toml").read_text("utf-8")
    assert load_settings(ROOT / "config.example.toml") == load_settings()
    shown = tomllib.loads(_uncommented(text))
    sections = {s: f.annotation for s, f in Settings.model_fields.items() if s != "transformations"}  # names are yours
    declared = {s: set(a.model_fields) for s, a in sections.items()} | {"transformations": {"badge"}}  # type: ignore[union-attr]
    assert {section: set(keys) for section, keys in shown.items()} == declared


def test_the_example_file_is_what_the_declaration_makes() -> None:
    example = runpy.run_path(str(ROOT / "tools" / "build_config_example.py"))["example"]
    assert (ROOT / "config.example.toml").read_text("utf-8") == example(), "run tools/build_config_example.py"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("x", False)],
)
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_secrets_are_typed_as_such() -> None:
    assert Settings.model_fields["cloud"].annotation.model_fields["api_secret"].annotation == SecretStr | None  # type: ignore[union-attr]


def _uncommented(text: str) -> str:
    """Settings that are shown commented out, `#key = value`, count as shown; prose, `# Text`, does not."""
    return "\n".join(line[1:] if line.startswith("#") and line[1:2].isalpha() else line for line in text.splitlines())


def test_hosts_origins_and_keys_are_checked_by_name(tmp_path: Path) -> None:
    text = (
        '[fetch]\nallowed_hosts = ["https://a.test/"]\nunsafe_origins = ["a.test"]\n[security]\nauth_token_key = "xyz"'
    )
    with pytest.raises(ConfigurationError) as caught:
        load_settings(written(tmp_path, text))
    names = sorted(fault.partition(":")[0] for fault in caught.value.faults)
    assert names == ["fetch.allowed_hosts", "fetch.unsafe_origins", "security.auth_token_key"]
    assert "xyz" not in str(caught.value)


def test_fetching_is_off_until_somebody_may_be_asked(tmp_path: Path) -> None:
    assert not load_settings().fetch.enabled
    text = '[fetch]\nallowed_hosts = ["*.example.com", "*", "a-b.test"]\nunsafe_origins = ["http://[::1]:8080"]'
    assert load_settings(written(tmp_path, text)).fetch.enabled
