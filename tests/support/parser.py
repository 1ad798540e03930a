"""A parser of pages in this process: to start another process takes most of the time of a small test."""

from altdetails.documents import Document
from altdetails.parsing.tasks import PageParser, check_page_timeout, page_results


class ParserInProcess(PageParser):
    """A `PageParser` without a process of its own, and so without a limit of time."""

    def __init__(self, page_timeout, *, people=None):
        check_page_timeout(page_timeout)
        self._people = people

    def __exit__(self, *_):
        """Nothing is open."""

    def _result_of(self, capture):
        document = Document(capture.record_id, capture.content, capture)
        return next(iter(page_results([document], people=self._people)))[0]
