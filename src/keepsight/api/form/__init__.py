"""Bodies of requests: multipart, url-encoded and JSON, read within limits."""

from keepsight.api.form.body import Body, Part
from keepsight.api.form.read import Allowed, received
from keepsight.api.form.room import Room

__all__ = ["Allowed", "Body", "Part", "Room", "received"]
