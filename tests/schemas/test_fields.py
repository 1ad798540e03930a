"""The fields that are counted are those of the record's classes."""

from altdetails.record import json_schema
from altdetails.schemas.fields import open_paths


def open_in_the_schema():
    """The paths that the JSON Schema lets be null, or that are lists; derived from the schema alone."""
    parts = json_schema()["$defs"]

    def walk(prefix, name):
        for field, said in parts[name]["properties"].items():
            forms = said.get("anyOf", [said])
            path = f"{prefix}{field}"
            if {"type": "null"} in forms:
                yield path
            for form in forms:
                if form.get("type") == "array":
                    yield f"{path}[]"
                if "$ref" in form.get("items", form):
                    below = form.get("items", form)["$ref"].rpartition("/")[2]
                    yield from walk(f"{path}[]." if "items" in form else f"{path}.", below)

    return [path for path in walk("", "Record") if not path.startswith(("inconsistencies", "unread"))]


def test_every_field_that_can_be_null_or_empty_has_a_path_and_no_other_has():
    assert list(open_paths()) == open_in_the_schema()


def test_entries_of_lists_hold_nothing_deeper_that_would_go_uncounted():
    assert [path for path in open_paths() if "[]." in path and not path.rpartition("[].")[2].isidentifier()] == []
