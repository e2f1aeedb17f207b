"""Small wide files for tests: true headings, invented schools."""

from __future__ import annotations

from pathlib import Path

from pipeline.sources.reading import PublishedFile, RawTable, Reading
from pipeline.sources.recognise import recognise, settle_year
from pipeline.sources.tabular.tables import read_table

KS2_HEADER = (
    "RECTYPE,LEA,ESTAB,URN,SCHNAME,TOWN,NFTYPE,ICLOSE,AGERANGE,TOTPUPS,TELIG,TFSM6CLA1A,PTFSM6CLA1A,PTRWM_EXP,"
    "PTRWM_EXP_FSM6CLA1A,READPROG,READPROG_LOWER,READPROG_UPPER,READCOV,READ_AVERAGE,TELIG_18,PTFSM6CLA1A_18,"
    "PTRWM_EXP_18,PTRWM_EXP_FSM6CLA1A_18"
)
KS2_ASH = "1,885,2001,900001,Ash Primary,Ashton,CY,0,4-11,210,30,9,30%,70%,56%,1.2,-1,3.4,90%,105,25,40%,60%,50%"
KS2_BIRCH = (
    "1,885,2002,900002,Birch Primary,Birch,ACC,0,4-11,60,8,1,13%,75%,SUPP,LOWCOV,LOWCOV,LOWCOV,LOWCOV,103,9,0%,NA,"
)
KS2_NEW = "1,885,2003,900003,Cedar Primary,Cedar,F,0,4-11,NEW"
KS2_AUTHORITY = "3,885, , ,Westshire,,,,,,5000,1200,24%,61%,40%,-0.2,-0.3,-0.1,96%,104,4900,25%,60%,39%"
KS2_ENGLAND = "5,,,,,,,,,,640000,190000,30%,65%,51%,,0,0,,104.5,630000,30%,64%,50%"
KS2 = "\n".join([KS2_HEADER, KS2_ASH, KS2_AUTHORITY, KS2_BIRCH, KS2_NEW, KS2_ENGLAND]) + "\n"

ABSENCE = """\
LA,ESTAB,URN,PERCTOT,PPERSABS10
885,2001,900001,4.1,8.25
885,2002,900002,SUPP,SUPP
NAT,PRI,,4,8.2
NAT,SEC,,5.5,13.7
"""

CENSUS_HEADER = (
    "URN,LA,Estab,SCHOOLTYPE,NOR,PNORG,TSENELSE,PSENELSE,TSENELK,PSENELK,NUMEAL,PNUMEAL,"
    "NUMFSM,NUMFSMEVER,NORFSMEVER,PNUMFSMEVER"
)
CENSUS = f"""\
{CENSUS_HEADER}
900001,885,2001,State-funded primary,210,49.52%,4,1.90%,21,10.00%,42,20.00%,21,44,176,25.00%
900009,885,6001,Independent school,300,50.00%,0,0.00%,9,3.00%,,,,NA,NA,0.00%
NAT,,PRI,State-funded primary,4554974,49.1%,157716,3.5%,671977,15%,1065551,23.4%,1126353,1126825,4284933,26.3%
"""


def save(folder: Path, name: str, content: str | bytes) -> PublishedFile:
    """Write ``content`` as the published file ``name`` (folders included) below ``folder``."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return PublishedFile(path, name)


def read_file(file: PublishedFile) -> tuple[RawTable, Reading]:
    """The file as its own family reads it, for the year it says."""
    table = read_table(file)
    source = recognise(table)
    return table, source.read(table, settle_year(table, source))


def find_one(reading: Reading, **about):
    """The one observation that fits ``about``."""
    rows = reading.observations
    for name, value in about.items():
        rows = rows[(rows[name] == value).fillna(False)]
    assert len(rows) == 1, rows
    return rows.iloc[0]
