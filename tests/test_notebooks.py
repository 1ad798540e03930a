"""The tutorial in a notebook runs from the beginning to the end, offline, in a kernel of its own."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "docs" / "notebooks" / "tutorial.ipynb"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The outputs of each cell of code, by its last line: HTML if there is any, else text."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name)))
        patch.setenv("no_proxy", "*")
        patch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    return {
        cell.source.splitlines()[-1]: "".join(
            output.data.get("text/html") or output.data["text/plain"]
            for output in cell.outputs
            if output.output_type == "execute_result"
        )
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


@pytest.mark.slow
def test_every_cell_runs_and_shows_what_its_text_says(results):
    def result(last_line):
        return next(shown for line, shown in results.items() if line.startswith(last_line))

    assert "Street lamps, curtains" in result("record")
    assert result("{source: record.count") == "{'news': 64, 'policy': 2, 'mendeley': 187, 'bluesky': None}"
    assert result("len(pages)").startswith("(56, ")
    assert "<td>641</td>" in result('records[["doi"')
    assert "&lt;NA&gt;" in result('table[["doi"')
    assert "Environmental Science" in result("disciplines.groupby")
    assert "<bdi>29 of 29 identifiers, 0 left</bdi>" in result('Run(folder / "run")')
    assert "<td>not_tracked</td>" in result('result[["identifier"')
    assert result("made.records") == "28"


def test_the_notebook_is_stored_without_outputs():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    assert [cell.id for cell in cells if cell.cell_type == "code" and (cell.outputs or cell.execution_count)] == []
