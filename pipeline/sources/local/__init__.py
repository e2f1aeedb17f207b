"""What an authority or trust writes down itself: readers of the files in an edition's ``local/`` folder.

Named here is what is known of these files without reading a row of them: whoever imports it loads no table.
"""

from pipeline.sources.local.files import (
    LOCAL_FILES,
    RETURNS_FILE,
    LocalFile,
    compose_template,
    find_local_files,
    holds_rows,
)

__all__ = [
    "LOCAL_FILES",
    "RETURNS_FILE",
    "LocalFile",
    "compose_template",
    "find_local_files",
    "holds_rows",
]
