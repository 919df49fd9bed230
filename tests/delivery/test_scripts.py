"""Texts in scripts of the world, on a system without fonts: letters, or an answer that says what is missing."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from PIL import Image

from tests.bare_fonts import printed_without_fonts

DELIVER = """
import base64, json, sys
from pathlib import Path
from keepsight.app import open_origin, open_registry
from keepsight.delivery.client import ANYONE
from keepsight.settings import load_settings
folder = Path(sys.argv[1])
storage = {"media": folder / "media", "data": folder / "data"}
settings = load_settings(None, {"storage": storage, "models": {"weights": folder}})
origin, told = open_origin(settings, open_registry(settings)), []
for url in sys.argv[2:]:
    answer = origin.deliver(f"/demo/image/upload/{url}", ANYONE).answer
    told.append({k.decode(): v.decode() for k, v in answer.headers} | {"status": answer.status})
print(json.dumps(told))
"""
TITLE = "l_text:Sawarabi%20Gothic_40:{}/fl_layer_apply/f_png/card"


def test_a_missing_script_is_said_and_the_answer_not_kept(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    Image.new("RGB", (400, 90), "white").save(tmp_path / "media" / "card.png")
    texts = ("日本語", "ภาษาไทย", "አማርኛ", "አማርኛ", "日本 ქართული", "$(name)")
    urls = [TITLE.format(quote(quote(text, safe="$()"), safe="$()")) for text in texts]
    urls[-1] = f"$name_!{quote('ကခ')}!/{urls[-1]}"
    japanese, thai, boxes, again, mixed, variable = printed_without_fonts(tmp_path, DELIVER, str(tmp_path), *urls)
    for answer in (japanese, thai):
        assert answer["status"] == 200
        assert "script" not in answer["x-cld-warning"]
        assert "font Sawarabi Gothic is not installed" in answer["x-cld-warning"]
        assert "max-age=2592000" in answer["cache-control"]
    for answer, script in ((boxes, "Ethiopic"), (again, "Ethiopic"), (mixed, "Georgian"), (variable, "Myanmar")):
        assert answer["status"] == 200
        assert f"no font here has the script {script}" in answer["x-cld-warning"]
        assert "max-age=60" in answer["cache-control"]
        assert answer["x-cache"] == "miss"
