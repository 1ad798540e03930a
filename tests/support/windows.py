"""The rules of Windows for open files."""

import errno
import fcntl
import os
from pathlib import Path

_DESCRIPTORS = Path("/proc/self/fd")


def keep_windows_rules(monkeypatch):
    """Refuse to sync files that are open only for reading, and to delete or replace open files."""
    fsync, unlink, replace = os.fsync, os.unlink, os.replace

    def strict_fsync(descriptor):
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        fsync(descriptor)

    def strict_unlink(path, *, dir_fd=None):
        _refuse_open(path, dir_fd)
        unlink(path, dir_fd=dir_fd)

    def strict_replace(source, target, **options):
        _refuse_open(source)
        _refuse_open(target)
        replace(source, target, **options)

    for name in ("unlink", "remove"):
        monkeypatch.setattr(os, name, strict_unlink)
    for name in ("replace", "rename"):
        monkeypatch.setattr(os, name, strict_replace)
    monkeypatch.setattr(os, "fsync", strict_fsync)


def _refuse_open(path, folder=None):
    full_path = os.path.join(_DESCRIPTORS / str(folder) if folder is not None else "", os.fspath(path))  # noqa: PTH118 -- bytes too
    if os.path.realpath(full_path) in {os.path.realpath(link) for link in _DESCRIPTORS.iterdir()}:
        raise PermissionError(errno.EACCES, "The process cannot access the file because it is open", str(path))
