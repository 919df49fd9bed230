"""A store from one line of the configuration."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

from keepsight.assets.store.local import LocalStore
from keepsight.assets.store.store import Store
from keepsight.errors import ConfigurationError

SCHEMES = ("s3", "gs", "az")
_OPTIONS = {
    "s3": ("endpoint", "region", "virtual_hosted_style_request"),
    "gs": ("base_url",),
    "az": ("account_name", "endpoint"),
}
"""What may follow the `?`. Credentials may not: they come from the environment (`AWS_ACCESS_KEY_ID`,
`GOOGLE_APPLICATION_CREDENTIALS`, `AZURE_STORAGE_ACCOUNT_KEY` …) or from the machine's role, and never into a log."""
_TIMEOUT = timedelta(seconds=30)
_PATIENCE = timedelta(seconds=60)


def is_shared(place: str) -> bool:
    """Whether it is object storage, which other machines see as well."""
    return "://" in place


def open_store(place: str) -> Store:
    """The store at a folder, or at `s3://bucket/prefix?endpoint=…&region=…`, `gs://bucket/prefix`, `az://container/…`.

    Raises ConfigurationError. Object storage is not asked before the first bytes go there.
    """
    if not is_shared(place):
        try:
            return LocalStore(Path(place))
        except OSError as error:
            raise _wrong(f"cannot be written ({place}: {error.strerror})") from None
    parts = urlsplit(place)
    if parts.scheme not in SCHEMES:
        raise _wrong(f"expected a folder or a URL that begins with {', '.join(f'{s}://' for s in SCHEMES)}")
    if not parts.hostname or parts.username or parts.password:
        raise _wrong(f"expected {parts.scheme}://bucket/prefix, and credentials in the environment")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    known = _OPTIONS[parts.scheme]
    if unknown := sorted(options.keys() - set(known)):
        raise _wrong(f"no such option of {parts.scheme}://: {', '.join(unknown)} (expected {', '.join(known)})")
    return _bucket(parts, options)


def _bucket(parts: SplitResult, options: dict[str, str]) -> Store:
    # obstore is for object storage alone: a folder does without it.
    import obstore.store  # noqa: PLC0415 - see above
    from obstore.exceptions import BaseError  # noqa: PLC0415 - see above

    from keepsight.assets.store.objects import ObjectStore  # noqa: PLC0415 - imports obstore

    plain_http = any(value.startswith("http://") for value in options.values())
    try:
        bucket = obstore.store.from_url(  # type: ignore[call-overload]  # the options of all three services at once
            urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")),
            client_options={"timeout": _TIMEOUT, "connect_timeout": timedelta(seconds=5), "allow_http": plain_http},
            retry_config={"max_retries": 4, "retry_timeout": _PATIENCE},
            **options,
        )
    except (BaseError, ValueError) as error:
        raise _wrong(f"cannot be opened ({error})") from None
    return ObjectStore(bucket)


def _wrong(what: str) -> ConfigurationError:
    return ConfigurationError((f"storage.originals: {what}",))
