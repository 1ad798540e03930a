"""The documented tree of errors matches the classes."""

import re
from pathlib import Path

import pytest

from altdetails import errors

ROOT = Path(__file__).parents[1]
LINE = re.compile(r"^(?P<branches>(?:│   )*(?:[├└]── )?)(?P<name>[A-Z]\w+)", re.MULTILINE)


def drawn(text):
    """Return the errors of a drawn tree, each with its base class."""
    above, bases = [], {}
    for line in LINE.finditer(text):
        depth = len(line["branches"]) // 4
        above[depth:] = [line["name"]]
        bases[line["name"]] = above[depth - 1] if depth else None
    return bases


def real():
    classes = {name: getattr(errors, name) for name in errors.__all__}
    return {
        name: next((base.__name__ for base in of.__bases__ if base in classes.values()), None)
        for name, of in classes.items()
    }


def last_branches(text):
    """Yield for each line whether its branch is drawn as the last one if it is."""
    lines = [(len(line["branches"]) // 4, line["branches"][-4:]) for line in LINE.finditer(text)]
    for place, (depth, branch) in enumerate(lines):
        following = next((deep for deep, _ in lines[place + 1 :] if deep <= depth), 0)
        yield not depth or branch == ("├── " if following == depth else "└── ")


@pytest.mark.parametrize("document", ["src/altdetails/errors.py", "docs/architecture.md"])
def test_the_documented_tree_matches_the_classes(document):
    text = (ROOT / document).read_text("utf-8")
    tree = text[text.index("AltdetailsError\n├──") :]
    tree = tree[: re.search(r'\n"""|\n```', tree).start()]
    assert drawn(tree) == real()
    assert all(last_branches(tree))
