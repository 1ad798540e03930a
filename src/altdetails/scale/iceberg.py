"""A new Iceberg table: in a catalog of yours, or in a folder of its own."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchNamespaceError, TableAlreadyExistsError

from altdetails.errors import ExportError
from altdetails.scale.runtime import first_line
from altdetails.scale.storage import is_remote, is_table_name, local_path
from altdetails.schemas.arrow import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daft.io import IOConfig
    from pyiceberg.table import Table

__all__ = ["new_table"]


@contextmanager
def new_table(target: str, io_config: IOConfig) -> Iterator[Table]:
    """A table with the columns of `arrow_schema`, which is dropped where the block raises.

    Args:
        target: `namespace.table` in the catalog that pyiceberg's settings name, or a folder or its address. What is
            made in a folder is in no catalog: its newest `metadata/*.metadata.json` is the table.
        io_config: how storage is reached.

    Raises:
        ExportError: where the table is there already, or its namespace or the catalog is not.
    """
    if not is_table_name(target):
        with _in_folder(target, io_config) as table:
            yield table
        return
    with _catalog(target) as catalog:
        with _named(target):
            table = catalog.create_table(target, arrow_schema())
        try:
            yield table
        except BaseException:
            catalog.drop_table(target)
            raise


@contextmanager
def _in_folder(target: str, io_config: IOConfig) -> Iterator[Table]:
    with SqlCatalog("altdetails", uri="sqlite:///:memory:", **_properties(io_config)) as catalog:
        catalog.create_namespace("altdetails")
        place = target if is_remote(target) else Path(local_path(target)).resolve().as_uri()
        yield catalog.create_table("altdetails.records", arrow_schema(), location=place.rstrip("/"))


def _catalog(target: str) -> Catalog:
    try:
        return load_catalog()
    except Exception as error:
        way_out = "name one in .pyiceberg.yaml or PYICEBERG_CATALOG__DEFAULT__URI, or give a folder (./name)"
        raise ExportError(f"{target}: no catalog for it: {first_line(error)}; {way_out}") from error


def _properties(io_config: IOConfig) -> dict[str, str]:
    """How pyiceberg itself reaches storage, where it is told: else as the environment says."""
    s3 = io_config.s3
    told = {
        "s3.endpoint": s3.endpoint_url,
        "s3.region": s3.region_name,
        "s3.access-key-id": s3.key_id,
        "s3.secret-access-key": s3.access_key,
        "s3.session-token": s3.session_token,
    }
    return {name: value for name, value in told.items() if value}


@contextmanager
def _named(target: str) -> Iterator[None]:
    try:
        yield
    except TableAlreadyExistsError as error:
        raise ExportError(f"{target}: is there already, and two runs are never mixed; give another name") from error
    except NoSuchNamespaceError as error:
        raise ExportError(f"{target}: its namespace is not in the catalog; make it there first") from error
