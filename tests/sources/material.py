"""What the tests of sources are made of."""

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
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)


def make_tar(path, members, opener=open):
    with opener(path, "wb") as stream, tarfile.open(fileobj=stream, mode="w") as packed:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
