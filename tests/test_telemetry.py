"""No library reports that it is used, unless the user switches it on: each is asked for its own setting."""

from pathlib import Path

import pytest

from altdetails._optional import TELEMETRY_OFF, require
from altdetails.errors import ExportError
from altdetails.scale import runtime

SOURCE = Path(__file__).parents[1] / "src"


def dlt_reports():
    from dlt.common.configuration import resolve_configuration  # noqa: PLC0415 -- heavy
    from dlt.common.configuration.specs import RuntimeConfiguration  # noqa: PLC0415 -- heavy

    return resolve_configuration(RuntimeConfiguration()).dlthub_telemetry


def daft_reports():
    from daft.scarf_telemetry import opted_out  # noqa: PLC0415 -- heavy

    return not opted_out()


def ray_reports():
    from ray._common.usage.usage_lib import usage_stats_enabled  # noqa: PLC0415 -- heavy

    return usage_stats_enabled()


REPORTS = {
    "dlt": (dlt_reports, {"RUNTIME__DLTHUB_TELEMETRY": "true"}),
    "daft": (daft_reports, {"DAFT_ANALYTICS_ENABLED": "1"}),
    "ray": (ray_reports, {"RAY_USAGE_STATS_ENABLED": "1"}),
}


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """An environment without settings of telemetry. What a test sets is forgotten at its end."""
    for name in (*TELEMETRY_OFF, "DO_NOT_TRACK", "SCARF_NO_ANALYTICS"):
        monkeypatch.setenv(name, "")  # so that it is restored
        monkeypatch.delenv(name)


@pytest.mark.slow
@pytest.mark.parametrize("library", REPORTS)
def test_the_telemetry_of_a_library_is_off_unless_the_user_switches_it_on(library, monkeypatch):
    reports, on = REPORTS[library]
    require(library, "all", "a test")
    assert not reports()
    for name, value in on.items():
        monkeypatch.setenv(name, value)
    require(library, "all", "a test")
    assert reports()


def test_delta_lake_sends_nothing_since_nobody_starts_its_tracing():
    assert [path for path in SOURCE.rglob("*.py") if "init_tracing" in path.read_text("utf-8")] == []


def test_workers_of_ray_get_the_choice_of_the_user(monkeypatch):
    started = []

    class Ray:
        def is_initialized(self):
            return False

        def init(self, _address, *, runtime_env, **_):
            started.append(runtime_env["env_vars"])
            raise OSError("no cluster in this test")

    monkeypatch.setattr(runtime, "ray_library", lambda: require("json", "ray", "a test") and Ray())
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "1")
    with pytest.raises(ExportError), runtime.ray("auto"):
        pass
    assert started[0].items() >= {"RAY_USAGE_STATS_ENABLED": "1", "DAFT_ANALYTICS_ENABLED": "0"}.items()
