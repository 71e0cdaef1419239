"""The coverage report: it judges names rightly, its page is up to date, and what Level 1 promises is there."""

import pytest

import minitorch_np as mt
from torch_ref import coverage
from torch_ref.__main__ import main
from torch_ref.public_names import FINISHED, KNOWN_GAPS, LEFT_OUT, LEVEL_1


@pytest.fixture(scope="module")
def survey():
    return coverage.survey()


def judged(survey, path, name):
    return next(found for found in survey[path] if found.name == name)


def test_the_page_is_up_to_date(survey):
    assert coverage.PAGE.read_text() == coverage.markdown(survey), "run python -m torch_ref coverage --write"


def test_what_the_finished_sections_promise_is_there(survey):
    missing = {
        f"{path}.{name}".removeprefix("torch.")
        for path in survey
        for name in coverage.level_1_names(path, FINISHED)
        if not hasattr(coverage._resolve(path, mt), name)
    }
    assert missing == KNOWN_GAPS  # a gap that was closed leaves the list, too


def test_level_1_names_are_torchs():
    import torch

    for entry in LEVEL_1:
        spaces = [coverage._resolve(path, torch) for path in entry.namespaces]
        for name in entry.names.split():
            assert any(hasattr(space, name) for space in spaces), (
                f"{name} of {entry.section} is in none of {entry.namespaces}"
            )


def test_every_name_has_one_state(survey):
    for path, found in survey.items():
        assert [name.name for name in found] == coverage.public_names(path)
        for name in found:
            assert name.state in coverage.STATES
            assert (name.reason is not None) == (name.state == "left out")
            assert not (name.level_1 and name.state == "left out"), f"{path}.{name.name} is promised and left out"


def test_every_reason_is_used(survey):
    given = {name.reason for found in survey.values() for name in found}
    assert {entry.reason for entry in LEFT_OUT} <= given


def test_states_of_some_names(survey):
    assert judged(survey, "torch", "exp") == ("exp", "tested", True, None)
    assert judged(survey, "torch.Tensor", "exp_") == ("exp_", "tested", True, None)
    assert judged(survey, "torch", "complex64").reason == "complex numbers"
    assert judged(survey, "torch.nn", "Conv3d").state == "left out"
    assert judged(survey, "torch.nn.Module", "state_dict").level_1
    names = coverage.public_names("torch")
    assert {"tensor", "set_default_dtype", "strided", "e", "float"} <= set(names)
    assert not {"math", "sys", "Any", "torch"} & set(names)


def test_names_used_in_a_test_file():
    source = '''
"""x.documented is prose."""
from library import imported
def test():
    """Neither is x.this."""
    t.sum(x.exp_(), reduction="option")
    check("t.quoted(x)", "word", "one two", "not-a-name x")
'''
    used = coverage._used_in(source)
    assert {"sum", "exp_", "imported", "quoted", "word", "one", "two"} <= used
    assert not {"documented", "this", "option", "not"} & used


def test_the_command(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(coverage, "PAGE", tmp_path / "coverage.md")
    assert main(["coverage"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("namespace") and "torch.nn.functional" in out
    assert not coverage.PAGE.exists()
    assert main(["coverage", "--write"]) == 0
    assert "## torch.Tensor" in coverage.PAGE.read_text()


def test_the_command_needs_the_tests(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(coverage, "ROOT", tmp_path)
    assert main(["coverage"]) == 2
    assert capsys.readouterr().err.startswith("error: coverage reads the tests")
