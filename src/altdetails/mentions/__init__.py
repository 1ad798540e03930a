"""Read single mentions: the tabs of details pages.

This package opens no file, uses no network and reads no clock, like `page`: the same bytes give the same mentions.
"""

from altdetails.mentions.tabs import TabReading, read_tab, summary_instead

__all__ = ["TabReading", "read_tab", "summary_instead"]
