"""Read single mentions: the tabs of details pages.

This package opens no file, uses no network and reads no clock, like `page`: the same bytes give the same mentions.
"""

from altdetails.mentions.tabs import SUMMARY_INSTEAD, TabReading, read_tab, summary_instead, summary_line

__all__ = ["SUMMARY_INSTEAD", "TabReading", "read_tab", "summary_instead", "summary_line"]
