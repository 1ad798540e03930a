"""Test that examples run, links resolve, and docs/record.md describes exactly the fields of a record."""

import doctest
import re
from pathlib import Path
from urllib.parse import unquote

import msgspec
import pytest
from tests.support.cases import for_each

from altdetails import identifiers, record
from altdetails.page import words

ROOT = Path(__file__).parents[1]
PAGES = sorted(path for path in (ROOT / "samples" / "text").glob("*.md"))
DOCUMENTS = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "samples").rglob("*.md")]
    if path not in PAGES
)
RECORD = (ROOT / "docs" / "record.md").read_text("utf-8")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
PARTS = {
    name: [field.name for field in msgspec.structs.fields(part)]
    for name, part in vars(record).items()
    if name in record.__all__ and isinstance(part, msgspec.StructMeta)
} | {"Identifier": ["scheme", "value"]}


def relative(path):
    return path.relative_to(ROOT).as_posix()


def sections(text, level=2):
    """Map each heading of a level to the text below it."""
    _, *parts = re.split(rf"^{'#' * level} (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def anchors(text):
    """Return the anchors of a document's headings on GitHub."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def examples(path):
    return [
        code for language, code in FENCED.findall(path.read_text("utf-8")) if language == "python" and ">>>" in code
    ]


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if examples(path)], ids=relative)
def test_the_examples_of_a_document_print_the_shown_results(path, monkeypatch):
    monkeypatch.chdir(ROOT)
    test = doctest.DocTestParser().get_doctest("\n".join(examples(path)), {}, relative(path), str(path), 0)
    report = []
    failures = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=report.append).failed
    assert not failures, "".join(report)


def test_the_readme_has_examples():
    assert len(examples(ROOT / "README.md")) > 1


@for_each("path", DOCUMENTS, ids=relative)
def test_every_fenced_block_of_python_with_a_prompt_can_be_run(path):
    for language, code in FENCED.findall(path.read_text("utf-8")):
        assert language == "python" or ">>>" not in code, "mark a block with a prompt as python"


@for_each("path", DOCUMENTS, ids=relative)
def test_every_relative_link_has_a_target(path):
    text = FENCED.sub("", path.read_text("utf-8"))
    broken = []
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        page = (path.parent / unquote(file)).resolve() if file else path
        if not page.exists() or (anchor and anchor not in anchors(page.read_text("utf-8"))):
            broken.append(target)
    assert broken == []


@for_each("name", PARTS)
def test_a_table_describes_exactly_the_fields_of_its_part_in_order(name):
    described = re.findall(r"^\| `(\w+)` \|", sections(RECORD)[name].split("\n### ")[0], re.MULTILINE)
    assert described == PARTS[name]


def test_every_table_of_fields_belongs_to_a_part():
    with_fields = {name for name, text in sections(RECORD).items() if "| field |" in text}
    assert with_fields == set(PARTS)
    assert set(PARTS["Identifier"]) == set(identifiers.Identifier.__dataclass_fields__)


def test_every_code_of_an_inconsistency_is_described():
    folders = (ROOT / "src/altdetails/page/interpret", ROOT / "src/altdetails/answers")
    source = "".join(path.read_text("utf-8") for folder in folders for path in folder.glob("*.py"))
    codes = set(re.findall(r'Inconsistency\(\s*"(\w+)"', source)) | set(re.findall(r'\("(highlight_and_\w+)"', source))
    described = set(re.findall(r"^- `(\w+)`:", sections(RECORD)["Inconsistency"], re.MULTILINE))
    assert codes == described


def test_every_part_of_a_page_in_unread_is_described():
    parts = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^- (`.*?):", sections(RECORD)["Unread"], re.MULTILINE))))
    assert parts | {"header"} == {*record.PartOfPage.__args__, "answer"}


def test_every_known_key_of_a_count_is_described():
    described = set(re.findall(r"`([\w&]+)`", sections(sections(RECORD)["Count"], 3)["Sources"]))
    assert described >= words.NAMES_OF_SOURCES.keys()
