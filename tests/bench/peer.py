"""What turning the same files into Parquet costs that understands nothing of them: DuckDB, as a peer for preparing.

``python tests/bench/peer.py PUBLISHED INTO`` needs DuckDB in the Python that runs it; the project does not.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb


def convert(published: Path, into: Path) -> None:
    """Write every CSV file below ``published``, all columns as text, into a Parquet file of ``into``."""
    into.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute("set threads to 2")
    for file in sorted(published.rglob("*.csv")):
        target = into / f"{file.parent.name}-{file.stem}.parquet"
        rows = connection.read_csv(str(file), all_varchar=True, null_padding=True, strict_mode=False)
        rows.write_parquet(str(target), compression="zstd")


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
