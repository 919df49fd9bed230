"""Every setting: name, type, default and meaning, once.

A TOML file gives them by section; the environment overrides each as `KEEPSIGHT_<SECTION>__<KEY>`. The example file and
the documents are checked against this declaration by a test.
"""

from __future__ import annotations

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import (
    BaseModel,
    ByteSize,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from keepsight.errors import ConfigurationError
from keepsight.setting_values import (
    CORES,
    HexKey,
    HexKeys,
    Hosts,
    Origins,
    Paths,
    Proxies,
    Secrets,
    Transformations,
    Words,
    byte_size,
)

ENV_PREFIX = "KEEPSIGHT_"
CONFIG_VARIABLE = "KEEPSIGHT_CONFIG"
"""Names the TOML file when `--config` does not."""


class Section(BaseModel):
    """A table of the file; an unknown key in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cloud(Section):
    """Whose pictures these are, and the secrets that sign their URLs."""

    name: str = Field("demo", min_length=1, pattern=r"^[A-Za-z0-9_-]+$", description="Cloud name in URLs.")
    api_key: str | None = Field(None, description="Key that goes with the secret.")
    api_secret: SecretStr | None = Field(None, description="Signs URLs. Without it: development mode, loopback only.")
    previous_secrets: Secrets = Field((), description="Secrets that are still accepted while you rotate.")
    access_tokens: Secrets = Field((), description="Accepted by the APIs after Authorization: Bearer.")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret that verifies, the current one first; empty in development mode."""
        if self.api_secret is None:
            return ()
        return tuple(s.get_secret_value() for s in (self.api_secret, *self.previous_secrets))


class Server(Section):
    """Where `keepsight serve` listens."""

    host: str = Field("127.0.0.1", description="Address to listen on; other than loopback needs cloud.api_secret.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=256, description="Processes behind the one port.")
    grace: int = Field(
        25, ge=0, le=3600, description="Seconds that requests in work get to end in when the server is told to stop."
    )
    trusted_proxies: Proxies = Field(
        ("127.0.0.1", "::1"), description="Addresses or networks whose X-Forwarded-For and -Proto are believed."
    )
    metrics: Proxies = Field(
        ("127.0.0.1", "::1"),
        description="Addresses or networks that may read /metrics; not an address behind a proxy.",
    )
    metrics_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="Whoever sends it after Authorization: Bearer may read /metrics from anywhere.",
    )
    public_url: HttpUrl | None = Field(
        None, description="Address of the pictures for browsers, in answers of the APIs; default: that of the request."
    )


class Log(Section):
    """What is written to stderr: text on a terminal, else a line of JSON for each event, never with a secret."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="From which level on.")
    requests: bool = Field(
        True, description="Whether each request gets a line, hits from memory excepted; needs info."
    )
    hits: float = Field(0.0, ge=0, le=1, description="Share of the hits from memory that get a line, too.")


class Security(Section):
    """What may be asked without a signature."""

    allow_unsigned: Words = Field(
        (), description="Models whose objects may be asked for unsigned, or object-aware for all of them."
    )
    strict_transformations: bool = Field(False, description="Whether every transformation must be signed.")
    auth_token_key: HexKey | None = Field(
        None, description="Key of __cld_token__ tokens, hexadecimal; they open private and authenticated pictures."
    )
    previous_token_keys: HexKeys = Field((), description="Keys of tokens that are still accepted while you rotate.")

    @property
    def token_keys(self) -> tuple[str, ...]:
        """Every key that opens tokens, the current one first; empty where tokens are not taken."""
        if self.auth_token_key is None:
            return ()
        return tuple(k.get_secret_value() for k in (self.auth_token_key, *self.previous_token_keys))


class Storage(Section):
    """Where pictures are, and what Keepsight makes of them."""

    media: Path = Field(Path("media"), description="Folder of originals; the path inside it is the public id.")
    private: Path | None = Field(
        None, description="Folder of originals of type private: only what is derived from them is public."
    )
    authenticated: Path | None = Field(
        None, description="Folder of originals of type authenticated: everything needs a signature or a token."
    )
    data: Path = Field(Path("data"), description="Folder that Keepsight writes: derived images, analysis.")
    originals: str | None = Field(
        None,
        description="Where uploaded originals are kept: a folder (default: originals in data), or s3://bucket/prefix,"
        " gs://bucket/prefix, az://container/prefix; options such as ?endpoint= and &region= may follow.",
    )

    @property
    def folders(self) -> dict[str, Path]:
        """The folder of each delivery type that has one."""
        folders = {"upload": self.media, "private": self.private, "authenticated": self.authenticated}
        return {kind: folder for kind, folder in folders.items() if folder is not None}

    @property
    def place(self) -> str:
        """`originals`, or its default."""
        return self.originals or str(self.data / "originals")


class Catalogue(Section):
    """What is known of uploaded assets."""

    url: SecretStr | None = Field(
        None,
        description="Database: sqlite:///path (default: catalogue.sqlite in data) or postgresql://user@host/name.",
    )
    pool: int = Field(
        10, ge=1, le=1000, description="Connections that a process keeps; it takes twice as many at need."
    )
    workers: int = Field(
        2,
        ge=0,
        le=64,
        description="Jobs that a process does at once: eager images, notifications; 0 leaves them to others.",
    )


class Cdn(Section):
    """What stands in front of the pictures."""

    purge_url: HttpUrl | None = Field(
        None, description="Told by a signed POST which addresses changed, when a call says invalidate."
    )


class Fetch(Section):
    """Pictures from other servers, for URLs of type fetch. Off until a host is allowed."""

    allowed_hosts: Hosts = Field(
        (), description="Hosts that may be asked: images.example.com, *.example.com for all below it, * for any."
    )
    unsafe_origins: Origins = Field(
        (),
        description="Such as http://10.0.0.5:9000: asked although they are private, local or without encryption.",
    )
    max_bytes: ByteSize = Field(byte_size("50MiB"), description="Largest file that is taken from another server.")
    timeout: float = Field(10.0, gt=0, le=300, description="Seconds for one file, redirects included.")
    max_age: int = Field(86_400, ge=0, description="Seconds until the other server is asked whether a file changed.")
    store_bytes: ByteSize = Field(byte_size("5GiB"), description="Size of the fetched files on disk.")
    concurrency: int = Field(16, ge=1, le=1024, description="Other servers that are waited for at once.")

    @property
    def enabled(self) -> bool:
        """Whether any server may be asked."""
        return bool(self.allowed_hosts or self.unsafe_origins)


class Models(Section):
    """Detectors."""

    weights: Path | None = Field(None, description="Folder of weights; default: beside the cards.")
    order: Words = Field(
        ("coco", "lvis", "openimages", "cld-fashion", "human-anatomy", "cld-text"),
        description="Which model is asked first for a word that names none; private models come before.",
    )
    private: Paths = Field(
        (),
        description="Folders of private models, a card and weights each; asked first, as those in <weights>/private.",
    )
    starter: bool = Field(
        True, description="Whether the small networks that come along answer while nothing better is installed."
    )
    runtime: Literal["auto", "torch", "onnx", "openvino"] = Field(
        "auto", description="What runs YOLO networks; auto: the fastest that is installed and was optimised for."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where torch and ONNX Runtime compute; auto: CUDA where it is, else the processor."
    )
    prefer: Words = Field(
        (), description="Weights files to take before others of their model, such as yolo11s.pt before yolo11n.pt."
    )
    mirror: HttpUrl | None = Field(
        None, description="Address of a folder from which weights are fetched, not from where each card says."
    )
    licences: Literal["all", "permissive"] = Field(
        "all", description="Which models may be used; permissive: none whose licence asks more than to be named."
    )
    deadline: float | None = Field(
        None, gt=0, description="Seconds that any model gets for a picture; default: what its card says."
    )
    workers: int = Field(
        default_factory=lambda: CORES, ge=1, description="Networks that run at once; default: the cores."
    )
    queue: int = Field(64, ge=1, description="Pictures waiting for a network before answers are made without it.")
    preload: bool = Field(True, description="Whether installed models are loaded once the port is open.")


class Cache(Section):
    """Derived images."""

    max_bytes: ByteSize = Field(byte_size("10GiB"), description="Size of the derived cache on disk.")
    memory_bytes: ByteSize = Field(byte_size("32MiB"), description="Hot answers kept in memory, per process.")
    max_age: int = Field(2_592_000, ge=0, description="Seconds that browsers and CDNs may keep an image.")
    error_max_age: int = Field(
        60, ge=0, description="Seconds for errors and for results made without a model or font."
    )


class Limits(Section):
    """What one request may cost."""

    max_pixels: int = Field(64_000_000, ge=1, description="Largest original, in pixels, over all its frames.")
    max_bytes: ByteSize = Field(byte_size("100MiB"), description="Largest original file.")
    max_output_pixels: int = Field(40_000_000, ge=1, description="Largest answer, in pixels.")
    max_animation_pixels: int = Field(
        200_000_000, ge=1, description="Largest answer that moves, in pixels over all its frames."
    )
    deadline: float = Field(30.0, gt=0, description="Seconds for one image, checked between steps.")
    threads: int = Field(
        default_factory=lambda: CORES, ge=1, description="Images in work at once; default: the cores."
    )
    queue: int = Field(256, ge=1, description="Images that may wait at once for their turn; beyond, 503 is answered.")
    wait: float = Field(10.0, gt=0, description="Seconds that they may have to wait, as far as can be told.")
    standing_queue: int = Field(
        8, ge=1, description="Images that may wait for each thread once there were some waiting for 2 seconds on end."
    )
    work_bytes: ByteSize = Field(
        byte_size("128MiB"), description="Memory for large pictures in work; one that takes more is worked on alone."
    )
    uploads_bytes: ByteSize = Field(
        byte_size("1GiB"),
        description="Bodies of requests that arrive or are in work at once, before 503; per process.",
    )
    upload_timeout: float = Field(600.0, gt=0, description="Seconds for the body of a request to arrive.")


class Studio(Section):
    """The page at /studio: in development mode open to this machine, with a secret only to whoever knows it."""

    enabled: bool | None = Field(None, description="Whether it is there; default: in development mode only.")
    dropped_bytes: ByteSize = Field(byte_size("256MiB"), description="Size of the photos that were dropped on it.")
    dropped_age: int = Field(86_400, ge=60, description="Seconds that a dropped photo is kept.")


class Crop(Section):
    """Taste in cropping."""

    thumb_margin: float = Field(0.04, ge=0, le=0.5, description="Share of a box added on each side of it by c_thumb.")

    @property
    def margin(self) -> Fraction:
        """`thumb_margin`, exact."""
        return Fraction(str(self.thumb_margin))


class Settings(BaseSettings):
    """All sections. Frozen: a process keeps what it started with."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, case_sensitive=False
    )

    cloud: Cloud = Cloud()
    server: Server = Server()
    log: Log = Log()
    security: Security = Security()
    storage: Storage = Storage()
    catalogue: Catalogue = Catalogue()
    cdn: Cdn = Cdn()
    fetch: Fetch = Fetch()
    models: Models = Models()
    cache: Cache = Cache()
    limits: Limits = Limits()
    crop: Crop = Crop()
    studio: Studio = Studio()
    transformations: Transformations = Field({}, description="Named transformations: t_<name> stands for the value.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment overrides the file, which arrives as init arguments."""
        return env_settings, init_settings

    @property
    def catalogue_url(self) -> str:
        """`catalogue.url`, or its default."""
        url = self.catalogue.url
        return url.get_secret_value() if url else f"sqlite:///{self.storage.data / 'catalogue.sqlite'}"

    @property
    def studio_open(self) -> bool:
        """Whether there is a page at /studio."""
        return self.development if self.studio.enabled is None else self.studio.enabled

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret that is configured, for whoever has to keep them out of something."""
        cloud = self.cloud
        named = (cloud.api_secret, self.security.auth_token_key, self.server.metrics_token)
        before = (*cloud.previous_secrets, *self.security.previous_token_keys)
        given = [s for s in (*named, *before, *cloud.access_tokens) if s is not None]
        password = urlsplit(self.catalogue_url).password
        return (*(s.get_secret_value() for s in given), *((unquote(password),) if password else ()))

    @property
    def development(self) -> bool:
        """Whether no secret is configured: loopback only, object-aware URLs unsigned."""
        return self.cloud.api_secret is None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_settings(path: Path | None = None, overrides: Mapping[str, Mapping[str, Any]] | None = None) -> Settings:
    """Settings from the file `path` (default: `KEEPSIGHT_CONFIG`), the environment, and `overrides` above both.

    `overrides` holds command line options by section and key. Raises ConfigurationError with every fault, by name.
    """
    path = path or (Path(p) if (p := os.environ.get(CONFIG_VARIABLE)) else None)
    try:
        settings = Settings(**(_read(path) if path else {}))
        sections = {
            name: type(section).model_validate(section.model_dump() | dict(values))
            for name, values in (overrides or {}).items()
            if (section := getattr(settings, name))
        }
    except ValidationError as error:
        raise ConfigurationError(tuple(_fault(e) for e in error.errors(include_input=False))) from None
    return settings.model_copy(update=sections)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError((f"{path}: cannot be read ({error.strerror})",)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError((f"{path}: is no TOML ({error})",)) from None


def _fault(error: Mapping[str, Any]) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{name}: no such setting"
    return f"{name}: {error['msg'][0].lower()}{error['msg'][1:]}"
