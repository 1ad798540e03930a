"""Read single mentions: tabs of details pages, posts in answers of the API, and exports of Altmetric Explorer.

This package opens no file, uses no network and reads no clock, like `page`: the same bytes give the same mentions.
"""

from altdetails.mentions.answer_posts import mentions_in_answer
from altdetails.mentions.explorer_mentions import mentions_in_table
from altdetails.mentions.tabs import SUMMARY_INSTEAD, TabReading, read_tab, summary_instead, summary_line

__all__ = [
    "SUMMARY_INSTEAD",
    "TabReading",
    "mentions_in_answer",
    "mentions_in_table",
    "read_tab",
    "summary_instead",
    "summary_line",
]
