"""From ratings to a category: the policy's clauses in order (policies.md)."""

import datetime
from pathlib import Path

from .cells import read
from .measures import BY_KEY

SERIOUS = {
    "SM": "special measures",
    "SWK": "serious weaknesses",
    "NTI": "notice to improve",
    "RSI": "requires significant improvement",
}
GRADED_AREAS = (
    "quality of education",
    "behaviour and attitudes",
    "personal development",
    "effectiveness of leadership and management",
    "early years provision (where applicable)",
    "sixth form provision (where applicable)",
)
CARD_AREAS = (
    "Inclusion",
    "Curriculum and teaching",
    "Achievement",
    "Attendance and behaviour",
    "Personal development and wellbeing",
    "Early years (where applicable)",
    "Post-16 provision (where applicable)",
    "Leadership and governance",
)
OWN_WORDS = {
    "requires improvement": {"requires improvement", "inadequate"},
    "inadequate": {"inadequate"},
    "needs attention": {"needs attention", "urgent improvement"},
    "urgent improvement": {"urgent improvement"},
}


class Evidence:
    """Inspections and local evidence of every school."""

    def __init__(self, published, local):
        self.triggers = inspections(published)
        self.panel = {
            r["urn"]: r["category"] for r in sorted(_local(local, "moderation.csv"), key=lambda r: _date(r["date"]))
        }
        self.last_year = {r["urn"]: r["category"] for r in _local(local, "categories_last_year.csv")}
        self.concerns = {}
        for row in _local(local, "soft_intelligence.csv"):
            self.concerns.setdefault(row["urn"], set()).add(row["kind"].strip().lower())
        self.own = {}
        for row in sorted(_local(local, "self_evaluation.csv"), key=lambda r: _date(r["date"])):
            before = self.own.get(row["urn"], ("", False))
            grade = row["summary_grade"].strip().lower() or before[0]
            self.own[row["urn"]] = (grade, row["self_referral"].strip().lower() == "yes")


def _local(local, name):
    path = Path(local) / name
    if not path.exists():
        return []
    frame = read(path)
    return [r for _, r in frame.iterrows() if not r["urn"].startswith("#")]


def _date(text):
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.datetime.strptime(text, form).date()
        except ValueError:
            pass
    return None


def inspections(published):
    """Triggers met by each school's latest graded inspection or report card."""
    latest = {}
    for path in sorted(Path(published).rglob("*.csv")):
        frame = read(path)
        if "Web Link (opens in new window)" not in frame:
            continue
        for _, row in frame.iterrows():
            urn = row["URN"].split(".")[0]
            for date, met in _of_row(row):
                if date and (urn not in latest or date >= latest[urn][0]):
                    latest[urn] = (date, met)
    return {urn: met for urn, (_, met) in latest.items()}


def _of_row(row):
    if "Overall effectiveness" in row:
        yield _date(row["Inspection start date"]), _graded(row, "", "Category of concern", "Safeguarding is effective?")
        return
    yield (
        _date(row["Inspection start date of latest OEIF graded inspection"]),
        _graded(row, "Latest OEIF ", "Latest OEIF category of concern", "Latest OEIF  safeguarding is effective?"),
    )
    yield _date(row["Inspection start date"]), _card(row)


def _grade(text):
    return text.split(".")[0]


def _graded(row, prefix, concern, safe):
    low = {k.lower(): v for k, v in row.items()}
    overall = _grade(low.get((prefix + "overall effectiveness").lower(), ""))
    areas = [_grade(low.get(prefix.lower() + a, "")) for a in GRADED_AREAS]
    met = set()
    place = {"NTI": 1, "SWK": 2, "SM": 3}.get(row[concern], 0)
    met |= {w for w, p in (("notice to improve", 1), ("serious weaknesses", 2), ("special measures", 3)) if place >= p}
    if overall == "4":
        met.add("inadequate overall")
    if overall in ("3", "4"):
        met.add("requires improvement overall")
    if "4" in areas:
        met.add("inadequate in any area")
    if "3" in areas or "4" in areas:
        met.add("requires improvement in any area")
    if row[safe] == "No":
        met.add("safeguarding not effective")
    return met


def _card(row):
    grades = [row[a].strip().lower() for a in CARD_AREAS]
    met = set()
    attention = sum(g in ("needs attention", "urgent improvement") for g in grades)
    met |= {f"needs attention in {n} or more areas" for n in range(1, attention + 1)}
    if "urgent improvement" in grades:
        met.add("urgent improvement in any area")
    if row["Safeguarding standards"].strip().lower() == "not met":
        met.add("safeguarding not met")
    if row["Category of concern"] not in ("NULL", "", "None"):
        met.add("requires significant improvement")
        if row["Category of concern"] == "SM":
            met.add("special measures")
    return met


def _count(kind, ask, rows):
    """How many ratings, themes or subjects a count of this kind finds."""
    found = []
    for row in rows:
        measure = BY_KEY[row["measure"]]
        if row["against"] != ask["against"] or row["rating"] == "not rated":
            continue
        if measure.theme in ask.get("leaving_out", []) or ("only" in ask and measure.theme not in ask["only"]):
            continue
        if ("key_priorit" in kind or kind == "persistent_key_gaps") and not measure.key_priority:
            continue
        if kind == "persistent_key_gaps" and not row["persistent"]:
            continue
        if kind.endswith("gaps") and row["rating"] != "gap":
            continue
        if kind.endswith("strengths") and row["rating"] != "strength":
            continue
        found.append(measure)
    of = ask.get("of", "indicators")
    if of == "themes":
        return len({m.theme for m in found})
    if of == "subjects":
        subjects = {s for m in found for s in m.subjects}
        return len(subjects) or int(bool(found))
    return len(found)


def holds(when, rows, evidence, urn):
    """Whether every condition of a clause holds."""
    for kind, asks in when.items():
        if kind == "inspection":
            met = evidence.triggers.get(urn, set())
            if "any_of" in asks and not met & set(asks["any_of"]):
                return False
            if "none_of" in asks and met & set(asks["none_of"]):
                return False
        elif kind == "soft_intelligence":
            if not evidence.concerns.get(urn, set()) & set(asks["any_of"]):
                return False
        elif kind == "self_evaluation":
            grade = evidence.own.get(urn, ("", False))[0]
            if not any(grade in OWN_WORDS[w] for w in asks["any_of"]):
                return False
        elif kind == "self_referral":
            if not evidence.own.get(urn, ("", False))[1]:
                return False
        else:
            for ask in asks if isinstance(asks, list) else [asks]:
                n = _count(kind, ask, rows)
                if n < ask.get("at_least", 0) or n > ask.get("at_most", n):
                    return False
    return True


def first(policy, rows, evidence, urn):
    """The category and clause of the first clause that holds."""
    for clause in policy["clauses"]:
        if holds(clause["when"], rows, evidence, urn):
            return clause["category"], clause["name"]
    return policy["otherwise"]["category"], "otherwise"


def decide(policy, rows, evidence, urn):
    """Category, clause, whether it is provisional (another without what is known from one year alone), the panel's
    category, and how far the category has moved since last year."""
    category, clause = first(policy, rows, evidence, urn)
    without = [dict(r, rating="not rated") if r["provisional"] else r for r in rows]
    out = {"category": category, "clause": clause, "provisional": first(policy, without, evidence, urn)[0] != category}
    tiers = {c["key"]: i + 1 for i, c in enumerate(policy["categories"])}
    keys = {_plain(c["title"]): c["key"] for c in policy["categories"]}
    final = keys.get(_plain(evidence.panel.get(urn, "")), category)
    before = keys.get(_plain(evidence.last_year.get(urn, "")))
    moved = tiers[final] - tiers[before] if before and final in tiers else None  # of the panel's, where it met
    by_inspection = any(c["name"] == clause and "any_of" in c["when"].get("inspection", {}) for c in policy["clauses"])
    out.update(
        final=final, last_year=before, moved=moved, flagged=moved is not None and abs(moved) >= 2 and not by_inspection
    )
    return out


def _plain(text):
    """Capitals, blanks, hyphens do not matter."""
    return text.lower().replace("-", "").replace(" ", "").replace("_", "")
