"""Open fields agree with the record's JSON Schema."""

from altdetails.record import json_schema
from altdetails.schemas.fields import open_paths


def open_in_the_schema():
    """Return the paths that are nullable or lists in the JSON Schema, using the schema alone."""
    parts = json_schema()["$defs"]

    def walk(prefix, name):
        for field, definition in parts[name]["properties"].items():
            forms = definition.get("anyOf", [definition])
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


def test_the_open_paths_are_the_nullable_fields_and_lists_of_the_schema():
    assert list(open_paths()) == open_in_the_schema()


def test_entries_of_lists_have_no_nested_open_fields():
    assert [path for path in open_paths() if "[]." in path and not path.rpartition("[].")[2].isidentifier()] == []
