"""An account in words, to be read from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator

from keepsight.crop.box import Box
from keepsight.delivery.story import Decided
from keepsight.detect.analyst import Found
from keepsight.explain.account import Account
from keepsight.explain.wording import plan_in_words, resize_in_words
from keepsight.focus.focus import Seen
from keepsight.focus.prominence import prominence

_NAMED_BYSTANDERS = 12


def lines(account: Account) -> Iterator[str]:
    """The whole account. Boxes are `x,y width x height` in pixels of the upright original."""
    yield account.path
    yield from _original(account)
    yield from _list("plan", plan_in_words(account.asked.plan), "nothing is changed")
    yield from _words(account)
    for number, decided in enumerate(account.made.layout.decided, 1):
        yield from _decided(number, decided)
    if account.bystanders:
        yield "seen besides"
        yield from (f"  {_seen(s)}" for s in account.bystanders[:_NAMED_BYSTANDERS])
        if (more := len(account.bystanders) - _NAMED_BYSTANDERS) > 0:
            yield f"  and {more} more"
    yield from _result(account)


def _original(account: Account) -> Iterator[str]:
    header, coordinates = account.made.header, account.asked.known.coordinates
    frames = f", {header.frames} frames" if header.frames > 1 else ""
    size = f"{header.width} x {header.height}"
    yield f"original     {account.asked.original.key}: {header.format}, {size}, {header.bytes:,} bytes{frames}"
    if coordinates.faults:
        yield f"coordinates  the file is broken: {'; '.join(coordinates.faults)}"
    elif coordinates.custom or coordinates.faces:
        yield f"coordinates  {len(coordinates.custom)} custom, {len(coordinates.faces)} faces"


def _words(account: Account) -> Iterator[str]:
    for word in account.words:
        yield f"word {word.name}"
        if not word.answers:
            near = f" (near: {', '.join(word.nearest)})" if word.nearest else ""
            yield f"  is unknown to every model{near}"
        yield from (f"  {model} {said}" for model, said in word.answers)
    sight = account.made.sight
    for title, found in (("faces", sight.seen_faces), ("anything", sight.seen_anything)):
        if found is not None:
            yield title
            yield f"  {_looked(found)}"


def _looked(found: Found) -> str:
    if found.unavailable:
        return f"{', '.join(found.unavailable)} could not look"
    if found.model is None:
        return "no model could look"
    return f"{found.model} saw {len(found.detections) or 'none'}"


def _decided(number: int, decided: Decided) -> Iterator[str]:
    focus, box, source = decided.focus, decided.box, decided.frame.size
    yield f"step {number}: {resize_in_words(decided.step)}"
    yield f"  rule         {focus.rule}"
    yield from _list("  kept", (_seen(s) for s in focus.kept), "nothing by name")
    if focus.avoided:
        yield from _list("  avoided", (_seen(s) for s in focus.avoided), "")
    yield from (f"  note         {note}" for note in focus.notes)
    if focus.unavailable:
        yield f"  without      {', '.join(focus.unavailable)}"
    yield f"  window       {box.x},{box.y} {box.width} x {box.height} of {source.width} x {source.height}"
    if (kept := decided.importance_kept) is not None:
        yield f"  importance   {kept:.0%} of it is in the window"
    x, y, width, height = box.content
    if (width, height) != (box.delivered.width, box.delivered.height):
        yield f"  padding      the picture is at {x},{y} {width} x {height}"
    yield f"  size         {box.delivered.width} x {box.delivered.height}"


def _result(account: Account) -> Iterator[str]:
    layout, body = account.made.layout, account.made.derived.body
    size = f"{layout.size.width} x {layout.size.height}"
    yield f"shown        {_box(layout.visible)} of the original"
    if account.asked.untouched:
        yield f"delivered    the original as it is, {account.made.header.bytes:,} bytes"
    else:
        yield f"delivered    {account.made.format}, {size}, {len(body):,} bytes"
    yield f"reason       {layout.reason}"
    yield from (f"warning      {warning}" for warning in account.warnings)
    yield f"time         {', '.join(f'{name} {s * 1000:.1f} ms' for name, s in account.durations.items())}"


def _list(title: str, entries: Iterator[str], otherwise: str) -> Iterator[str]:
    column = 15 if title.startswith(" ") else 13
    indent = title.ljust(column)
    for entry in entries:
        yield indent + entry
        indent = " " * column
        otherwise = ""
    if otherwise:
        yield indent + otherwise


def _seen(seen: Seen) -> str:
    model = f" ({seen.model})" if seen.model else ""
    weight = f", prominence {prominence(seen.detection):.3f}"
    weight += f", weight {seen.weight:.3f}" if seen.weight else ""
    return f"{seen}{model} at {_box(seen.box)}{weight}"


def _box(box: Box) -> str:
    return f"{box.left:.0f},{box.top:.0f} {box.width:.0f} x {box.height:.0f}"
