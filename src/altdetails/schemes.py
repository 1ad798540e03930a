"""Read the ids of PubMed, arXiv, ISBN, handles and trials, and tidy the copied text of any identifier.

The readers follow the rules of `altdetails.identifiers`, which reads the other identifiers.
"""

from __future__ import annotations

import html
import re

from altdetails.errors import IdentifierError

__all__ = [
    "ANYTHING",
    "OLD_ARXIV",
    "arxiv",
    "clinical_trial",
    "error",
    "handle",
    "isbn",
    "pmid",
    "quoted",
    "tidy",
    "trim",
]

_MAX_TEXT = 32 * 2**10  # one character of a DOI can take 12 when percent-encoded
_MAX_QUOTED = 80

# Copying adds capitals, characters without width and typographic hyphens. DOIs ignore the case of ASCII letters only.
_COPIED = (
    {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    | dict.fromkeys((0x00AD, 0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF))
    | dict.fromkeys((0x2010, 0x2011), "-")
)
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#[0-9]{1,7}|#x[0-9a-f]{1,6});")
_OPENING = re.compile(r"\A[\s<(\[{\"'`\u2018\u201c\u00ab]++")
_ENDING = frozenset(".,;:!?'\"`/\u2019\u201d\u00bb\u2026")
_OPENER_OF = {")": "(", "]": "[", "}": "{", ">": "<"}

_PLAIN_PMID = re.compile(
    r"(?:(?:https?:)?//(?:www\.ncbi\.nlm\.nih\.gov/pubmed|pubmed\.ncbi\.nlm\.nih\.gov)/)?([1-9][0-9]{0,8})/?"
)
_PMID = re.compile(
    r"(?:(?:info:)?(?:(?:pubmed\s+)?pmid|pubmed)(?:[\s-]?id)?[\s:=#/]*+"
    r"|(?:(?:https?:)?//)?(?:(?:www\.|m\.)?ncbi\.nlm\.nih\.gov/(?:m/)?pubmed/|pubmed\.ncbi\.nlm\.nih\.gov/))?"
    r"0*+([1-9][0-9]{0,8})(?:/?[?#].*)?"
)
# The archives that used this form of ids, until March 2007.
_OLD_ARCHIVES = (
    "acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas cond-mat cs dg-ga "
    "funct-an gr-qc hep-ex hep-lat hep-ph hep-th math-ph math mtrl-th nlin nucl-ex nucl-th patt-sol physics plasm-ph "
    "q-alg q-bio quant-ph solv-int supr-con"
).replace(" ", "|")
OLD_ARXIV = rf"(?P<archive>{_OLD_ARCHIVES})(?:\.[a-z]{{2}}[a-z-]{{0,6}})?/"
"""A pattern for the archive in an old id."""
_ARXIV = re.compile(
    r"(?:arxiv[\s:]*+|(?:(?:https?:)?//)?(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/)?"
    r"(?P<id>(?:0[7-9]|1[0-4])(?:0[1-9]|1[0-2])\.[0-9]{4}|(?:1[5-9]|[2-8][0-9])(?:0[1-9]|1[0-2])\.[0-9]{5}"
    rf"|{OLD_ARXIV}(?P<number>(?:9[1-9]|0[0-7])(?:0[1-9]|1[0-2])[0-9]{{3}}))"
    r"(?:v[1-9][0-9]{0,2})?(?:\.pdf)?(?:\s*\[[a-z.-]+\]|[?#].*)?"
)
_ISBN_LABEL = re.compile(r"\A(?:urn:)?isbn(?:[\s-]?1[03](?=[\s:]))?[\s:=]*+")
_ISBN_GAP = re.compile(r"[\s\u2012-\u2015\u2212-]+")
_ISBN = re.compile(r"(?P<ten>[0-9]{9})[0-9x]|(?P<thirteen>97[89][0-9]{9})[0-9]")
_HANDLE = re.compile(
    r"(?:(?:info:)?(?:hdl|handle)[\s:=/]*+|https?://hdl\.handle\.net/)(?P<id>[0-9][\w.]*/[^\s?#]+)(?:[?#]\S*)?",
    re.IGNORECASE,
)
_PATH_STEP = re.compile(r"/\.\.?(?:/|\Z)")
_TRIAL = re.compile(
    r"(?:(?:clinical_trial|nct(?:[\s_-]?id|\s?number))[\s:=#]*+|clinicaltrials\.gov(?:\s(?:id|identifier|number))?[\s:=]++"
    r"|(?:(?:https?:)?//)?(?:www\.|classic\.)?clinicaltrials\.gov/(?:ct2/)?(?:show|study)/)?"
    r"(nct[0-9]{8})(?:/?[?#].*)?"
)

_A_PMID = "a PubMed id (not a PMC id): 26064188, PMID: 26064188 or https://pubmed.ncbi.nlm.nih.gov/26064188/"
_AN_ARXIV_ID = "an arXiv id: 2101.01234, arXiv:hep-th/9901001 or https://arxiv.org/abs/2101.01234"
_AN_ISBN = "an ISBN of 10 or 13 digits: 978-0-306-40615-7"
_A_HANDLE = "a handle: hdl:2027/abc.123 or https://hdl.handle.net/2027/abc.123"
_A_TRIAL = "a number of ClinicalTrials.gov: NCT01234567 or https://clinicaltrials.gov/study/NCT01234567"
ANYTHING = "one DOI, details address, Altmetric id, PMID: <number>, arXiv:<id>, ISBN, handle or NCT number"


def pmid(text: str) -> str:
    """Return the PubMed id in a text, as digits without leading zeros.

    The text can be the id, the id with a label, or a PubMed address. Ids have up to nine digits, one more than are
    in use so far. Format: NLM, MEDLINE/PubMed data elements, PMID.

    Raises:
        IdentifierError: if the text is not a PubMed id. A PMC id (`PMC123`) is not a PubMed id.
    """
    if match := _PLAIN_PMID.fullmatch(text) or _PMID.fullmatch(trim(tidy(text))):
        return match[1]
    raise error(text, "not a PubMed id of 1 to 9 digits", _A_PMID)


def arxiv(text: str) -> str:
    """Return the arXiv id in a text, without version and subject class.

    The text can be the id, the id with a label, or an arxiv.org address. Version and subject class are removed
    because they do not distinguish outputs: `2101.01234v2` becomes `2101.01234`, and `math.GT/0309136` becomes
    `math/0309136`. Format: arXiv, Understanding the arXiv identifier.

    Raises:
        IdentifierError: if the text is not an arXiv id.
    """
    if match := _ARXIV.fullmatch(trim(tidy(text))):
        return f"{match['archive']}/{match['number']}" if match["archive"] else match["id"]
    raise error(text, "not an arXiv id", _AN_ARXIV_ID)


def isbn(text: str) -> str:
    """Return the ISBN in a text, as 13 digits.

    The text has 10 or 13 digits, with or without hyphens and spaces.
    Format: International ISBN Agency, ISBN Users' Manual.

    Raises:
        IdentifierError: if the text is not an ISBN, or its check digit is wrong.
    """
    digits = _ISBN_GAP.sub("", _ISBN_LABEL.sub("", trim(tidy(text))))
    match = _ISBN.fullmatch(digits)
    if not match:
        raise error(text, "not an ISBN of 10 digits, or of 13 that start with 978 or 979", _AN_ISBN)
    check = _isbn10_check(match["ten"]) if match["ten"] else _isbn13_check(match["thirteen"])
    if digits[-1] != check:
        raise error(text, f"the check digit {digits[-1].upper()} should be {check.upper()}", _AN_ISBN)
    body = match["thirteen"] or f"978{match['ten']}"
    return body + _isbn13_check(body)


def handle(text: str) -> str:
    """Return the handle in a text, as written.

    The text is the handle with a label, or an address of hdl.handle.net. Format: RFC 3650.

    Raises:
        IdentifierError: if the text is not a handle, or has a path step that an address cannot contain.
    """
    match = _HANDLE.fullmatch(text.strip()) if len(text) <= _MAX_TEXT else None
    if match and match["id"].isprintable() and not _PATH_STEP.search(match["id"]):
        return trim(match["id"])
    raise error(text, "not a handle with a label", _A_HANDLE)


def clinical_trial(text: str) -> str:
    """Return the number of a trial at ClinicalTrials.gov, in upper case: `NCT01234567`.

    The text can be the number, the number with a label, or the address of the trial.

    Raises:
        IdentifierError: if the text is not such a number.
    """
    if match := _TRIAL.fullmatch(trim(tidy(text))):
        return match[1].upper()
    raise error(text, "not NCT with 8 digits", _A_TRIAL)


def tidy(text: str) -> str:
    """Return a text in lower case, without characters that copying adds before and inside it."""
    if len(text) > _MAX_TEXT:
        raise error(text, f"more than {_MAX_TEXT} characters", ANYTHING)
    return _OPENING.sub("", _ENTITY.sub(lambda entity: html.unescape(entity[0]), text.translate(_COPIED)))


def trim(text: str) -> str:
    """Remove white space, punctuation and unopened closing brackets from the end of a text."""
    unopened = {closer: text.count(closer) - text.count(opener) for closer, opener in _OPENER_OF.items()}
    end = len(text)
    while end and (text[end - 1] in _ENDING or text[end - 1].isspace() or unopened.get(text[end - 1], 0) > 0):
        end -= 1
        if text[end] in unopened:
            unopened[text[end]] -= 1
    return text[:end]


def quoted(text: str) -> str:
    """Return the beginning of a text in quotes, with control characters escaped."""
    return repr(text if len(text) <= _MAX_QUOTED else f"{text[: _MAX_QUOTED - 1]}…")


def error(text: str, reason: str, accepted: str) -> IdentifierError:
    """Return the error for a text that cannot be read: the reason, and what to give."""
    return IdentifierError(f"{quoted(text)}: {reason}. Give {accepted}.")


def _isbn13_check(digits: str) -> str:
    return str(-sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits)) % 10)


def _isbn10_check(digits: str) -> str:
    return "0123456789x"[-sum(int(digit) * (10 - index) for index, digit in enumerate(digits)) % 11]
