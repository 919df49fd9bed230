from __future__ import annotations

import threading

import pytest
from alembic import command
from sqlalchemy import text

from keepsight.assets.catalogue import assets
from keepsight.assets.catalogue.cursor import seal, unseal
from keepsight.assets.catalogue.database import open_database
from keepsight.assets.catalogue.migrate import configuration, migrate
from keepsight.errors import ConfigurationError
from tests.assets.catalogue.catalogue_cases import name, placed


def test_from_empty_the_migrations_make_what_the_tables_declare(database_url: str) -> None:
    database = open_database(database_url)
    migrate(database)
    with database.write() as connection:
        command.check(configuration(connection))
    database.close()


def test_migrating_again_keeps_everything(database_url: str) -> None:
    database = open_database(database_url)
    migrate(database)
    with database.write() as connection:
        asset = placed(connection, "tom")
        cursor = seal(connection, "question", [1])
    migrate(database)
    with database.read() as connection:
        assert assets.find(connection, name("tom")) == asset
        assert unseal(connection, "question", cursor) == [1]
    database.close()


def test_servers_that_start_at_once_migrate_once(database_url: str) -> None:
    databases = [open_database(database_url) for _ in range(4)]
    faults: list[BaseException] = []

    def start(number: int) -> None:
        try:
            migrate(databases[number])
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with databases[0].write() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
        placed(connection, "tom")
    for database in databases:
        database.close()


def test_a_catalogue_of_a_newer_version_is_left_alone(database_url: str) -> None:
    database = open_database(database_url)
    migrate(database)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="newer Keepsight"):
        migrate(database)
    database.close()
