#!/usr/bin/env bash
# rdf-parser-csvw: of the words that stand for a missing value it knows one, and gives out the others as figures.
# CSV on the Web lists such words in "null": c for a small number, z for not applicable. rdf-parser-csvw takes whichever
# comes first and makes of another the number "z", of type xsd:decimal. A list for the whole table, which each column
# inherits, is not looked at.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    npm install --prefix "$work" --no-audit --no-fund rdf-parser-csvw@1.1.0 @rdfjs/parser-n3@2.2.0 \
        @rdfjs/environment@1.0.0 @rdfjs/data-model@2.1.2 @rdfjs/dataset@2.0.3
    python3 -m venv env && env/bin/pip install csvw==4.1.1
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

printf '%s\n' 'share,change' '60,2' 'c,c' 'z,z' >results.csv

# The same description twice: as JSON, and as the statements that the ontology of CSV on the Web makes of it.
cat >results.csv-metadata.json <<'JSON'
{
  "@context": "http://www.w3.org/ns/csvw",
  "url": "results.csv",
  "tableSchema": {
    "null": ["c", "z"],
    "columns": [
      {"name": "share", "titles": "share", "datatype": "decimal", "null": ["c", "z"]},
      {"name": "change", "titles": "change", "datatype": "decimal"}
    ]
  }
}
JSON
cat >results.ttl <<'TTL'
@prefix csvw: <http://www.w3.org/ns/csvw#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
[] a csvw:Table ; csvw:url "results.csv" ; csvw:tableSchema [
  csvw:null "c", "z" ;
  csvw:column (
    [ csvw:name "share" ; csvw:title "share" ; csvw:datatype xsd:decimal ; csvw:null "c", "z" ]
    [ csvw:name "change" ; csvw:title "change" ; csvw:datatype xsd:decimal ]
  )
] .
TTL

cat >read.mjs <<'JS'
import { createReadStream, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import DataFactory from "@rdfjs/data-model/Factory.js";
import DatasetFactory from "@rdfjs/dataset/Factory.js";
import Environment from "@rdfjs/environment";
import TurtleParser from "@rdfjs/parser-n3";
import CsvwParser from "rdf-parser-csvw";

const factory = new Environment([DataFactory, DatasetFactory]);
const metadata = factory.dataset();
for await (const quad of new TurtleParser({ factory }).import(Readable.from([readFileSync("results.ttl", "utf8")])))
  metadata.add(quad);
const base = "http://example.org/results.csv";
const cells = { share: [], change: [] };
for await (const quad of new CsvwParser({ factory, metadata, baseIRI: base }).import(createReadStream("results.csv"))) {
  const column = quad.predicate.value.replace(`${base}#`, "");
  if (column in cells) cells[column].push(`${quad.object.value}^^${quad.object.datatype.value.split("#")[1]}`);
}
console.log(JSON.stringify(cells));
JS

cat >check.py <<'PY'
import json
import subprocess
import sys
from importlib.metadata import version

from csvw import Table

seen = json.loads(subprocess.run(["node", "read.mjs"], check=True, capture_output=True, text=True).stdout)
rows = list(Table.from_file("results.csv-metadata.json"))
by_csvw = {name: [str(row[name]) for row in rows if row[name] is not None] for name in seen}
parser = json.loads(open("node_modules/rdf-parser-csvw/package.json").read())["version"]

print(f"rdf-parser-csvw {parser}, csvw {version('csvw')}")
print("input:    two columns of decimals with 60, c, z and 2, c, z; null: c and z, of the first column and of the table")
print("expected: one value a column (ontology of CSV on the Web: 'the string or strings used for null values within the")
print("          data. If the string value of the cell is equal to any one of these values, the cell value is null')")
print("          csvw:", by_csvw)
print("seen:    ", seen)

as_stated = by_csvw == {"share": ["60"], "change": ["2"]} and seen == {
    "share": ["60^^decimal", "z^^decimal"],
    "change": ["2^^decimal", "c^^decimal", "z^^decimal"],
}
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
