"""Files brought from a stand-in for the statistics service (statistics_stand_in.py): whole, known, never unasked."""

import errno
import gzip
import hashlib
import json
import shutil
import ssl
from pathlib import Path

import pytest
import trustme
from statistics_stand_in import StandIn, answer, behave, cut, number, send_on, serve, show_page

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import find_project
from pipeline.sources.families.tidy.set_aside import load_kinds
from pipeline.sources.fetching import download as downloading
from pipeline.sources.fetching.catalogue import TimePeriods, load_families
from pipeline.sources.fetching.fetch import ACCOUNT, Outcome, fetch_files, list_states
from pipeline.sources.fetching.service import LONGEST_WAIT, Service, Unreachable, check_address
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.reading import PublishedFile
from pipeline.sources.recognise import SOURCES

SAMPLE = find_project() / "data" / "editions" / "sample" / "published"
KS4 = (SAMPLE / "2022-2023" / "202223_performance_tables_schools_final.csv").read_bytes()
SUBJECTS = (SAMPLE / "2024-2025" / "202425_subject_school_all_exam_entriesgrades_final.csv").read_bytes()
ABSENCE = (SAMPLE / "2024-2025" / "1_absence_3term_school.csv").read_bytes()
KS4_SLUG, ABSENCE_SLUG = "key-stage-4-performance", "pupil-absence-in-schools-in-england"
KS4_TITLE = "Key stage 4 institution level - Schools (performance)"
SUBJECTS_TITLE = "Subject school level exam data"
ABSENCE_TITLE = "Absence rates by geographic level and school"
YEAR = 2025


@pytest.fixture
def service(monkeypatch):
    """A stand-in with three data sets of ours among others."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    stand_in = StandIn()
    for place in range(45):
        stand_in.add(f"other-statistics-{place}", f"Something else {place}", b"a,b\n1,2\n")
    for place in range(25):
        stand_in.add(KS4_SLUG, f"Another breakdown {place}", b"a,b\n1,2\n", levels=("National",))
    stand_in.add(KS4_SLUG, KS4_TITLE, KS4)
    stand_in.add(KS4_SLUG, SUBJECTS_TITLE, SUBJECTS)
    stand_in.add(ABSENCE_SLUG, ABSENCE_TITLE, ABSENCE)
    with serve(stand_in):
        yield stand_in


class Desk:
    """An edition's folder and somebody who fetches into it, with the waits that were asked of him."""

    def __init__(self, folder: Path, service: StandIn) -> None:
        self.folder, self.service, self.waits = folder, service, []

    def fetch(self, *families: str, year: int = YEAR, **asked):
        talk = Service(self.service.address, self.waits.append)
        try:
            return fetch_files(talk, self.folder, year, families=families, wait=self.waits.append, **asked)
        finally:
            talk.close()

    def tell(self, *families: str, **asked) -> dict[str, Outcome]:
        return {one.offer.data_set.title: one.outcome for one in self.fetch(*families, **asked).told}

    @property
    def account(self) -> list[dict]:
        return json.loads((self.folder / ACCOUNT).read_text(encoding="utf-8"))

    def list_files(self) -> list[str]:
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())

    def read(self, title: str) -> bytes:
        (one,) = (one for one in self.account if one["title"] == title)
        return (self.folder / "published" / one["file"]).read_bytes()


@pytest.fixture
def desk(tmp_path, service):
    folder = tmp_path / "marlshire"
    folder.mkdir()
    return Desk(folder, service)


# What is brought


@pytest.mark.slow
def test_what_is_asked_for_is_brought_whole_with_an_account(desk):
    assert desk.tell("ks4", "ks4_subjects", "absence") == dict.fromkeys(
        (KS4_TITLE, SUBJECTS_TITLE, ABSENCE_TITLE), Outcome.BROUGHT
    )
    for title, content in ((KS4_TITLE, KS4), (SUBJECTS_TITLE, SUBJECTS), (ABSENCE_TITLE, ABSENCE)):
        assert desk.read(title) == content
    first = desk.account[0]
    assert first == {
        "address": desk.service.address,
        "publication": ABSENCE_SLUG,
        "data_set": number(f"{ABSENCE_SLUG} {ABSENCE_TITLE}"),
        "title": ABSENCE_TITLE,
        "version": "1.0",
        "release": "Academic year 2024/25",
        "published": "2026-02-05T09:30:00+00:00",
        "covers": ["2022/2023", "2024/2025"],
        "family": "ees_absence",
        "file": "fetched/ees_absence-absence-rates-by-geographic-level-and-school.csv",
        "size": len(ABSENCE),
        "sha256": hashlib.sha256(ABSENCE).hexdigest(),
    }
    assert len(desk.list_files()) == 4 and desk.waits == []


def test_a_second_time_nothing_travels_and_no_byte_changes(desk):
    desk.fetch("absence")
    before = (desk.folder / ACCOUNT).read_bytes()
    desk.service.asked.clear()
    assert set(desk.tell("absence").values()) == {Outcome.UNCHANGED}
    assert desk.service.list_asked() == [] and (desk.folder / ACCOUNT).read_bytes() == before


def test_a_file_that_is_gone_is_brought_again(desk):
    desk.fetch("absence")
    shutil.rmtree(desk.folder / "published")
    assert set(desk.tell("absence").values()) == {Outcome.UPDATED}
    assert desk.read(ABSENCE_TITLE) == ABSENCE


def test_files_travel_packed_and_stand_unpacked(desk):
    desk.fetch("absence")
    assert desk.service.list_asked()[0]["Accept-Encoding"] == "gzip"
    desk.service.gzips = False
    shutil.rmtree(desk.folder / "published")
    desk.fetch("absence")
    assert desk.read(ABSENCE_TITLE) == ABSENCE


def test_all_families_are_asked_for_where_none_is_named(desk):
    result = desk.fetch()
    assert len(result.told) == 3
    assert set(result.lacking) == {one.family for one in load_families()} - {
        "ees_ks4",
        "ks4_subjects",
        "ees_absence",
    }
    assert "Another breakdown 0" in result.lacking["ees_authority_ks4"]


def test_a_list_says_what_there_is_and_writes_nothing(desk):
    talk = Service(desk.service.address)
    states = list_states(talk, desk.folder, YEAR, ("ks4", "absence"))
    assert [one.outcome for one in states.told] == [Outcome.OFFERED, Outcome.OFFERED] and desk.list_files() == []
    desk.fetch("absence")
    talk = Service(desk.service.address)
    assert [one.outcome for one in list_states(talk, desk.folder, YEAR, ("absence",)).told] == [Outcome.UNCHANGED]


@pytest.mark.slow
def test_one_data_set_may_be_named_by_its_number(desk):
    one = number(f"{KS4_SLUG} {KS4_TITLE}")
    (told,) = desk.fetch(ids=(one,)).told
    assert (told.outcome, told.file) == (
        Outcome.BROUGHT,
        "fetched/key-stage-institution-level-schools-performance.csv",
    )
    assert desk.account[0]["family"] == "ees_ks4"
    with pytest.raises(PipelineError, match="offers no data set"):
        desk.fetch(ids=(number("nothing"),))
    with pytest.raises(PipelineError, match="no data set's number"):
        desk.fetch(ids=("../etc",))


def test_a_strange_family_is_refused_with_those_there_are(desk):
    with pytest.raises(PipelineError, match=r"no family 'ks9' can be fetched[\s\S]*ks2, ks2_information, ks4"):
        desk.fetch("ks9")
    assert desk.service.asked == []


def test_every_family_of_the_table_is_one_that_is_read():
    aside = {kind.name for kind in load_kinds()}
    assert {one.family for one in load_families()} <= {source.family for source in SOURCES} - aside


@pytest.mark.slow
def test_what_was_brought_is_read_like_any_other_file(desk, tmp_path):
    desk.fetch("ks4_subjects", "absence")
    published = desk.folder / "published"
    files = [PublishedFile(path, path.relative_to(published).as_posix()) for path in published.rglob("*.csv")]
    found = prepare_edition(files, tmp_path / "prepared", year=YEAR)
    assert found.faults == () and len(found.loaded) == 2


# Versions


@pytest.mark.slow
def test_the_latest_version_that_covers_the_year_is_taken(desk):
    later = ABSENCE.replace(b"202425", b"202526")
    desk.service.add(ABSENCE_SLUG, ABSENCE_TITLE, later, version="1.10", covers=("2025/2026", "2025/2026"))
    desk.service.add(ABSENCE_SLUG, ABSENCE_TITLE, b"gone", version="1.3", status="Withdrawn")
    desk.service.add(ABSENCE_SLUG, ABSENCE_TITLE, ABSENCE + b"\n", version="1.2")
    desk.fetch("absence")
    assert desk.account[0]["version"] == "1.2"


def test_a_year_that_no_version_covers_is_said(desk):
    assert set(desk.tell("absence", year=2019).values()) == {Outcome.NOT_COVERED}
    assert desk.list_files() == []


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        ("2022/2023", "2024/2025", 2023, 2025),
        ("2022/23", "2024/25", 2023, 2025),
        ("2022", "2024", 2023, 2025),
        ("2022/23 Autumn term", "2022/23 Autumn term", 2023, 2023),
        ("none", "2024/25", 1, 0),
    ],
)
def test_years_are_those_that_the_service_says(start, end, first, last):
    covered = [year for year in range(2015, 2030) if TimePeriods(start=start, end=end).covers(year)]
    assert covered == list(range(max(first, 2015), last + 1))


def test_a_newer_version_is_said_and_taken_only_when_asked(desk):
    desk.fetch("absence")
    desk.service.add(ABSENCE_SLUG, ABSENCE_TITLE, ABSENCE + b"\n", version="1.1")
    (told,) = desk.fetch("absence").told
    assert (told.outcome, told.note) == (Outcome.NEWER, "version 1.0 is kept; --update brings the newer one")
    assert desk.read(ABSENCE_TITLE) == ABSENCE
    assert set(desk.tell("absence", update=True).values()) == {Outcome.UPDATED}
    assert desk.read(ABSENCE_TITLE) == ABSENCE + b"\n" and len(desk.account) == 1
    assert desk.account[0]["version"] == "1.1" and len(desk.list_files()) == 2


def test_a_file_that_somebody_changed_is_kept_until_asked(desk):
    desk.fetch("absence")
    path = desk.folder / "published" / desk.account[0]["file"]
    path.write_bytes(b"mine")
    assert set(desk.tell("absence").values()) == {Outcome.CHANGED} and path.read_bytes() == b"mine"
    assert set(desk.tell("absence", update=True).values()) == {Outcome.UPDATED} and path.read_bytes() == ABSENCE


@pytest.mark.slow
def test_an_update_that_fails_leaves_what_was_there(desk):
    desk.fetch("absence")
    desk.service.add(ABSENCE_SLUG, ABSENCE_TITLE, b"<html>", version="1.1")
    with pytest.raises(Unreachable, match="no table"):
        desk.fetch("absence", update=True)
    assert desk.read(ABSENCE_TITLE) == ABSENCE and desk.account[0]["version"] == "1.0"


# Lines that are cut


def test_a_cut_download_goes_on_where_it_stopped(desk):
    packed = len(gzip.compress(ABSENCE, mtime=0))
    desk.service.faults += [cut(packed // 3), cut(packed // 3)]
    desk.fetch("absence")
    assert desk.read(ABSENCE_TITLE) == ABSENCE and desk.waits == [1.0, 2.0]
    ranges = [headers.get("Range") for headers in desk.service.list_asked()]
    assert ranges == [None, f"bytes={packed // 3}-", f"bytes={2 * (packed // 3)}-"]


def test_what_came_before_a_stop_is_used_by_the_next_run(desk):
    packed = len(gzip.compress(ABSENCE, mtime=0))
    desk.service.faults += [cut(packed // 2), *[cut(0)] * 3]
    with pytest.raises(Unreachable, match="the line was cut 4 times"):
        desk.fetch("absence")
    assert all(".making-" in name for name in desk.list_files())  # which no run reads
    desk.service.asked.clear()
    desk.fetch("absence")
    assert [headers.get("Range") for headers in desk.service.list_asked()] == [f"bytes={packed // 2}-"]
    assert desk.read(ABSENCE_TITLE) == ABSENCE and not any("making" in name for name in desk.list_files())


def test_without_a_strong_tag_all_of_it_is_asked_for_again(desk):
    desk.service.tags = False
    desk.service.faults += [cut(500)]
    desk.fetch("absence")
    assert [headers.get("Range") for headers in desk.service.list_asked()] == [None, None]
    assert desk.read(ABSENCE_TITLE) == ABSENCE


def test_a_file_that_changed_meanwhile_is_asked_for_again(desk):
    one = number(f"{ABSENCE_SLUG} {ABSENCE_TITLE}")

    def change(conversation):
        desk.service.files[one, "1.0"] = ABSENCE + b"\n"
        return False

    desk.service.faults += [cut(500), change]
    desk.fetch("absence")
    assert desk.read(ABSENCE_TITLE) == ABSENCE + b"\n"


def test_a_rest_that_is_not_the_rest_is_not_put_behind(desk):
    desk.service.faults += [cut(500), cut(600, least=7)]
    desk.fetch("absence")
    assert [headers.get("Range") for headers in desk.service.list_asked()] == [None, "bytes=500-", None]
    assert desk.read(ABSENCE_TITLE) == ABSENCE


@pytest.mark.parametrize("gzips", [True, False])
def test_an_end_that_nobody_announced_is_noticed(desk, gzips):
    """Where the service does not say how long a file is, its packing or its number of rows tells that it is whole."""
    desk.service.measures, desk.service.gzips = False, gzips
    desk.service.faults += [cut(300)]
    desk.fetch("absence")
    assert desk.read(ABSENCE_TITLE) == ABSENCE and desk.waits == [1.0]


def test_a_cut_list_is_asked_for_again(desk):
    def cut_short(conversation):
        conversation.send_bytes(b'{"paging"', cut_after=4, **{"Content-Type": "application/json"})
        return True

    desk.service.list_faults += [cut_short]
    desk.fetch("absence")
    assert desk.read(ABSENCE_TITLE) == ABSENCE and desk.waits == [1.0]


# A busy or strange service


def test_a_busy_service_is_left_alone_for_as_long_as_it_asks(desk):
    desk.service.faults += [
        answer(429, Retry_After="7"),
        answer(503, Retry_After="Wed, 04 Feb 2026 09:30:30 GMT", Date="Wed, 04 Feb 2026 09:30:00 GMT"),
        answer(500),
    ]
    desk.fetch("absence")
    assert desk.read(ABSENCE_TITLE) == ABSENCE and desk.waits[0] == 7 and desk.waits[2] == 4


def test_a_service_that_stays_busy_is_given_up(desk):
    desk.service.faults += [answer(503)] * 4
    with pytest.raises(Unreachable, match=r"busy \(HTTP 503\)[\s\S]*in an hour"):
        desk.fetch("absence")
    assert desk.waits == [1.0, 2.0, 4.0] and desk.list_files() == []


def test_nobody_waits_for_hours(desk):
    desk.service.faults += [answer(429, Retry_After=str(int(LONGEST_WAIT) + 1))]
    with pytest.raises(Unreachable, match="left alone for 121 seconds"):
        desk.fetch("absence")
    assert desk.waits == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (show_page(), "web page"),
        (answer(404), "HTTP 404"),
        (answer(403), "HTTP 403"),
        (answer(200), "cannot be read"),  # an error of the service's own, under the number of an answer
    ],
)
def test_what_is_no_table_is_refused_and_leaves_nothing(desk, fault, said):
    desk.service.faults += [fault]
    with pytest.raises(Unreachable, match=said):
        desk.fetch("absence")
    assert desk.list_files() == []


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf <html>sign in", b'{"title": "a problem"}', b""])
def test_a_page_that_calls_itself_a_table_is_refused(desk, content):
    desk.service.files[number(f"{ABSENCE_SLUG} {ABSENCE_TITLE}"), "1.0"] = content
    with pytest.raises(Unreachable, match="answers with no"):
        desk.fetch("absence")
    assert desk.list_files() == []


def test_a_sign_in_page_in_place_of_a_list_is_refused(desk):
    desk.service.list_faults += [show_page()]
    with pytest.raises(Unreachable, match=r"web page[\s\S]*sign-in page"):
        desk.fetch("absence")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"paging": {"totalPages": 1}},
        {"paging": {"totalPages": 1}, "results": [{"id": "../..", "title": "", "slug": ""}]},
        {"paging": {"totalPages": 1}, "results": 3},
    ],
)
def test_lists_that_are_not_as_documented_are_refused(desk, content):
    def misbehave(conversation):
        conversation.send_json(content)
        return True

    desk.service.list_faults += [misbehave]
    with pytest.raises(Unreachable, match="publications is not as documented"):
        desk.fetch("absence")


def test_a_list_without_an_end_has_one(desk):
    def misbehave(conversation):
        conversation.send_json({"paging": {"totalPages": 10**6}, "results": []})
        return True

    desk.service.list_faults += [misbehave]
    assert desk.fetch("absence").lacking == {"ees_absence": ()}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (KS4, "headings are those of"),
        (b"year,level,school_type,fixed_excl,headcount\n201516,National,Total,1,2\n", "how many pupils were excluded"),
        (b"Name,Colour\nx,y\n", "no family has its headings: Name, Colour"),
    ],
)
def test_a_file_of_another_kind_is_named_and_not_kept(desk, content, why):
    desk.service.add(ABSENCE_SLUG, ABSENCE_TITLE, content)
    (told,) = desk.fetch("absence").told
    assert told.outcome == Outcome.NOT_OF_FAMILY and why in told.note
    assert desk.list_files() == []


# What is not trusted


def test_names_from_the_service_lead_nowhere(desk):
    title = "../../Absence school \u202e/etc/passwd 2018-2019 \x1b[31m.exe"
    desk.service.data_sets[ABSENCE_SLUG].clear()
    desk.service.add(ABSENCE_SLUG, title, ABSENCE)
    (told,) = desk.fetch("absence").told
    assert told.file == "fetched/ees_absence-absence-school-etc-passwd-m-exe.csv"  # and no year
    assert desk.list_files() == [ACCOUNT, f"published/{told.file}"]


@pytest.mark.slow
def test_two_data_sets_of_one_title_have_files_of_their_own(desk):
    desk.service.publish("key-stage-4-performance")
    twin = desk.service.data_sets[KS4_SLUG][-1] | {"id": number("twin")}
    desk.service.data_sets[KS4_SLUG].append(twin)
    desk.service.versions[number("twin")] = [twin["latestVersion"]]
    desk.service.files[number("twin"), "1.0"] = SUBJECTS
    desk.fetch("ks4_subjects")
    assert [one["file"] for one in desk.account] == [
        "fetched/ks4_subjects-subject-school-level-exam-data-b.csv",
        "fetched/ks4_subjects-subject-school-level-exam-data.csv",
    ]


@pytest.mark.parametrize("version", ["1.0/../..", "latest", "1.0&x=1"])
def test_a_version_is_a_number(desk, version):
    desk.service.versions[number(f"{ABSENCE_SLUG} {ABSENCE_TITLE}")][0]["version"] = version
    with pytest.raises(Unreachable, match="not as documented"):
        desk.fetch("absence")


@pytest.mark.slow
def test_redirections_lead_to_encrypted_addresses_alone(desk):
    path = f"/statistics/v1/data-sets/{number(f'{ABSENCE_SLUG} {ABSENCE_TITLE}')}/csv?dataSetVersion=1.0"
    desk.service.faults += [send_on(path)]  # the very address that the user named
    desk.fetch("absence")
    assert desk.read(ABSENCE_TITLE) == ABSENCE
    shutil.rmtree(desk.folder / "published")
    for target in (
        "http://localhost:1/file",
        "http://example.org/file",
        "ftp://example.org/file",
        "file:///etc/passwd",
    ):
        desk.service.faults += [send_on(target)]
        with pytest.raises(Unreachable, match="not encrypted"):
            desk.fetch("absence")
    desk.service.faults += [send_on(path)] * 6
    with pytest.raises(Unreachable, match="without end"):
        desk.fetch("absence")


@pytest.mark.parametrize("address", ["http://example.org/v1", "ftp://localhost/", "api.education.gov.uk", "https://"])
def test_an_address_is_encrypted_or_on_this_computer(address):
    with pytest.raises(PipelineError, match="not an encrypted address"):
        check_address(address)


@pytest.mark.slow
def test_a_certificate_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    stand_in = StandIn()
    stand_in.add(ABSENCE_SLUG, ABSENCE_TITLE, ABSENCE)
    with serve(stand_in, context):
        desk = Desk(tmp_path, stand_in)
        with pytest.raises(Unreachable, match=r"certificate is not to be trusted[\s\S]*REQUESTS_CA_BUNDLE"):
            desk.fetch("absence")
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
        desk.fetch("absence")
        assert desk.read(ABSENCE_TITLE) == ABSENCE


def test_no_login_of_this_computers_is_sent(desk, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    desk.fetch("absence")
    assert not any("Authorization" in headers for _, headers in desk.service.asked)


# This computer


@pytest.mark.slow
def test_a_full_disk_keeps_what_came(desk, monkeypatch):
    monkeypatch.setattr(downloading.shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(OSError) as raised:
        desk.fetch("absence")
    assert raised.value.errno == errno.ENOSPC and not (desk.folder / ACCOUNT).exists()
    monkeypatch.undo()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    desk.fetch("absence")
    assert desk.read(ABSENCE_TITLE) == ABSENCE


def test_a_file_that_unpacks_without_end_is_refused(desk, monkeypatch):
    monkeypatch.setattr(downloading, "MOST_BYTES", 1_000)
    with pytest.raises(Unreachable, match="larger than 1,000 bytes"):
        desk.fetch("absence")
    assert desk.list_files() == []


def test_a_damaged_account_is_said(desk):
    (desk.folder / ACCOUNT).write_text('[{"file": "../../x.csv"}]', encoding="utf-8")
    with pytest.raises(PipelineError, match=r"marlshire/fetched\.json: it is not as it was written"):
        desk.fetch("absence")


def test_what_was_begun_of_a_data_set_that_is_gone_is_cleared(desk):
    folder = desk.folder / "published" / "fetched"
    folder.mkdir(parents=True)
    (folder / ".making-old.csv.part").write_bytes(b"x")
    desk.fetch("absence")
    assert not list(folder.glob(".making-*"))


def test_a_line_that_works_again_needs_no_wait(desk):
    desk.service.faults += [behave]
    desk.fetch("absence")
    assert desk.waits == []
