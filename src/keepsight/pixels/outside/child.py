"""A process that decodes, one job after the other. Run as a file, by path.

Its limits of time and memory are set anew for each job. It ends after a file that was damaged, which may have damaged
the process as well, after a large one, whose memory is given back so, and after a minute without a job.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from math import ceil
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image, ImageFile

    from keepsight.pixels.outside.job import Job

_IDLE = 60
"""Seconds."""
_LARGE = 16_000_000
"""Pixels."""
_JOBS, _ANSWERS = 0, 1


def main() -> None:
    """Take jobs from standard input until it ends."""
    _import_sparingly()
    from keepsight.pixels.outside import job  # noqa: PLC0415 - see there

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody waits for the rest
    while select.select([_JOBS], [], [], _IDLE)[0]:
        try:
            taken = job.job_of(job.unpacked(_read))
        except EOFError:
            return
        _write(job.TAKEN)
        _limit(taken.memory, job.SECONDS)
        if not _answer(taken, _read(taken.bytes)) or taken.pixels > _LARGE:
            return


def _import_sparingly() -> None:
    """Of Keepsight and of its package `pixels` only the modules that are named: the renderer takes half a second."""
    here = Path(__file__).resolve()
    sys.path.insert(0, str(here.parents[3]))
    for name, folder in (("keepsight.pixels", here.parents[1]), ("keepsight.pixels.outside", here.parent)):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    # Pillow would load its own only when they are needed: within the time of a job.
    modules = ("pillow_jxl.JpegXLImagePlugin", "PIL.AvifImagePlugin", "PIL.Jpeg2KImagePlugin", "PIL.TiffImagePlugin")
    for module in (*modules, "keepsight.pixels.modes", "keepsight.pixels.opening"):
        import_module(module)
    import_module("PIL.Image").preinit()


def _limit(memory: int, seconds: int) -> None:
    """Of what comes from now on; what was taken before does not count."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    usage = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_AS, (used + memory, resource.RLIM_INFINITY))
    spent = ceil(usage.ru_utime + usage.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, resource.RLIM_INFINITY))


def _answer(taken: Job, data: bytes) -> bool:
    """Whether the file was sound."""
    from keepsight.errors import BadImage  # noqa: PLC0415 - see `_import_sparingly`
    from keepsight.pixels.outside import job  # noqa: PLC0415 - as above

    try:
        for decoded, profile in _frames(data, taken):
            # Transparent pixels have a colour, which must not get into those beside them.
            reduction = 1 if decoded.mode in ("LA", "RGBA") else min(taken.reduction, *decoded.size)
            pixels = decoded.reduce(reduction) if reduction > 1 else decoded
            said = {"mode": decoded.mode, "size": decoded.size, "reduction": reduction, "profile": len(profile)}
            _write(job.packed(said))
            _write(profile)
            for box in job.strips(*pixels.size):
                _write(pixels.crop(box).tobytes())
    except BadImage as error:
        _write(job.packed({"fault": str(error)}))
        return False
    return True


def _frames(data: bytes, taken: Job) -> Iterator[tuple[Image.Image, bytes]]:
    """Pixels as `modes.resizable` gives them, and the ICC profile."""
    from keepsight.pixels.formats import Format  # noqa: PLC0415 - see `_import_sparingly`
    from keepsight.pixels.modes import resizable  # noqa: PLC0415 - as above
    from keepsight.pixels.opening import foreign_bytes, open_image, seek  # noqa: PLC0415 - as above

    with foreign_bytes("damaged or cut short"):
        image = _jpeg_xl(data) if taken.format is Format.JXL else open_image(data, taken.format)
    for frame in taken.frames:
        with foreign_bytes("damaged or cut short"):
            if taken.several:
                seek(image, taken.format, frame)
            image.load()
            profile = image.info.get("icc_profile")
            pixels = resizable(image)
        yield pixels, profile if isinstance(profile, bytes) else b""


def _jpeg_xl(data: bytes) -> ImageFile.ImageFile:
    from pillow_jxl import JpegXLImagePlugin  # noqa: PLC0415 - loaded already

    JpegXLImagePlugin.DECODE_THREADS = 0
    image: ImageFile.ImageFile = JpegXLImagePlugin.JXLImageFile(BytesIO(data))
    return image


def _read(count: int) -> bytes:
    """Exactly so many bytes of the jobs. Raises EOFError."""
    content = bytearray()
    while len(content) < count:
        part = os.read(_JOBS, min(count - len(content), 1 << 20))
        if not part:
            raise EOFError
        content += part
    return bytes(content)


def _write(content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(_ANSWERS, rest) :]


if __name__ == "__main__":
    main()
