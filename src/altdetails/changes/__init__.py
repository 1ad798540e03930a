"""Records of two scrapes, or of many → what changed, output by output.

    for change in changes(old, new):      # two iterables of records
        print(change.change, change.doi, change.measures)
    for change in history(records, by="month"):
        ...

Records are kept in a temporary file meanwhile, so that their number costs no memory. `docs/changes.md` is about
`Change`.
"""

from altdetails.changes.change import Change, Kind, Measure, Missing
from altdetails.changes.compare import NEW, OLD, PassedOver, SeenOnce, SetAside, changes, history
from altdetails.changes.periods import By

__all__ = [
    "NEW",
    "OLD",
    "By",
    "Change",
    "Kind",
    "Measure",
    "Missing",
    "PassedOver",
    "SeenOnce",
    "SetAside",
    "changes",
    "history",
]
