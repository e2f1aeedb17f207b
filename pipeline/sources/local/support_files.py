"""The local files that a year of support is planned from: what each is for and what its columns hold.

They are read by the floor that plans it, beside the edition's other local files.
"""

from __future__ import annotations

from pipeline.sources.local.files import LocalFile

TERMS_FILE = LocalFile(
    "terms",
    "The days on which schools are open in the year of support; one row a term or half term or closure.",
    {
        "kind": "term / half term / closed (training days; bank holidays are known without you)",
        "name": "what it is called: Autumn",
        "first_day": "its first day as 2025-09-02 or 02/09/2025",
        "last_day": "its last day; for a term the last day of school",
    },
    "term,Autumn,2025-09-02,2025-12-19",
)
PEOPLE_FILE = LocalFile(
    "people",
    "Who may give support; one row a person. For officers: a school learns no more than the name of its contact.",
    {
        "name": "the person's name; each once",
        "role": "one of your policy's roles or several with a semicolon between",
        "subjects": "subjects the person leads well (maths; English); may be left empty",
        "phases": "phases the person knows (primary; secondary); empty for all",
        "days_a_term": "days to give in each term: one number or one a term (8; 6; 4)",
        "home": "the URN of the person's own school or the town they work from; may be left empty",
        "conflicts": "URNs of schools where the person must not work; with semicolons",
        "serving": "yes where the person works in a school now; no otherwise",
        "email": "where reminders go; may be left out",
    },
    "A. Adviser,adviser,maths; reading,primary,8,Larkstead,100001,no,a.adviser@council.example",
    optional=frozenset({"email"}),
)
CHANGES_FILE = LocalFile(
    "support_plan",
    "What people changed in the plan of support; one row a change. What stands here wins.",
    {
        "urn": "the school's six digits",
        "activity": "one of your policy's activities; empty where a person takes on all they may do at the school",
        "number": "which one of several: 1 is the first; empty for the first",
        "change": "moved / cancelled / started / added / person",
        "new_date": "the new day; for moved and added; may be given for started",
        "person": "who does it: a name of people.csv; for person",
        "reason": "why; in a sentence. For officers only",
        "date": "the day this was decided",
    },
    "100001,Initial visit,1,moved,2026-01-14,,The head asked for a later day.,2025-12-08",
)
PROGRAMMES_FILE = LocalFile(
    "programmes",
    "How programmes of support go; one row a programme and school and day. A school's first row is when it began.",
    {
        "programme": "what the programme is called; the same in every row of it",
        "urn": "the school's six digits",
        "date": "the day it began or was rated as 2025-01-14 or 14/01/2025",
        "staff_capability": "1 (much to do) to 4 (secure without help); empty where it was not rated",
        "classroom_practice": "the same",
        "pupils_engagement": "the same: pupils' engagement and learning",
        "person": "who rated; may be left empty where nothing was rated",
        "note": "what was seen in a sentence; may be left empty. For officers only",
    },
    "Improvement programme,100001,2025-01-14,2,1,2,A. Adviser,Leaders are new; teaching varies.",
    optional=frozenset({"person", "note"}),
)
AGREED_FILE = LocalFile(
    "support_agreed",
    "The plan of support that people work by. Written by plan-support --agree.",
    {
        "urn": "the school's six digits",
        "activity": "the key of the policy's activity",
        "person": "who does it: a name of people.csv",
        "number": "which one of several; empty in the row that says who does the activity",
        "day": "the day of the event as agreed",
        "begins": "when it begins: 09:30; empty where it takes no time of its day",
        "hours": "how long it takes",
        "about": "the area for improvement it is about",
        "takes_place": "yes; no where it was cancelled",
        "sequence": "how often calendars were told of a change",
        "changes": "how many rows of support_plan.csv it had seen",
        "decided": "the day of the last change",
        "before": "who had it before; with semicolons",
    },
    "100001,initial_visit,A. Adviser,1,2026-01-14,09:30,3,,yes,0,0,2025-12-05,",
    optional=frozenset(
        {"number", "day", "begins", "hours", "about", "takes_place", "sequence", "changes", "decided", "before"}
    ),
)
PARTNERS_FILE = LocalFile(
    "partners",
    "Which schools must not or already do go together; one row a group. For officers.",
    {
        "kind": "conflict / paired / no help / triad (settled for this year) / triad last year / no triad",
        "schools": "URNs with semicolons between",
        "note": "for your own eye; it is not read",
    },
    "paired,100001; 100002,They share a head of maths.",
    optional=frozenset({"note"}),
)
LOG_FILE = LocalFile(
    "support_log",
    "What support was given; one row an activity that took place. For officers only.",
    {
        "urn": "the school's six digits",
        "date": "the day it took place as 2026-01-14 or 14/01/2026",
        "activity": "one of your policy's activities: Initial visit",
        "days": "the days it took: 0.5; empty: as long as the policy says",
        "person": "who gave it: a name of people.csv",
        "focus": "the subject or theme it was about; may be left empty",
        "outcome": "what came of it in a sentence; may be left empty",
        "invoice": "the number of the invoice by which the days were billed; may be left out",
    },
    "100001,2026-01-14,Initial visit,0.5,A. Adviser,reading,Agreed to look at phonics first.,",
    optional=frozenset({"focus", "outcome", "invoice"}),
)
SUPPORT_FILES = (TERMS_FILE, PEOPLE_FILE, CHANGES_FILE, PARTNERS_FILE, LOG_FILE)  # those that people write
