#!/usr/bin/env bash
# mailparser: a percent sign in a segment of a parameter that is not encoded is decoded all the same.
# RFC 2231 marks each segment of a long parameter by itself: with a star it is percent-encoded, without one it is meant
# as it stands. mailparser decodes both once one of them is marked; Python and postal-mime do not.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
npm install --prefix "$work" --no-audit --no-fund mailparser@3.14.2 postal-mime@4.0.0 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

printf '%s\r\n' \
    'From: office@example.org' \
    'To: head@example.org' \
    'Subject: Your report' \
    'MIME-Version: 1.0' \
    'Content-Type: text/csv' \
    'Content-Disposition: attachment;' \
    " filename*0*=UTF-8''St%20Anne;" \
    ' filename*1=" share 20%25 to 30.csv"' \
    '' \
    'school,share' >message.eml

cat >read.mjs <<'JS'
import { readFileSync } from "node:fs";
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";

const message = readFileSync("message.eml");
console.log((await simpleParser(message)).attachments[0].filename);
console.log((await PostalMime.parse(message)).attachments[0].filename);
JS
node read.mjs >seen.txt

python3 -I - <<'PY'
import json
import sys
from email import message_from_bytes, policy
from pathlib import Path

by_mailparser, by_postal_mime = Path("seen.txt").read_text(encoding="utf-8").splitlines()
by_python = message_from_bytes(Path("message.eml").read_bytes(), policy=policy.default).get_filename()
versions = {
    name: json.loads(Path(f"node_modules/{name}/package.json").read_text())["version"]
    for name in ("mailparser", "postal-mime")
}
expected = "St Anne share 20%25 to 30.csv"

print("mailparser", versions["mailparser"], "postal-mime", versions["postal-mime"])
print("input:    filename*0*=UTF-8''St%20Anne; filename*1=\" share 20%25 to 30.csv\"")
print(f"expected: {expected!r}")
print("          (RFC 2231, 4.1: a value may mix encoded and unencoded segments; the star that ends a segment's name")
print("          says that it is encoded, and filename*1 has none)")
print(f"          Python's email: {by_python!r}, postal-mime: {by_postal_mime!r}")
print(f"seen:     mailparser: {by_mailparser!r}")

as_stated = by_python == by_postal_mime == expected and by_mailparser == expected.replace("%25", "%")
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
