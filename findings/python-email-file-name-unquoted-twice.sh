#!/usr/bin/env bash
# Python's email package: get_filename() takes quotes and angle brackets off a name that they belong to.
# The header is written and parsed rightly: its parameter, and another reader, give the name as it is. get_filename()
# then unquotes the name a second time, so that the package does not read back what it wrote.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
npm install --prefix "$work" --no-audit --no-fund postal-mime@4.0.0 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

cat >read.mjs <<'JS'
import { readFileSync } from "node:fs";
import PostalMime from "postal-mime";

const message = await PostalMime.parse(readFileSync("message.eml"));
for (const attachment of message.attachments) console.log(attachment.filename);
JS

cat >check.py <<'PY'
import json
import platform
import subprocess
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

names = ["<draft>", '"final"', "<>", "report <draft>"]
message = EmailMessage(policy=policy.SMTP)
message["From"], message["To"], message["Subject"] = "office@example.org", "head@example.org", "Your report"
message.set_content("Attached.")
for name in names:
    message.add_attachment(b"1", maintype="application", subtype="octet-stream", filename=name)
Path("message.eml").write_bytes(message.as_bytes())

parts = list(message_from_bytes(Path("message.eml").read_bytes(), policy=policy.default).iter_attachments())
by_parameter = [part["Content-Disposition"].params["filename"] for part in parts]
by_get_filename = [part.get_filename() for part in parts]
by_postal_mime = subprocess.run(["node", "read.mjs"], check=True, capture_output=True, text=True).stdout.splitlines()
postal_mime = json.loads(Path("node_modules/postal-mime/package.json").read_text())["version"]

print("Python", platform.python_version(), "postal-mime", postal_mime)
print("input:   ", ", ".join(names), "- given as filename= to add_attachment()")
print("expected: the names come back; RFC 2045 takes the outer quotes off a value once, and gives angle brackets no")
print("          meaning there")
print("          the header's parameter:", ", ".join(by_parameter))
print("          postal-mime:           ", ", ".join(by_postal_mime))
print("seen:     get_filename():        ", ", ".join(repr(name) for name in by_get_filename))

as_stated = by_parameter == by_postal_mime == names and by_get_filename == ["draft", "final", "", "report <draft>"]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
python3 -I check.py
