"""One history: ask an index for captures, choose among them, fetch, parse and store them."""

from __future__ import annotations

import io
import os
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Self

from altdetails import __version__
from altdetails.documents import Unreadable
from altdetails.errors import (
    Blocked,
    BodyTooLarge,
    FetchError,
    InputError,
    RunStopped,
    StoreError,
)
from altdetails.history.asking import Archive, Excluded, NotCaptured, check_asking, id_in_location
from altdetails.history.capture_tables import Ranges, write_captures
from altdetails.history.catalogue import TABLES, Candidate, Catalogue, Slice, Wanted
from altdetails.history.planning import (
    SATISFYING,
    HistoryPlan,
    HistorySource,
    add_outputs,
    due,
    plan_of_history,
    retried,
    take_captures,
)
from altdetails.page import PageKind
from altdetails.parsing.engine import BUG_ADVICE
from altdetails.parsing.tasks import PAGE_TIMEOUT, PageParser, ParsedLine
from altdetails.record import Record
from altdetails.records.files import read_records
from altdetails.results import ArchivedRecord, Capture, Exchange, Outcome, Revisit, timestamp
from altdetails.scraping.fetch import Stopped, is_transient, pause
from altdetails.scraping.fetch.content import is_cut
from altdetails.scraping.store import ListedIdentifier, RunFolder
from altdetails.scraping.store.folder import RunFiles
from altdetails.warc import writer
from altdetails.warc.reader import captures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType

    from altdetails.history.dialects import IndexPage
    from altdetails.lists.entry import Entry
    from altdetails.results import Status
    from altdetails.warc.writer import Item

__all__ = ["CAPTURES", "History"]

CAPTURES = "captures.parquet"
"""The file of a run with the captures that its index lists."""
_MAX_FAILURES_IN_ROW = 3
_MAX_IDLE_PAGES = 100
"""Parts of an answer without a new row, after which the walk through an index ends."""
_MAX_REDIRECTS = 3
"""Captures of the address with a DOI that are tried for its id."""
_OLDEST = datetime(1996, 1, 1, tzinfo=UTC)
_DIGITS = "%Y%m%d%H%M%S"
_OK = 200
_BATCH = 1_000


class History:
    """A history in a run folder: call `add`, `ask_index`, then `outcomes`."""

    def __init__(  # noqa: PLR0913 -- the settings of a run
        self,
        run: str | os.PathLike[str],
        source: HistorySource,
        changes: Mapping[str, object],
        *,
        contact: str | None = None,
        interval: float | None = None,
        page_timeout: float | None = PAGE_TIMEOUT,
        stop: threading.Event | None = None,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open a run folder, or create it.

        Args:
            run: the run folder.
            source: the archive or files with the captures.
            changes: fields of the `CaptureChoice` that change from now on; the run remembers the others.
            contact: your email address. It is required for archives on other machines.
            interval: seconds between two requests.
            page_timeout: seconds that parsing a page may take; None for no limit.
            stop: when it is set, the run ends after the current page.
            notice: called with a sentence for the user.

        Raises:
            SettingsError: if a setting is not allowed, or the request clock cannot be used.
            StoreError: if the folder cannot be used.
        """
        if source.archive is not None:
            check_asking(source.archive, contact=contact, interval=interval)
        self._stop = stop or threading.Event()
        self._notice = notice
        self._path = Path(run)
        self._source = source
        self._interval = interval
        software = f"altdetails/{__version__}"
        self._warcinfo = writer.warcinfo_record("pages.warc.gz", software, source.address)
        with ExitStack() as stack:
            self._parser = stack.enter_context(PageParser(page_timeout))
            self._folder = stack.enter_context(
                RunFolder.open(run, site=source.address, software=software, reparse=self._reparse, tables=TABLES)
            )
            self._archive: Archive | None = None
            self._ranges: Ranges | None = None
            if source.archive is None:
                self._ranges = Ranges()
            else:
                self._archive = stack.enter_context(
                    Archive(
                        source.archive,
                        self._folder,
                        contact=contact,
                        interval=interval,
                        is_challenge=self._is_challenge,
                        pause=partial(pause, self._stop),
                        notice=notice,
                    )
                )
            self._catalogue = Catalogue(self._folder.database, changes)
            for sentence in self._folder.repairs:
                notice(sentence)
            self._resources = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def add(
        self, listed: Iterable[Entry | Record] | None, ids: Mapping[str, str], *, retry_failed: bool = False
    ) -> HistoryPlan:
        """Add outputs to the run, and return what will be asked and fetched.

        Args:
            listed: the outputs, as entries of lists or as records; None for those of the run.
            ids: Altmetric ids of DOIs.
            retry_failed: whether outputs and captures that failed are tried again.

        Raises:
            InputError: if a list or the table of captures cannot be read.
            StoreError: if the run folder cannot be written.
        """
        if retry_failed or ids:
            self._catalogue.forget_missing()
        add_outputs(self._catalogue, self._folder, listed, ids)
        if identified := self._ids_of_pages(self._catalogue.dois_without_id()):
            self._catalogue.want(identified)
            self._catalogue.forget_missing()
        known = self._catalogue.count_captures()
        take_captures(self._catalogue, self._source, self._notice)
        if self._catalogue.count_captures() != known:
            self._catalogue.forget_missing()
        return plan_of_history(self._catalogue, self._source, self._interval, retried(retry_failed=retry_failed))

    def ask_index(self) -> Iterator[HistoryPlan]:
        """Ask the index, and yield what is known after each part of an answer. Write the captures at the end.

        Raises:
            RunStopped: if the archive refuses, cannot be reached, or gives no index.
            StoreError: if the run folder cannot be written.
        """
        try:
            while not self._stop.is_set():
                parts = iter(self._catalogue.next_slice, None) if self._source.captures is None else ()
                for part in parts:
                    for _ in self._answers(part):
                        yield self._progress()
                    if self._stop.is_set():
                        return
                if not self._resolve_dois():
                    break
        except Stopped:
            return
        finally:
            self._keep_robots()
        self._write_captures()

    def plan(self, *, retry_failed: bool = False) -> HistoryPlan:
        """Choose the captures to fetch, and return the plan."""
        again = retried(retry_failed=retry_failed)
        self._catalogue.forget_choices()
        chosen = (ListedIdentifier(candidate.key) for candidate in due(self._catalogue, again))
        while batch := [*islice(chosen, _BATCH)]:
            self._folder.listing.add(batch)
        return plan_of_history(self._catalogue, self._source, self._interval, again)

    def outcomes(self, *, retry_failed: bool = False, limit: int | None = None) -> Iterator[Outcome]:
        """Fetch the chosen captures, and return each outcome when it is on disk; outputs without a capture come first.

        Raises:
            RunStopped: if the archive refuses, or cannot be reached.
            StoreError: if the run folder cannot be written.
        """
        yield from self._folder.listing.unfetchable()
        yield from self._missing()
        again = retried(retry_failed=retry_failed)
        fetched = failures_in_row = 0
        for group in self._catalogue.groups():
            for candidate in group:
                if candidate.outcome in SATISFYING:
                    break
                if candidate.outcome is not None and candidate.outcome not in again:
                    continue
                if self._stop.is_set() or fetched == limit:
                    return
                visited = self._visit(candidate)
                if visited is None:
                    return
                outcome, items, error = visited
                self._commit(outcome, items)
                yield outcome
                fetched += outcome.status != "same"
                failures_in_row = failures_in_row + 1 if error is not None and _is_of_archive(error) else 0
                if failures_in_row == _MAX_FAILURES_IN_ROW:
                    raise RunStopped(f"{_MAX_FAILURES_IN_ROW} captures in a row failed; the last: {error}") from error
                if outcome.status in SATISFYING:
                    break

    def counts(self) -> dict[Status | None, int]:
        """Return the number of identifiers with each outcome. The key None counts those without an outcome yet."""
        return self._folder.counts()

    def _answers(self, part: Slice) -> Iterator[int]:
        """Ask one question until its end, and yield the number of new captures of each part of the answer."""
        archive = self._require_archive()
        cursor, seen, idle = part.cursor, {part.cursor}, 0
        previous: IndexPage | None = None
        while True:
            try:
                page = archive.ask(part.question, cursor)
            except BodyTooLarge as error:
                self._divide(part, error)
                return
            except Blocked as error:
                if part.question.is_prefix:
                    raise RunStopped(str(error)) from error
                self._catalogue.refuse(part, str(error))
                yield 0
                return
            if page.unreadable:
                count = len(page.unreadable)
                self._notice(f"rows of the index were skipped ({count:,}): not captures, such as {page.unreadable[0]}")
            added = self._catalogue.count_new(page.rows)
            following = page.cursor
            if page.skipping is not None and (following in seen or (page.rows and not added)):
                following = page.skipping
            idle = 0 if added else idle + 1
            is_repeated = page.skipping is None and previous is not None and page.rows == previous.rows != []
            if following is not None and (following in seen or is_repeated or idle == _MAX_IDLE_PAGES):
                if not is_repeated:
                    self._notice(f"the index repeats itself at {following!a}; captures may be missing")
                following = None
            self._catalogue.keep(part, page.rows, following, archive.dialect.page_url)
            yield added
            if following is None or self._stop.is_set():
                return
            previous, cursor = page, following
            seen.add(following)

    def _divide(self, part: Slice, error: BodyTooLarge) -> None:
        """Divide a question into two shorter times, because an answer is too long."""
        since, until = (
            datetime.strptime(text, _DIGITS).replace(tzinfo=UTC) if text else edge
            for text, edge in ((part.question.since, _OLDEST), (part.question.until, datetime.now(UTC)))
        )
        middle = since + (until - since) / 2
        if middle - since < timedelta(minutes=1):
            raise RunStopped(f"{error}, even for one minute; give fewer outputs") from error
        self._catalogue.divide(part, (middle.strftime(_DIGITS), (middle + timedelta(seconds=1)).strftime(_DIGITS)))

    def _resolve_dois(self) -> bool:
        """Find the ids of DOIs by captures of their addresses, and return whether there are new questions."""
        if self._archive is None:
            return False
        is_found = False
        for doi in list(self._catalogue.unresolved()):
            for row in self._catalogue.redirects(doi, _MAX_REDIRECTS):
                if self._stop.is_set():
                    return False
                exchanges: list[Exchange] = []
                try:
                    capture = self._archive.replay(row, exchanges)
                except RunStopped:
                    raise
                except FetchError:
                    continue
                finally:
                    self._folder.keep(exchanges)
                if number := id_in_location(capture):
                    self._catalogue.want([Wanted(doi, number)])
                    is_found = True
                    break
        if is_found and self._source.captures is None:
            self._catalogue.plan_questions()
            return self._catalogue.count_slices() > 0
        return False

    def _ids_of_pages(self, dois: set[str]) -> set[Wanted]:
        """Return the DOIs with the Altmetric ids that the pages of the run have."""
        pages = RunFiles(self._path).records
        if not dois or not pages.exists():
            return set()
        return {
            Wanted(record.doi, str(record.altmetric_id))
            for record in read_records(str(pages))
            if record.doi in dois and record.doi is not None and record.altmetric_id is not None
        }

    def _write_captures(self) -> None:
        if self._source.captures is None:
            try:
                write_captures(self._path / CAPTURES, self._catalogue.captures())
            except InputError as error:
                self._notice(str(error))

    def _missing(self) -> Iterator[Outcome]:
        """Commit and yield the outcomes of outputs without a capture."""
        for missing in self._catalogue.without_capture():
            status: Status = "no_capture" if missing.refusal is None else "blocked"
            reason = missing.refusal or missing.reason(self._source.address)
            outcome = Outcome(identifier=missing.identifier, status=status, reason=reason, at=timestamp())
            self._commit(outcome, [])
            yield outcome

    def _visit(self, candidate: Candidate) -> tuple[Outcome, list[Item], FetchError | None] | None:
        """Fetch and parse a capture. None if the run was stopped."""
        row = candidate.row
        if first := self._catalogue.same_content(candidate):
            reason = f"the same content as the capture of {first.at}"
            revisit = Revisit(row.url, row.at, row.digest or "", first.url, first.at)
            return _outcome(candidate, "same", 0, None, reason), [revisit], None
        exchanges: list[Exchange] = []
        try:
            item = self._ranges.read(row) if self._ranges else self._require_archive().replay(row, exchanges)
            items: list[Item] = [item] if isinstance(item, ArchivedRecord) else [*exchanges]
            return self._parse(candidate, items), items, None
        except Stopped:
            return None
        except RunStopped:
            self._folder.keep(exchanges)
            raise
        except FetchError as error:
            status = exchanges[-1].status if exchanges else None
            kind: Status = (
                "no_capture"
                if isinstance(error, NotCaptured)
                else "blocked"
                if isinstance(error, Blocked)
                else "failed"
            )
            return _outcome(candidate, kind, len(exchanges), status, str(error)), [*exchanges], error

    def _parse(self, candidate: Candidate, items: list[Item]) -> Outcome:
        """Parse the page of a visit, as `altdetails parse` will read it from the archive of the run."""
        attempts = len(items)
        last = items[-1]
        status = last.status if isinstance(last, Exchange) else None
        if status not in {None, _OK}:
            reason = f"the site's answer at that time was HTTP {status}, not a page"
            return _outcome(candidate, "not_details", attempts, status, reason)
        provisional = _outcome(candidate, "ok", attempts, status, None)
        content = self._warcinfo + writer.visit_records(provisional, items)
        capture = next(captures(io.BytesIO(content), name=candidate.key), None)
        if not isinstance(capture, Capture):
            reason = capture.reason if isinstance(capture, Unreadable) else "the capture is not a page"
            return _outcome(candidate, "failed", attempts, status, reason)
        if is_cut(capture.content, capture.content_type):
            reason = f"the capture ends early: after {len(capture.content):,} bytes, before </html>"
            return _outcome(candidate, "failed", attempts, capture.status, reason)
        result = self._parser.parse(capture)
        if isinstance(result, ParsedLine):
            return _outcome(candidate, "ok", attempts, capture.status, None, Record.from_json(result.json))
        reason = f"{result.reason} [{result.kind}]"
        if result.reason.endswith(BUG_ADVICE):  # the page is stored, so a later version can parse it
            reason = f"a bug in altdetails, please report it: {result.reason.removesuffix(BUG_ADVICE)}"
        return _outcome(candidate, "not_details", attempts, capture.status, reason)

    def _commit(self, outcome: Outcome, items: list[Item]) -> None:
        self._keep_robots()
        self._folder.listing.add([ListedIdentifier(outcome.identifier)])
        self._folder.commit(outcome, items)

    def _keep_robots(self) -> None:
        if self._archive is not None:
            self._folder.keep(self._archive.take_robots())

    def _progress(self) -> HistoryPlan:
        known, outputs = self._catalogue.count_captures()
        return HistoryPlan(self._source.address, self._catalogue.count_slices(), 0, known, outputs, 0, 0.0)

    def _require_archive(self) -> Archive:
        if self._archive is None:
            raise StoreError(f"{self._path}: holds captures on S3; give their table with --captures")
        return self._archive

    def _is_challenge(self, content: bytes, content_type: str | None) -> bool:
        result = self._parser.parse(Capture(content, "", None, content_type, None, ""))
        return not isinstance(result, ParsedLine) and result.kind == PageKind.CHALLENGE

    def _reparse(self, pages: Path) -> Iterator[bytes]:
        """Parse the pages of an archive again, and return the lines of records.jsonl."""
        for capture in captures(pages):
            if isinstance(capture, Capture):
                result = self._parser.parse(capture)
                if isinstance(result, ParsedLine):
                    yield result.json


def _outcome(  # noqa: PLR0913, PLR0917 -- the fields of an outcome
    candidate: Candidate,
    status: Status,
    attempts: int,
    http_status: int | None,
    reason: str | None,
    record: Record | None = None,
) -> Outcome:
    return Outcome(
        identifier=candidate.key,
        status=status,
        reason=reason,
        attempts=attempts,
        http_status=http_status,
        at=timestamp(),
        record=record,
    )


def _is_of_archive(error: FetchError) -> bool:
    """Return whether an error is one of the whole archive, and not of a capture."""
    return (isinstance(error, Blocked) and not isinstance(error, Excluded)) or is_transient(error)
