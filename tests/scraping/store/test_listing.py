"""What an invocation asks for: its list, in its order, each identifier once, and nothing that has its answer."""

import random

import pytest
from tests.scraping.store.material import committed, doi, found, listed, missing, unreached

from altdetails.errors import InputError
from altdetails.scraping.store import AGAIN, Added, ListedIdentifier, Pending

EARLIER, LATER = "2026-01-01T00:00:00Z", "2026-01-09T00:00:00Z"
OF_EACH = {
    "10.5555/ok": "ok",
    "10.5555/missing": "not_tracked",
    "10.5555/else": "not_details",
    "10.5555/wall": "blocked",
    "10.5555/busy": "rate_limited",
    "10.5555/robots": "robots_denied",
    "10.5555/broken": "failed",
}


@pytest.fixture
def answered(opened):
    """A run in which each outcome came up once, and something was no identifier."""
    with opened() as run:
        committed(run, *(missing(identifier, status) for identifier, status in OF_EACH.items()))
        run.listing.add([ListedIdentifier("no identifier", "white space inside")])

    def again():
        run = opened()
        run.listing.take_all()
        return run

    return again


class TestAdding:
    def test_a_list_is_counted(self, opened):
        with opened() as run:
            added = run.listing.add(
                [*listed("10.5555/b", "10.5555/a", "10.5555/b"), ListedIdentifier("?", "no identifier")]
            )
            assert added == Added(new=2, known=0, invalid=1, repeated=1, examples=("10.5555/b",))
        with opened() as run:
            added = run.listing.add([*listed("10.5555/c", "10.5555/b"), ListedIdentifier("?", "no identifier")])
            assert added == Added(new=1, known=1, invalid=1, repeated=0, examples=())

    def test_the_counts_together_are_the_lists_length(self, opened):
        chance = random.Random(1)  # noqa: S311 -- the same each time
        for _ in range(3):
            entries = [
                ListedIdentifier(f"10.5555/{number}", "odd" if number % 7 == 0 else None)
                for number in chance.choices(range(3000), k=5000)
            ]
            with opened() as run:
                added = run.listing.add(entries)
            assert added.new + added.known + added.invalid + added.repeated == 5000
            assert added.repeated == 5000 - len(set(entries))
            assert added.invalid == len({entry for entry in entries if entry.reason})

    def test_a_few_of_those_that_are_repeated_are_named_each_once(self, opened):
        with opened() as run:
            added = run.listing.add(listed(*[f"10.5555/{number % 1500}" for number in range(4500)]))
        assert (added.repeated, len(set(added.examples)), len(added.examples)) == (3000, 5, 5)

    def test_a_list_that_cannot_be_read_to_its_end_adds_nothing(self, opened):
        def broken():
            yield from listed(*map(doi, range(2)))
            raise InputError("dois.txt: is cut short")

        with opened() as run:
            with pytest.raises(InputError):
                run.listing.add(broken())
            assert sum(run.counts().values()) == 0
            run.listing.add(listed(doi(3)))
            assert list(run.listing.pending()) == [doi(3)]

    def test_a_second_list_of_an_invocation_goes_on_behind_the_first(self, opened):
        with opened() as run:
            run.listing.add(listed("10.5555/b", "10.5555/a"))
            assert run.listing.add(listed("10.5555/a", "10.5555/0")) == Added(1, 0, 0, 1, ("10.5555/a",))
            assert list(run.listing.pending()) == ["10.5555/b", "10.5555/a", "10.5555/0"]

    @pytest.mark.parametrize("text", ["\ud800", "caf\udce9", "a\0b", "\u2028", "", "\U0001f9ff" * 9999])
    def test_a_text_that_is_no_identifier_may_be_anything(self, opened, text):
        for _ in range(2):
            with opened() as run:
                assert run.listing.add([ListedIdentifier(text, "odd"), ListedIdentifier(text, "odd")]).repeated == 1
                assert run.counts()["invalid"] == 1

    def test_what_was_no_identifier_is_told_by_the_invocation_that_first_met_it(self, opened):
        with opened() as run:
            run.listing.add([ListedIdentifier("b", "why b"), *listed(doi(1)), ListedIdentifier("a", "why a")])
            assert [(outcome.identifier, outcome.reason) for outcome in run.listing.invalid()] == [
                ("b", "why b"),
                ("a", "why a"),
            ]
        with opened() as run:
            run.listing.add([ListedIdentifier("b", "why b"), ListedIdentifier("c", "why c")])
            assert [outcome.identifier for outcome in run.listing.invalid()] == ["c"]

    def test_what_a_later_version_no_longer_takes_for_an_identifier_is_not_asked_for(self, opened):
        with opened() as run:
            run.listing.add(listed("10.5555/odd", doi(1)))
        with opened() as run:
            run.listing.add([ListedIdentifier("10.5555/odd", "odd"), *listed(doi(1))])
            assert list(run.listing.pending()) == [doi(1)]


class TestOrder:
    @pytest.mark.parametrize("count", [1, 999, 1000, 1001, 2500])
    def test_identifiers_come_in_the_order_of_the_list(self, opened, count):
        identifiers = [f"10.5555/{number}" for number in range(count)]
        random.Random(count).shuffle(identifiers)  # noqa: S311 -- the same each time
        for given in (identifiers, identifiers, identifiers[::-1], sorted(identifiers)):
            with opened() as run:
                run.listing.add(listed(*given))
                assert list(run.listing.pending()) == given

    def test_a_list_that_has_grown_in_its_midst_keeps_its_order(self, opened):
        identifiers = [f"10.5555/{number}" for number in range(3000)]
        with opened() as run:
            run.listing.add(listed(*identifiers))
        identifiers.insert(1500, "10.5555/new")
        with opened() as run:
            assert run.listing.add(listed(*identifiers)) == Added(1, 3000, 0, 0, ())
            assert list(run.listing.pending()) == identifiers

    def test_an_invocation_asks_for_its_own_list_alone(self, opened):
        with opened() as run:
            run.listing.add(listed("10.5555/a", "10.5555/b"))
        with opened() as run:
            assert list(run.listing.pending()) == []
            run.listing.add(listed("10.5555/c", "10.5555/b"))
            assert list(run.listing.pending()) == ["10.5555/c", "10.5555/b"]

    def test_without_a_list_it_asks_for_all_in_the_order_of_the_run(self, opened):
        with opened() as run:
            run.listing.add(listed("10.5555/b", "10.5555/a"))
        with opened() as run:
            run.listing.take_all()
            assert list(run.listing.pending()) == ["10.5555/b", "10.5555/a"]


class TestPending:
    def test_each_comes_once_while_they_are_committed(self, opened):
        identifiers = [f"10.5555/{number}" for number in range(20)]
        asked = []
        with opened() as run:
            run.listing.add(listed(*identifiers))
            for identifier in run.listing.pending():
                asked.append(identifier)
                run.commit(*missing(identifier, "blocked"))
            assert asked == identifiers
            assert list(run.listing.pending()) == []
            run.listing.add(listed(*identifiers))
            assert run.listing.count() == Pending(0, 0)
        with opened() as run:
            run.listing.add(listed(*identifiers))
            assert list(run.listing.pending()) == identifiers

    def test_those_that_are_left_are_asked_for_by_the_next_invocation(self, opened):
        with opened() as run:
            run.listing.add(listed(*map(doi, range(4))))
            run.commit(*found(2))
            run.commit(*unreached(doi(0)))
        with opened() as run:
            run.listing.add(listed(*map(doi, range(4))))
            assert list(run.listing.pending()) == [doi(1), doi(3)]

    def test_where_the_site_said_not_now_it_is_asked_again(self, answered):
        with answered() as run:
            assert list(run.listing.pending()) == [
                identifier for identifier, status in OF_EACH.items() if status in AGAIN
            ]

    def test_any_other_outcome_can_be_asked_for_again(self, answered):
        with answered() as run:
            assert list(run.listing.pending(again={"failed", "not_tracked"})) == ["10.5555/missing", "10.5555/broken"]
            assert list(run.listing.pending(again=())) == []

    def test_what_is_no_identifier_is_never_asked_for(self, answered):
        with answered() as run:
            assert list(run.listing.pending(again={"invalid"}, before="9999")) == list(OF_EACH)

    def test_old_outcomes_can_be_asked_for_again(self, opened):
        with opened() as run:
            committed(run, missing("10.5555/old", at=EARLIER), missing("10.5555/new", at=LATER))
        with opened() as run:
            run.listing.take_all()
            assert list(run.listing.pending(before=EARLIER)) == []
            assert list(run.listing.pending(before=LATER)) == ["10.5555/old"]
            run.commit(*missing("10.5555/old", at=EARLIER))
            assert list(run.listing.pending(before=LATER)) == []

    def test_a_limit_ends_them(self, opened):
        with opened() as run:
            run.listing.add(listed(*map(doi, range(5)), "990000001"))
            assert list(run.listing.pending(limit=2)) == [doi(0), doi(1)]
            assert list(run.listing.pending(limit=0)) == []
            assert [run.listing.count(limit=limit) for limit in (None, 0, 5, 6, 9)] == [
                Pending(identifiers, dois) for identifiers, dois in ((6, 5), (0, 0), (5, 5), (6, 5), (6, 5))
            ]

    def test_they_are_as_many_as_is_told(self, answered):
        for wanted in ({}, {"again": ()}, {"again": {"failed"}, "before": LATER}, {"before": LATER, "limit": 3}):
            with answered() as run:
                assert run.listing.count(**wanted).identifiers == len(list(run.listing.pending(**wanted)))
