from __future__ import annotations

import logging

import pytest

from sync.logcontext import EVENT_FIELDS, log_context, log_event, said_by_context
from tests.sync.fakes import offer
from tests.sync.miniature import BOTTROP
from tests.sync.scenario import SQLITE, Scenario


def test_an_inner_context_adds_and_takes_away_only_its_own() -> None:
    with log_context(run=3, job="nightly"):
        with log_context(source="a", job=""):
            assert dict(said_by_context()) == {"run": 3, "job": "nightly", "source": "a"}
        assert dict(said_by_context()) == {"run": 3, "job": "nightly"}
    assert dict(said_by_context()) == {}


def test_an_error_leaves_no_context_behind() -> None:
    with pytest.raises(ValueError, match="x"), log_context(run=3):
        raise ValueError("x")
    assert dict(said_by_context()) == {}


def test_an_event_has_its_fields_apart_from_its_code(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log_event("step_done", code="x", seconds=1.5, nothing=None)
    (record,) = caplog.records
    assert record.getMessage() == "step_done"
    assert getattr(record, EVENT_FIELDS) == {"code": "x", "seconds": 1.5}


@SQLITE
def test_a_sync_logs_each_source_with_its_run(scenario: Scenario, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    scenario.add_fake("bottrop", offer(BOTTROP, "99001009004000"))
    scenario.sync()
    (record,) = (one for one in caplog.records if one.getMessage() == "source_done")
    fields = getattr(record, EVENT_FIELDS)
    assert (fields["source"], fields["state"], fields["new"]) == ("bottrop", "ok", 1)
