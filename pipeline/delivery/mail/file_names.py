"""Names of files as every computer takes them: what is sent under a name is saved under it, wherever it arrives.

https://learn.microsoft.com/windows/win32/fileio/naming-a-file and SharePoint's own list of names it refuses.
"""

from __future__ import annotations

import re
import unicodedata

#: What Windows, macOS or SharePoint do not take in a file's name.
_NOT_TAKEN = '<>:"/\\|?*'
#: Control characters, marks of text direction, lone halves, private and unassigned characters, ends of lines.
_NOT_PRINTED = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
#: Devices of Windows, with any ending or none, and names that OneDrive and SharePoint refuse or hide.
_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)|(\.lock|desktop\.ini)$|~\$", re.IGNORECASE
)
_NAMELESS = "file"


def clean_file_name(name: str) -> str:
    """Give ``name`` as Windows, macOS and SharePoint all take it; a name that they take stays as it is.

    Marks that may not stand in a file's name become blanks, what is not printed goes, as blanks and dots at the end
    do, and a reserved name gets an underscore before it. Letters are composed (NFC).
    """
    marks = ("" if unicodedata.category(mark) in _NOT_PRINTED and not mark.isspace() else mark for mark in name)
    spaced = "".join(" " if mark in _NOT_TAKEN or mark.isspace() else mark for mark in marks)
    words = " ".join(unicodedata.normalize("NFC", spaced).split()).rstrip(". ").replace("_vti_", "vti")
    return f"_{words}" if _RESERVED.match(words) else words or _NAMELESS
