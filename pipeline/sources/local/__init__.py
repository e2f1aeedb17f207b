"""What an authority or trust writes down itself: readers of the files in an edition's ``local/`` folder."""

from pipeline.sources.local.files import LOCAL_FILES, RETURNS_FILE, LocalFile, compose_template, find_local_files
from pipeline.sources.local.folder import LocalReading, holds_rows, read_local
from pipeline.sources.local.prepared import FOLDER, load_local, open_local, write_local
from pipeline.sources.local.rows import Schools

__all__ = [
    "FOLDER",
    "LOCAL_FILES",
    "RETURNS_FILE",
    "LocalFile",
    "LocalReading",
    "Schools",
    "compose_template",
    "find_local_files",
    "holds_rows",
    "load_local",
    "open_local",
    "read_local",
    "write_local",
]
