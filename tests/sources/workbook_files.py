"""Small Excel workbooks for tests, written part by part as programs write them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#: Cell styles of these workbooks: plain, day, percentage, yyyymmdd, [h]:mm:ss, [h]:mm, h:mm, hh:mm.
STYLES = (
    f'<styleSheet {_MAIN}><numFmts count="3"><numFmt numFmtId="164" formatCode="yyyymmdd"/>'
    '<numFmt numFmtId="165" formatCode="[h]:mm"/><numFmt numFmtId="166" formatCode="hh:mm"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="9"/><xf numFmtId="164"/><xf numFmtId="46"/>'
    '<xf numFmtId="165"/><xf numFmtId="20"/><xf numFmtId="166"/></cellXfs></styleSheet>'
)


def write_workbook(
    sheets: Mapping[str, Sequence[Sequence[str]]],
    *,
    date1904: bool = False,
    hidden: Sequence[str] = (),
    declared: str = "",
) -> bytes:
    """A workbook of ``sheets``: name → rows of cells; a cell that begins with < is XML, any other a shared string."""
    strings: list[str] = []
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        listed = links = ""
        for number, (name, rows) in enumerate(sheets.items(), start=1):
            state = ' state="hidden"' if name in hidden else ""
            listed += f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"{state}/>'
            links += f'<Relationship Id="rId{number}" Target="worksheets/sheet{number}.xml"/>'
            archive.writestr(f"xl/worksheets/sheet{number}.xml", declared + _write_sheet(rows, strings))
        settings = '<workbookPr date1904="1"/>' if date1904 else ""
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {_MAIN} xmlns:r="{_RELATIONS}">{settings}<sheets>{listed}</sheets></workbook>',
        )
        archive.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{links}</Relationships>")
        archive.writestr("xl/styles.xml", STYLES)
        items = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
        archive.writestr("xl/sharedStrings.xml", f"<sst {_MAIN}>{items}</sst>")
    return content.getvalue()


def _write_sheet(rows: Sequence[Sequence[str]], strings: list[str]) -> str:
    text = ""
    for number, row in enumerate(rows, start=1):
        cells = ""
        for place, cell in enumerate(row):
            reference = f"{chr(65 + place)}{number}"
            if cell.startswith("<"):
                cells += cell.replace("<c", f'<c r="{reference}"', 1)
            elif cell:
                strings.append(cell)
                cells += f'<c r="{reference}" t="s"><v>{len(strings) - 1}</v></c>'
        if cells:
            text += f'<row r="{number}">{cells}</row>'
    return f"<worksheet {_MAIN}><sheetData>{text}</sheetData></worksheet>"
