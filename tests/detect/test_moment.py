"""What a request sees of the models while it looks at them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from keepsight.detect.card import find_cards
from keepsight.detect.model import Model
from keepsight.detect.moment import Known, moment


def test_a_moment_sees_one_state_and_ends(tmp_path: Path) -> None:
    card = next(card for card in find_cards() if card.name == "faces")
    model, other = Model(card, tmp_path), Model(card, tmp_path)
    known: Known = {}
    with moment(known):
        assert not model.installed
        (tmp_path / card.files[0].name).write_bytes(b"weights that came meanwhile")
        with moment({}):  # another request's
            assert model.installed
        assert not model.installed
        assert other.installed  # nobody has looked at it yet in this moment
        with ThreadPoolExecutor(1) as pool:  # another thread is at another request
            assert pool.submit(lambda: model.installed).result()
    assert model.installed
    with moment(known):  # the same request goes on
        assert not model.installed
    assert not model.key.endswith(":missing")
