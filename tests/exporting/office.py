"""LibreOffice: many conversions in one start, which takes two seconds."""

import subprocess
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

CSV, ODS, XLSX = "Text - txt - csv (StarCalc)", "calc8", "Calc MS Excel 2007 XML"
"""Names of filters."""
_LIBRARY = 'xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink"'
_LIBRARIES = f"""<library:libraries {_LIBRARY}>
<library:library library:name="Standard" xlink:href="$(USER)/basic/Standard/script.xlb/" library:link="false"/>
</library:libraries>"""
_STANDARD = (
    f'<library:library {_LIBRARY} library:name="Standard"><library:element library:name="Main"/></library:library>'
)
_SETTINGS = """<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Setup/Office">
<prop oor:name="ooSetupInstCompleted" oor:op="fuse"><value>true</value></prop></item></oor:items>"""
"""Without it, the first start replaces the macros by those of a new user."""
_MAIN = """<script:module xmlns:script="http://openoffice.org/2000/script"
    script:name="Main" script:language="StarBasic">
Function Value(name, text)
    Dim property As New com.sun.star.beans.PropertyValue
    property.Name = name
    property.Value = text
    Value = property
End Function

Sub Convert(source, sourceFilter, sourceOptions, target, targetFilter, targetOptions)
    hidden = Value("Hidden", True)
    reading = Array(hidden, Value("FilterName", sourceFilter), Value("FilterOptions", sourceOptions))
    document = StarDesktop.loadComponentFromURL(source, "_blank", 0, reading)
    document.storeToURL(target, Array(Value("FilterName", targetFilter), Value("FilterOptions", targetOptions)))
    document.close(True)
End Sub

Sub All
%s
    StarDesktop.terminate()
End Sub
</script:module>"""


class Conversion(NamedTuple):
    """A file and the file to make of it, each with its filter and the options of the filter."""

    source: Path
    source_filter: str
    source_options: str
    target: Path
    target_filter: str
    target_options: str = ""


def convert(conversions, home):
    """Make all files in one start of LibreOffice, whose settings are in the folder `home`."""
    standard = home / "user" / "basic" / "Standard"
    standard.mkdir(parents=True)
    (standard.parent / "script.xlc").write_text(_LIBRARIES, encoding="utf-8")
    (standard / "script.xlb").write_text(_STANDARD, encoding="utf-8")
    (home / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
    calls = "\n".join(f"    Convert({', '.join(map(_quoted, conversion))})" for conversion in conversions)
    (standard / "Main.xba").write_text(_MAIN % escape(calls), encoding="utf-8")
    command = ["soffice", f"-env:UserInstallation={home.as_uri()}", "--headless", "macro:///Standard.Main.All"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)


def _quoted(value):
    text = value.as_uri() if isinstance(value, Path) else value
    return f'"{text}"'
