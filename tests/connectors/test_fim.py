"""The FIM portal's list: read to its end or called a part, strict with keys and tolerant with the rest."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import messages
from catalogue.records import Completeness, Issue
from connectors.assignment import Assignment
from connectors.errors import AbortRun, ConnectorError, RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.fim import FimItem, FimOzg, FimService, FimSettings, read_services
from connectors.fim_answers import read_page, read_service
from tests.connectors.fim_server import PATH, FimServer, entry, ozg
from tests.faultserver import FaultServer

KEYS = [f"99{number:012d}" for number in range(1, 12)]


@pytest.fixture
def portal(server: FaultServer) -> FimServer:
    """A portal with eleven services."""
    fim = FimServer([entry(key, f"Leistung {key}") for key in KEYS])
    fim.serve(server)
    return fim


@pytest.fixture
def settings(server: FaultServer) -> FimSettings:
    return FimSettings(location=server.url(PATH), page_size=4)


def services(items: Sequence[FimItem]) -> list[FimService]:
    return [item for item in items if isinstance(item, FimService)]


def kinds(items: Sequence[FimItem]) -> list[str]:
    return [item.kind for item in items if isinstance(item, Issue)]


def read_one(item: object) -> tuple[FimService | None, list[str]]:
    service, issues = read_service(item, 1)
    return service, [issue.kind for issue in issues]


# --- the list as a whole ----------------------------------------------------------------------------


def test_every_page_is_read_in_the_order_of_keys(
    portal: FimServer, settings: FimSettings, fetcher: Fetcher
) -> None:
    items = list(read_services(fetcher, settings))
    assert [service.key for service in services(items)] == KEYS
    assert items[-1] == Completeness("everything")
    assert [(query["offset"], query["limit"]) for query in portal.asked] == [
        ("0", "4"),
        ("4", "4"),
        ("8", "4"),
    ]
    assert {query["order_by"] for query in portal.asked} == {"leistungsschluessel_asc"}


def test_pages_smaller_than_asked_for_leave_nothing_out(
    portal: FimServer, settings: FimSettings, fetcher: Fetcher
) -> None:
    portal.most = 3
    items = list(read_services(fetcher, settings))
    assert [service.key for service in services(items)] == KEYS
    assert items[-1] == Completeness("everything")


def test_only_what_changed_is_asked_for(portal: FimServer, settings: FimSettings, fetcher: Fetcher) -> None:
    portal.entries[2] = entry(KEYS[2], "Neu", geaendert_datum_zeit="2026-10-02T10:00:00Z")
    items = list(read_services(fetcher, settings, "2026-10-01T00:00:00"))
    assert [service.name for service in services(items)] == ["Neu"]
    assert items[-1] == Completeness("increment", since="2026-10-01T00:00:00")
    assert portal.asked[0]["updated_since"] == "2026-10-01T00:00:00"


def test_an_empty_list_is_read_to_its_end(portal: FimServer, settings: FimSettings, fetcher: Fetcher) -> None:
    portal.entries = []
    assert list(read_services(fetcher, settings)) == [Completeness("everything")]


def test_a_service_that_comes_twice_is_told_once_and_makes_the_list_a_part(
    portal: FimServer, settings: FimSettings, fetcher: Fetcher
) -> None:
    portal.entries[5] = portal.entries[4]
    items = list(read_services(fetcher, settings))
    assert len(services(items)) == len(KEYS) - 1
    assert kinds(items) == ["fim_incomplete"]
    assert items[-1] == Completeness("part")


def test_a_list_that_moves_while_it_is_read_is_a_part(
    portal: FimServer, settings: FimSettings, fetcher: Fetcher
) -> None:
    found: list[FimItem] = []
    for item in read_services(fetcher, settings):
        if not found:
            portal.entries.pop(0)
        found.append(item)
    assert KEYS[4] not in {service.key for service in services(found)}
    assert kinds(found) == ["fim_moved"]
    assert found[-1] == Completeness("part")


def test_a_list_longer_than_allowed_is_cut_and_a_part(
    portal: FimServer, server: FaultServer, fetcher: Fetcher
) -> None:
    settings = FimSettings(location=server.url(PATH), page_size=4, max_pages=2)
    items = list(read_services(fetcher, settings))
    assert len(services(items)) == 8
    assert kinds(items) == ["fim_capped"]
    assert items[-1] == Completeness("part")


def test_a_list_that_announces_no_number_is_never_everything(
    server: FaultServer, settings: FimSettings, fetcher: Fetcher
) -> None:
    server.add(PATH, json.dumps({"items": [entry(KEYS[0], "Eins")]}).encode())
    items = list(read_services(fetcher, settings))
    assert len(services(items)) == 1
    assert items[-1] == Completeness("part")


def test_the_same_page_again_and_again_is_refused(
    server: FaultServer, settings: FimSettings, fetcher: Fetcher
) -> None:
    page = {"items": [entry(KEYS[0], "Eins")], "offset": 0, "total_count": 11}
    server.add(PATH, json.dumps(page).encode())
    with pytest.raises(RejectDelivery, match="fim_pages_confused"):
        list(read_services(fetcher, settings))


def test_nobody_waits_for_a_list_that_was_cancelled(
    portal: FimServer, settings: FimSettings, fetcher: Fetcher
) -> None:
    stop = threading.Event()
    told: list[tuple[int, int]] = []

    def report(done: int, total: int) -> None:
        told.append((done, total))
        stop.set()

    with pytest.raises(RetryLater, match="cancelled"):
        list(read_services(fetcher, settings, "", Assignment(stop=stop, progress=report)))
    assert told == [(4, 11)]
    assert len(portal.asked) == 1


# --- what goes wrong ---------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["status=429", "status=503", "busy=1", "reset=50"])
def test_a_short_disturbance_costs_nothing(
    portal: FimServer,
    settings: FimSettings,
    server: FaultServer,
    fetcher: Fetcher,
    pauses: list[float],
    fault: str,
) -> None:
    server.misbehave(PATH, fault, first=2, times=1)
    items = list(read_services(fetcher, settings))
    assert items[-1] == Completeness("everything")
    assert len(pauses) == 1
    assert pauses[0] <= 1


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("status=422", AbortRun, "fim_misunderstood"),
        ("status=400", AbortRun, "fim_misunderstood"),
        ("status=404", AbortRun, "fim_gone"),
        ("status=410", AbortRun, "fim_gone"),
        ("status=403", RetryLater, "http_status"),
        ("status=500", RetryLater, "http_status"),
        ("html", RejectDelivery, "fim_not_json"),
        ("empty", RejectDelivery, "fim_not_json"),
        ("binary", RejectDelivery, "fim_not_json"),
        ("short=50", RetryLater, "connection_broken"),
        ("endless", RejectDelivery, "too_large"),
    ],
)
def test_every_failure_has_a_name_and_ends_the_reading(
    portal: FimServer,
    settings: FimSettings,
    server: FaultServer,
    make_fetcher: Callable[..., Fetcher],
    fault: str,
    kind: type[ConnectorError],
    code: str,
) -> None:
    server.misbehave(PATH, fault, first=2)
    found: list[FimItem] = []
    with pytest.raises(kind) as caught:
        found.extend(read_services(make_fetcher(max_bytes=1 << 20), settings))
    assert caught.value.code == code
    assert not any(isinstance(item, Completeness) for item in found)
    for language in messages.LANGUAGES:
        assert messages.text(language, f"error.{code}", **caught.value.params)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"detail": "Service not found"}, "fim_said"),
        ({"detail": [{"loc": ["query"], "msg": "x", "type": "y"}]}, "fim_said"),
        ({}, "fim_shape"),
        ({"items": None}, "fim_shape"),
        ({"items": [], "total_count": "11"}, "fim_shape"),
        ([], "fim_shape"),
        ("text", "fim_shape"),
    ],
)
def test_an_answer_that_is_no_page_is_refused(answer: object, code: str) -> None:
    with pytest.raises(RejectDelivery) as caught:
        read_page(json.dumps(answer).encode(), "https://portal.example/")
    assert caught.value.code == code


def test_an_answer_of_endless_depth_or_size_is_refused() -> None:
    with pytest.raises(RejectDelivery, match="fim_not_json"):
        read_page(b"[" * 200_000, "https://portal.example/")
    with pytest.raises(RejectDelivery, match="fim_too_large"):
        read_page(b" " * (17 << 20), "https://portal.example/")


@pytest.mark.parametrize("location", ["ftp://portal.example/", "portal", "https://portal.example/?a=b", ""])
def test_an_address_that_is_none_is_refused(location: str) -> None:
    with pytest.raises(ValueError, match="setting_fim_location"):
        FimSettings(location=location)


# --- one entry ---------------------------------------------------------------------------------------


def test_an_entry_says_key_name_types_and_ozg_service() -> None:
    personal = ozg("10119", "Personalausweis", "querschnittsleistungen", "Querschnittsleistungen")
    service, issues = read_one(
        entry("99008001012012", "Personalausweis Ausstellung", typisierung=["2/3b", "5"], ozg=personal)
    )
    assert service == FimService(
        key="99008001012012",
        name="Personalausweis Ausstellung",
        types=("2/3b", "5"),
        ozg=(FimOzg("10119", "Personalausweis", "querschnittsleistungen", "Querschnittsleistungen"),),
        related=(),
        modified_at="2026-03-25T08:30:00Z",
    )
    assert issues == []


@pytest.mark.parametrize("several", [True, False])
def test_the_ozg_service_may_be_an_object_or_a_list(several: bool) -> None:
    one = ozg("10119", "Personalausweis", "umwelt")
    service, issues = read_one(entry(KEYS[0], "Eins", ozg=[one] if several else one))
    assert service is not None
    assert [found.id for found in service.ozg] == ["10119"]
    assert issues == []


@pytest.mark.parametrize(
    ("written", "types", "issues"),
    [
        (["2a"], ("2a",), []),
        (["2b", "2b", "4"], ("2b", "4"), []),
        ("1;2/3", ("1", "2/3"), []),
        ("1, 2/3", ("1", "2/3"), []),
        (None, None, []),
        ([], None, []),
        ([2.5], None, ["fim_field_odd"]),
        (["kommunal"], None, ["fim_field_odd"]),
        ([""], None, ["fim_field_odd"]),
        ([f"{number}" for number in range(10, 40)], None, ["fim_field_odd"]),
    ],
)
def test_types_are_text_or_unknown(written: object, types: tuple[str, ...] | None, issues: list[str]) -> None:
    service, found = read_one(entry(KEYS[0], "Eins", typisierung=written))
    assert service is not None
    assert service.types == types
    assert found == issues


@pytest.mark.parametrize("odd", [{"id": "106"}, {"id": 10119.0}, {"id": None}, {}, "10119", 5, [["10119"]]])
def test_an_odd_ozg_service_is_noted_and_says_nothing(odd: object) -> None:
    service, issues = read_one(entry(KEYS[0], "Eins", ozg=odd))
    assert service is not None
    assert service.ozg == ()
    assert issues == ["fim_field_odd"]


@pytest.mark.parametrize(
    "key", [99008001012012, 9.9e13, "9,9E+13", "", None, "99008", "99.008.001.012.01x", ["99008001012012"]]
)
def test_a_key_that_is_none_leaves_the_entry_out(key: object) -> None:
    assert read_one(entry(KEYS[0], "Eins", leistungsschluessel=key)) == (None, ["fim_key_unusable"])


@pytest.mark.parametrize("item", [None, 5, "text", [], {}])
def test_an_entry_of_unknown_shape_is_left_out_and_counted(item: object) -> None:
    assert read_one(item) == (None, ["fim_key_unusable"])


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"leistungsbezeichnung": "Eins"}, "Eins"),
        ({"leistungsbezeichnung": " ", "leistungsbezeichnung_2": "Zwei"}, "Zwei"),
        ({"title": "Drei"}, "Drei"),
        ({"leistungsbezeichnung": "Ge\u200bwerbe\n a\u0308ndern"}, "Ge werbe ändern"),
        ({"leistungsbezeichnung": "=cmd|' /C calc'!A0"}, "cmd|' /C calc'!A0"),
    ],
)
def test_the_name_is_the_official_one_where_there_is_one(fields: dict[str, object], name: str) -> None:
    service, issues = read_one({"leistungsschluessel": KEYS[0], **fields})
    assert service is not None
    assert service.name == name
    assert issues == []


@pytest.mark.parametrize("fields", [{}, {"title": "Kein Titel"}, {"title": 5}, {"leistungsbezeichnung": "="}])
def test_a_service_without_a_name_is_left_out_and_told(fields: dict[str, object]) -> None:
    assert read_one({"leistungsschluessel": KEYS[0], **fields}) == (None, ["fim_nameless"])


@pytest.mark.parametrize(
    "written",
    [
        [[KEYS[1], "Neuer Titel"], [KEYS[2], None]],
        [{"leistungsschluessel": KEYS[1]}, {"leistungsschluessel": KEYS[2]}],
        [KEYS[1], KEYS[2], KEYS[1], "kein Schlüssel", [], None],
    ],
)
def test_replacements_are_read_in_every_form(written: object) -> None:
    service, _ = read_one(entry(KEYS[0], "Eins", replacements=written))
    assert service is not None
    assert service.related == (KEYS[1], KEYS[2])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["leistungsschluessel", "title", "typisierung", "ozg", "id", "themenfeld", "replacements"]
                ),
                inner,
                max_size=6,
            )
        ),
        max_leaves=20,
    )
)
def test_whatever_an_entry_holds_it_is_a_service_or_counted(item: object) -> None:
    service, issues = read_service(item, 7)
    assert service is not None or issues
    if service is not None:
        assert service.key.isdigit()
        assert service.name
        service.name.encode()
