"""Details pages made from invented facts, and their expected records.

`facts(seed)` invents the facts of a page, `page(facts, padding)` renders it, and `record(facts)` returns its record.
"""

from .chance import facts
from .expect import record
from .markup import page
from .model import Facts

__all__ = ["Facts", "facts", "page", "record"]
