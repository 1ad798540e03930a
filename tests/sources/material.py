"""Helpers for the tests of sources."""

import io
import tarfile
import zipfile
from pathlib import Path

from altdetails.sources import documents_in

HTML = b"<html><title>a page</title></html>"


def names(*paths, **options):
    return [item.name for item in documents_in(paths, **options)]


def only(path):
    (item,) = documents_in([path])
    return item


def write(path, content=HTML):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def make_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def make_tar(path, members, opener=open):
    with opener(path, "wb") as stream, tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
