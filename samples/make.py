"""Write the samples: pages, their texts by several tools, and their records.

    python samples/make.py           write everything
    python samples/make.py --check   write nothing; the exit code is 1 if a stored file would change

A text is only written if the tool is installed in the version that made the stored text. Skipped texts are reported.
Resiliparse 0.16 cannot be installed together with 2.0: set RESILIPARSE_016_PYTHON to a Python that has it. Set CHROMIUM
to the path of a browser, or have `chromium` on PATH.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from generator.samples import samples
from generator.texts import PAGES, derived, made_by_tools

HERE = Path(__file__).parent


def main(arguments: list[str]) -> int:
    """Write or check all samples."""
    check = "--check" in arguments
    files: dict[Path, bytes] = {}
    for sample in samples():
        _add(files, HERE / sample.name, sample.content, sample.record)
    pages = {stem: files[HERE / f"{stem}.html"].decode() for stem in PAGES}
    for text in (*made_by_tools(pages), *derived()):
        if text.content is None:
            print(f"skipped {text.name}: {text.note}")
            _add(files, HERE / "text" / text.name, None, text.record)
        else:
            _add(files, HERE / "text" / text.name, text.content.encode(), text.record)
    changed = [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]
    for path in changed:
        print(f"{'would change' if check else 'wrote'} {path.relative_to(HERE)}")
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(files[path])
    return 1 if check and changed else 0


def _add(files: dict[Path, bytes], path: Path, content: bytes | None, record: dict[str, object]) -> None:
    if content is not None:
        files[path] = content
    files[path.with_suffix(".json")] = (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
