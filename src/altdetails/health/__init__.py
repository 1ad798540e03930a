"""Whether records still hold what pages of the site used to say: counted, and compared with an earlier count.

surveyor = Surveyor()
for line in records(paths):
    surveyor.add(line.record, f"{line.file}:{line.number}")
survey = surveyor.survey()
drift = compare(baseline, survey)
"""

from altdetails.health.baseline import read_baseline, written
from altdetails.health.drift import ALPHA, Change, Drift, compare
from altdetails.health.survey import OTHERS, Fill, Finding, Stratum, Survey, Surveyor

__all__ = [
    "ALPHA",
    "OTHERS",
    "Change",
    "Drift",
    "Fill",
    "Finding",
    "Stratum",
    "Survey",
    "Surveyor",
    "compare",
    "read_baseline",
    "written",
]
