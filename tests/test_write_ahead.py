from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from keepsight.write_ahead import use_write_ahead_log
from tests.waiting import PATIENCE


def test_it_waits_for_one_who_holds_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    threading.Timer(0.2, holder.execute, ("COMMIT",)).start()
    connection = sqlite3.connect(path, timeout=0)
    use_write_ahead_log(connection, patience=PATIENCE)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    holder.close()


def test_its_patience_ends(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    connection = sqlite3.connect(path, timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        use_write_ahead_log(connection, patience=0.05)
    connection.close()
    holder.close()
