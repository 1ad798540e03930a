"""Create an Iceberg table, in a catalog or in a folder."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchNamespaceError, TableAlreadyExistsError

from altdetails._arguments import shown_address
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
    """Create a table with the columns of `arrow_schema`. If the block raises, a table in a catalog is dropped.

    Args:
        target: `namespace.table` in the catalog of pyiceberg's settings, or a folder, or its address. A table in a
            folder is in no catalog: open its newest `metadata/*.metadata.json`.
        io_config: Daft's settings for storage.

    Raises:
        ExportError: if the table exists, or its namespace or the catalog does not exist.
    """
    if not is_table_name(target):
        with _in_folder(target, io_config) as table:
            yield table
        return
    with _open_catalog(target) as catalog:
        with _catalog_errors(target):
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
        location = target if is_remote(target) else Path(local_path(target)).resolve().as_uri()
        yield catalog.create_table("altdetails.records", arrow_schema(), location=location.rstrip("/"))


def _open_catalog(target: str) -> Catalog:
    try:
        return load_catalog()
    except Exception as error:  # noqa: BLE001 -- every library has its own errors
        advice = "set it in .pyiceberg.yaml or PYICEBERG_CATALOG__DEFAULT__URI, or use a folder (./name)"
        raise ExportError(
            f"{shown_address(target)}: the catalog cannot be opened: {first_line(error, target)}; {advice}"
        ) from None


def _properties(io_config: IOConfig) -> dict[str, str]:
    """Return pyiceberg's settings for storage. Values that Daft does not set come from the environment."""
    s3 = io_config.s3
    properties = {
        "s3.endpoint": s3.endpoint_url,
        "s3.region": s3.region_name,
        "s3.access-key-id": s3.key_id,
        "s3.secret-access-key": s3.access_key,
        "s3.session-token": s3.session_token,
    }
    return {name: value for name, value in properties.items() if value}


@contextmanager
def _catalog_errors(target: str) -> Iterator[None]:
    try:
        yield
    except TableAlreadyExistsError:
        raise ExportError(
            f"{shown_address(target)}: the table already exists, and runs are never mixed; use another name"
        ) from None
    except NoSuchNamespaceError:
        raise ExportError(
            f"{shown_address(target)}: its namespace does not exist in the catalog; create it first"
        ) from None
