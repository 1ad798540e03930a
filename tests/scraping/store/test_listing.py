"""An invocation fetches its list in order, every identifier once, and no identifier that has an outcome."""

import random

import pytest
from tests.scraping.store.material import commit_visits, doi, listed, missing, tracked, unreached

from altdetails.errors import InputError
from altdetails.scraping.store import AGAIN, Added, ListedIdentifier, Pending

pytestmark = pytest.mark.slow

EARLIER, LATER = "2026-01-01T00:00:00Z", "2026-01-09T00:00:00Z"
WITH_EACH_STATUS = {
    "10.5555/ok": "ok",
    "10.5555/missing": "not_tracked",
    "10.5555/else": "not_details",
    "10.5555/wall": "blocked",
    "10.5555/busy": "rate_limited",
    "10.5555/robots": "robots_denied",
    "10.5555/broken": "failed",
}


@pytest.fixture
def with_each_status(open_run):
    """A run with an identifier for each status, and an invalid text. Call it to open the run again."""
    with open_run() as run:
        commit_visits(run, *(missing(identifier, status) for identifier, status in WITH_EACH_STATUS.items()))
        run.listing.add([ListedIdentifier("not an identifier", "white space inside")])

    def open_again():
        run = open_run()
        run.listing.add_all()
        return run

    return open_again


class TestAdding:
    def test_a_list_is_counted(self, open_run):
        with open_run() as run:
            added = run.listing.add(
                [*listed("10.5555/b", "10.5555/a", "10.5555/b"), ListedIdentifier("?", "not an identifier")]
            )
            assert added == Added(
                new=2, existing=0, invalid=1, repeated=1, examples=("10.5555/b",), repeated_in={None: 1}
            )
        with open_run() as run:
            added = run.listing.add([*listed("10.5555/c", "10.5555/b"), ListedIdentifier("?", "not an identifier")])
            assert added == Added(new=1, existing=1, invalid=1, repeated=0, examples=())

    def test_the_counts_add_up_to_the_length_of_the_list(self, open_run):
        generator = random.Random(1)  # noqa: S311 -- the same every time
        for _ in range(3):
            entries = [
                ListedIdentifier(f"10.5555/{number}", "odd" if number % 7 == 0 else None)
                for number in generator.choices(range(3000), k=5000)
            ]
            with open_run() as run:
                added = run.listing.add(entries)
            assert added.new + added.existing + added.invalid + added.repeated == 5000
            assert added.repeated == 5000 - len(set(entries))
            assert added.invalid == len({entry for entry in entries if entry.reason})

    def test_some_repeated_identifiers_are_examples(self, open_run):
        with open_run() as run:
            added = run.listing.add(listed(*[f"10.5555/{number % 1500}" for number in range(4500)]))
        assert (added.repeated, len(set(added.examples)), len(added.examples)) == (3000, 5, 5)

    def test_a_list_with_a_read_error_adds_nothing(self, open_run):
        def broken():
            yield from listed(*map(doi, range(2)))
            raise InputError("dois.txt: is truncated")

        with open_run() as run:
            with pytest.raises(InputError):
                run.listing.add(broken())
            assert sum(run.counts().values()) == 0
            run.listing.add(listed(doi(3)))
            assert list(run.listing.pending()) == [doi(3)]

    def test_a_second_list_of_an_invocation_is_appended_to_the_first(self, open_run):
        with open_run() as run:
            run.listing.add(listed("10.5555/b", "10.5555/a"))
            assert run.listing.add(listed("10.5555/a", "10.5555/0")) == Added(
                *(1, 0, 0, 1, ("10.5555/a",)), repeated_in={None: 1}
            )
            assert list(run.listing.pending()) == ["10.5555/b", "10.5555/a", "10.5555/0"]

    @pytest.mark.parametrize("text", ["\ud800", "caf\udce9", "a\0b", "\u2028", "", "\U0001f9ff" * 9999])
    def test_any_text_can_be_invalid(self, open_run, text):
        for _ in range(2):
            with open_run() as run:
                assert run.listing.add([ListedIdentifier(text, "odd"), ListedIdentifier(text, "odd")]).repeated == 1
                assert run.counts()["invalid"] == 1

    def test_an_invalid_text_is_reported_only_by_the_first_invocation_that_lists_it(self, open_run):
        with open_run() as run:
            run.listing.add([ListedIdentifier("b", "why b"), *listed(doi(1)), ListedIdentifier("a", "why a")])
            assert [(outcome.identifier, outcome.reason) for outcome in run.listing.unfetchable()] == [
                ("b", "why b"),
                ("a", "why a"),
            ]
        with open_run() as run:
            run.listing.add([ListedIdentifier("b", "why b"), ListedIdentifier("c", "why c")])
            assert [outcome.identifier for outcome in run.listing.unfetchable()] == ["c"]

    def test_an_identifier_that_a_later_version_refuses_is_not_pending(self, open_run):
        with open_run() as run:
            run.listing.add(listed("10.5555/odd", doi(1)))
        with open_run() as run:
            run.listing.add([ListedIdentifier("10.5555/odd", "odd"), *listed(doi(1))])
            assert list(run.listing.pending()) == [doi(1)]


class TestOrder:
    @pytest.mark.parametrize("count", [1, 999, 1000, 1001, 2500])
    def test_pending_identifiers_have_the_order_of_the_list(self, open_run, count):
        identifiers = [f"10.5555/{number}" for number in range(count)]
        random.Random(count).shuffle(identifiers)  # noqa: S311 -- the same every time
        for order in (identifiers, identifiers, identifiers[::-1], sorted(identifiers)):
            with open_run() as run:
                run.listing.add(listed(*order))
                assert list(run.listing.pending()) == order

    def test_a_list_with_an_insertion_keeps_its_order(self, open_run):
        identifiers = [f"10.5555/{number}" for number in range(3000)]
        with open_run() as run:
            run.listing.add(listed(*identifiers))
        identifiers.insert(1500, "10.5555/new")
        with open_run() as run:
            assert run.listing.add(listed(*identifiers)) == Added(1, 3000, 0, 0, ())
            assert list(run.listing.pending()) == identifiers

    def test_an_invocation_only_fetches_its_own_list(self, open_run):
        with open_run() as run:
            run.listing.add(listed("10.5555/a", "10.5555/b"))
        with open_run() as run:
            assert list(run.listing.pending()) == []
            run.listing.add(listed("10.5555/c", "10.5555/b"))
            assert list(run.listing.pending()) == ["10.5555/c", "10.5555/b"]

    def test_without_a_list_all_identifiers_are_pending_in_the_order_of_the_run(self, open_run):
        with open_run() as run:
            run.listing.add(listed("10.5555/b", "10.5555/a"))
        with open_run() as run:
            run.listing.add_all()
            assert list(run.listing.pending()) == ["10.5555/b", "10.5555/a"]


class TestPending:
    def test_every_identifier_is_yielded_once_while_outcomes_are_committed(self, open_run):
        identifiers = [f"10.5555/{number}" for number in range(20)]
        yielded = []
        with open_run() as run:
            run.listing.add(listed(*identifiers))
            for identifier in run.listing.pending():
                yielded.append(identifier)
                run.commit(*missing(identifier, "blocked"))
            assert yielded == identifiers
            assert list(run.listing.pending()) == []
            run.listing.add(listed(*identifiers))
            assert run.listing.count() == Pending(0, 0)
        with open_run() as run:
            run.listing.add(listed(*identifiers))
            assert list(run.listing.pending()) == identifiers

    def test_identifiers_without_an_outcome_are_fetched_by_the_next_invocation(self, open_run):
        with open_run() as run:
            run.listing.add(listed(*map(doi, range(4))))
            run.commit(*tracked(2))
            run.commit(*unreached(doi(0)))
        with open_run() as run:
            run.listing.add(listed(*map(doi, range(4))))
            assert list(run.listing.pending()) == [doi(1), doi(3)]

    def test_identifiers_that_the_site_refused_for_now_are_fetched_again(self, with_each_status):
        with with_each_status() as run:
            assert list(run.listing.pending()) == [
                identifier for identifier, status in WITH_EACH_STATUS.items() if status in AGAIN
            ]

    @pytest.mark.parametrize("status", sorted(AGAIN))
    def test_refused_identifiers_come_after_new_ones_and_the_oldest_refusal_first(self, open_run, status):
        refused = [f"10.5555/{number}" for number in range(6)]
        with open_run() as run:
            commit_visits(run, *(missing(identifier, status) for identifier in refused))
        with open_run() as run:
            run.listing.add(listed(*refused, "10.5555/new"))
            assert list(run.listing.pending()) == ["10.5555/new", *refused]
            assert list(run.listing.pending(limit=2)) == ["10.5555/new", refused[0]]
            for identifier in refused[:3]:
                run.commit(*missing(identifier, status))
        with open_run() as run:
            run.listing.add(listed(*refused))
            assert list(run.listing.pending()) == refused[3:] + refused[:3]

    def test_other_outcomes_can_be_fetched_again(self, with_each_status):
        with with_each_status() as run:
            assert list(run.listing.pending(again={"failed", "not_tracked"})) == ["10.5555/missing", "10.5555/broken"]
            assert list(run.listing.pending(again=())) == []

    def test_an_invalid_text_is_never_fetched(self, with_each_status):
        with with_each_status() as run:
            assert list(run.listing.pending(again={"invalid"}, before="9999")) == list(WITH_EACH_STATUS)

    def test_old_outcomes_can_be_fetched_again(self, open_run):
        with open_run() as run:
            commit_visits(run, missing("10.5555/old", at=EARLIER), missing("10.5555/new", at=LATER))
        with open_run() as run:
            run.listing.add_all()
            assert list(run.listing.pending(before=EARLIER)) == []
            assert list(run.listing.pending(before=LATER)) == ["10.5555/old"]
            run.commit(*missing("10.5555/old", at=EARLIER))
            assert list(run.listing.pending(before=LATER)) == []

    def test_at_most_the_limit_is_yielded(self, open_run):
        with open_run() as run:
            run.listing.add(listed(*map(doi, range(5)), "990000001"))
            assert list(run.listing.pending(limit=2)) == [doi(0), doi(1)]
            assert list(run.listing.pending(limit=0)) == []
            assert [run.listing.count(limit=limit) for limit in (None, 0, 5, 6, 9)] == [
                Pending(identifiers, dois) for identifiers, dois in ((6, 5), (0, 0), (5, 5), (6, 5), (6, 5))
            ]

    def test_the_count_is_the_number_of_pending_identifiers(self, with_each_status):
        for options in ({}, {"again": ()}, {"again": {"failed"}, "before": LATER}, {"before": LATER, "limit": 3}):
            with with_each_status() as run:
                assert run.listing.count(**options).identifiers == len(list(run.listing.pending(**options)))
