"""Text of pages and names of files, made safe for a terminal."""

from __future__ import annotations

import re

__all__ = ["plain"]

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def plain(text: str) -> str:
    """Text without characters that steer a terminal or turn its writing around; line ends become spaces."""
    return _CONTROLS.sub(" ", text)
