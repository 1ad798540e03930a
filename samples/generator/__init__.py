"""Details pages out of invented facts, and the records that they must give.

`page(facts, padding)` renders a page, `record(facts)` tells its record, `facts(seed)` invents a page's facts.
"""

from .chance import facts
from .expect import record
from .markup import page
from .model import Facts

__all__ = ["Facts", "facts", "page", "record"]
