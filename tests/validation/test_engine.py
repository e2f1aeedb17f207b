"""Great Expectations is imported without what no suite asks; what asks for it all the same is given it."""

import sys

from pipeline.validation.engine import _without


def test_a_module_that_is_left_out_is_imported_at_its_first_use(tmp_path, monkeypatch):
    (tmp_path / "seldom_used_here.py").write_text("drawn = 'a chart'\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "seldom_used_here", raising=False)
    with _without(["seldom_used_here"]):
        import seldom_used_here as held
    assert "drawn" not in vars(held) and "seldom_used_here" not in sys.modules
    assert held.drawn == "a chart"
    assert sys.modules["seldom_used_here"].drawn == "a chart"


def test_a_module_that_is_there_already_stays(tmp_path):
    with _without(["sys"]):
        import sys as held
    assert held is sys is sys.modules["sys"]
