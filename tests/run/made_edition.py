"""A small edition that looks as a run leaves it, without a run: a few files in every place that the manifest names."""

from __future__ import annotations

import json

from pipeline.edition.editions import Area, load_edition, write_new_edition
from pipeline.edition.pages import EDITION_PAGES
from pipeline.foundation.paths import Workspace
from pipeline.run.jobs import ReportOutcome
from pipeline.run.preparing.preparation import STAMP, PreparedEdition
from pipeline.run.preparing.support import hash_local_inputs
from pipeline.run.record.manifest import write_manifest
from pipeline.run.rendering import BUILT_IN
from pipeline.run.stamps.made import Made, hash_file, write_made

PUBLISHED = "2024-2025/england_ks2.csv"
DONE, FAILED, NOT_DUE = 900001, 900003, 900021
PROBLEM = "school_report.ipynb, cell 4 (study): the check failed\n    Mend it."


def make_edition(root, **said):
    """An edition ``county`` below ``root``, of which one school has a report, one failed and one is not due."""
    workspace = Workspace(root)
    edition = write_new_edition(
        workspace, "county", area=Area(authority=998), year="2024/25", policy="worcestershire", title="", files=()
    )
    with edition.paths.description.open("a", encoding="utf-8") as stream:
        stream.writelines(f"{name}: {value}\n" for name, value in said.items())
    write(edition.paths.published / PUBLISHED, "URN,PTRWM_EXP\n900001,61%\n")
    for place in (edition.paths.school(DONE), *(edition.paths.reports / page.folder for page in EDITION_PAGES)):
        write_report(place)
    write(edition.paths.data_docs / "validations" / "ks2.html", "checked\n")
    write(edition.paths.reports / "index.html", "the index\n")
    statuses = {DONE: ("done", ""), FAILED: ("failed", PROBLEM), NOT_DUE: ("not due", "closed on 31 August 2024")}
    statuses = [
        {"urn": urn, "name": f"School {urn}", "status": status, "reason": reason}
        for urn, (status, reason) in statuses.items()
    ]
    write(edition.paths.reports / "schools.json", json.dumps(statuses))
    return load_edition(workspace, "county")


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_report(folder):
    write(folder / "report.html", "<h1>A report</h1>\n")
    write(folder / "facts.json", '{"school": 1}\n')
    write_made(folder, Made({"policy": "abc"}, hash_folder(folder)))


def hash_folder(folder):
    return {path.name: hash_file(path) for path in sorted(folder.iterdir())}


def sign(edition, *, policy=None, engine=BUILT_IN, faults=()):
    """Write the manifest of ``edition`` as a run does at its end."""
    read = {file.name: hash_file(file.path) for file in edition.list_published()} | hash_local_inputs(edition)
    said = edition.description
    stamp = {"inputs": read, "name": edition.name, "title": said.title, "year": edition.year, "date": "2025-11-01"}
    stamp |= {"area": said.area.model_dump(mode="json"), "organisation": said.organisation, "policy": said.policy}
    write(edition.paths.prepared / STAMP, json.dumps(stamp))
    outcomes = [describe(DONE, f"School {DONE}", edition.paths.school(DONE))]
    outcomes.append(ReportOutcome(FAILED, f"School {FAILED}", PROBLEM))
    pages = [describe(None, page.name, edition.paths.reports / page.folder) for page in EDITION_PAGES]
    prepared = PreparedEdition(edition, tuple(faults))
    write_manifest(prepared, outcomes, pages, policy=policy, engine=engine)


def describe(urn, name, folder):
    return ReportOutcome(
        urn, name, files={name: digest for name, digest in hash_folder(folder).items() if name != "made.json"}
    )
