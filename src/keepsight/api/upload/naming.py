"""What an upload is called: its public id, its folder, its display name. Names of files are never trusted."""

from __future__ import annotations

import re
import secrets
import string
from urllib.parse import unquote, urlsplit

from keepsight.api.upload.parameters import UploadParameters
from keepsight.errors import BadRequest
from keepsight.transformation.path import MAX_PUBLIC_ID

_FORBIDDEN = re.compile(r"[?&#\\%<>+\x00-\x1f\x7f\ud800-\udfff]")
"""Cloudinary's list, and what no name should hold."""
_LETTERS = string.ascii_lowercase + string.digits
_LONGEST_STEM = 100


def base_name(filename: str | None) -> str:
    """The last part of a path of whatever system, without what is not for reading; "" for none."""
    last = re.split(r"[/\\]", filename or "")[-1]
    return "".join(c for c in last if c.isprintable()).strip()[:MAX_PUBLIC_ID]


def name_in(url: str) -> str:
    """The name of the file that an address ends with."""
    return base_name(unquote(urlsplit(url).path))


def stem(filename: str) -> str:
    """Without its extension: `original_filename`."""
    head, dot, extension = filename.rpartition(".")
    return head if dot and head and len(extension) <= 5 else filename


def last_name_of(parameters: UploadParameters, filename: str, *, raw: bool = False) -> str:
    """The public id without what a folder puts before it: the given one, that of the file, or a random one."""
    if parameters.public_id:
        return parameters.public_id
    if parameters.use_filename and (given := _plain(stem(filename))):
        last = f"{given}_{_random(6)}" if parameters.unique_filename else given
    else:
        last = _random(20)
    return f"{last}.{_plain(filename.rpartition('.')[2])}" if raw and "." in filename else last


def public_id_of(parameters: UploadParameters, filename: str, *, raw: bool = False) -> str:
    """The public id that an upload gets. Raises BadRequest for one that can be none."""
    last = last_name_of(parameters, filename, raw=raw)
    prefix = parameters.folder or parameters.public_id_prefix
    if not prefix and parameters.use_asset_folder_as_public_id_prefix:
        prefix = parameters.asset_folder or ""
    return checked(f"{prefix}/{last}" if prefix else last)


def checked(public_id: str, what: str = "public_id") -> str:
    """The public id itself. Raises BadRequest for one that no URL could name, or that leads elsewhere."""
    parts = public_id.split("/")
    wrong = _FORBIDDEN.search(public_id) or any(p in {"", ".", ".."} or p != p.strip() for p in parts)
    if wrong:
        shown = public_id[:80].encode("unicode_escape").decode()
        raise BadRequest(f"{what} ({shown}) is invalid (expected names joined by /, without ? & # \\ % < > +)")
    if len(public_id) > MAX_PUBLIC_ID:
        raise BadRequest(f"{what} is too long (expected at most {MAX_PUBLIC_ID} characters)")
    return public_id


def display_name_of(parameters: UploadParameters, public_id: str, filename: str) -> str:
    """What people see."""
    if parameters.display_name:
        if "/" in parameters.display_name:
            raise BadRequest("Display name cannot contain slashes")
        return parameters.display_name
    if parameters.use_filename_as_display_name and filename:
        return stem(filename)
    return public_id.rpartition("/")[2]


def _plain(text: str) -> str:
    """Fit for a public id; every run of what is not becomes one underscore."""
    kept = re.sub(r"[^\w.\-()~!,;@$'=]+", "_", text).strip("._ ")
    return kept[:_LONGEST_STEM].strip("._ ")


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
