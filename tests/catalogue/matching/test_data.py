"""The data files of the matcher: complete, with origins, and without contradictions."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import catalogue.matching
from catalogue.matching.acts import acts_named
from catalogue.matching.reference import Owners, Reference, packaged_reference
from catalogue.matching.spelling import stem
from catalogue.matching.wordings import NONE, OUTSIDE, UMBRELLA, Wording, read_wordings
from catalogue.messages import has_text

DATA = Path(catalogue.matching.__file__).parent / "data"


def test_every_wording_has_an_origin_and_stands_for_something() -> None:
    for one in read_wordings():
        assert one.text.strip() == one.text != ""
        assert one.origin
        nothing = one.kind == OUTSIDE or one.kind.startswith(NONE)
        assert bool(one.ozg_ids) != nothing, one
        assert len(one.ozg_ids) == 1 or one.kind == UMBRELLA or nothing, one


def test_no_wording_occurs_twice() -> None:
    counted = Counter(one.text.casefold() for one in read_wordings())
    assert [text for text, count in counted.items() if count > 1] == []


def test_wordings_name_only_services_and_objects_of_the_catalogue() -> None:
    reference = packaged_reference()
    titles = dict(reference.ozg)
    objects = {(key[:8], ozg_id) for key, _, ozg_id in reference.leika}
    for one in read_wordings():
        assert all(ozg_id in titles for ozg_id in one.ozg_ids), one
        assert all((key, one.ozg_ids[0]) in objects for key in one.lo_keys), one


def test_every_kind_of_wording_and_cue_has_words_for_people() -> None:
    kinds = {one.kind.removeprefix(NONE) for one in read_wordings()} - {OUTSIDE}
    with (DATA / "cues.csv").open(encoding="utf-8", newline="") as stream:
        cues = list(csv.DictReader(stream))
    kinds |= {row["class"] for row in cues}
    assert [kind for kind in sorted(kinds) if not has_text(f"match_kind.{kind}")] == []
    assert all(row["origin"] and 0 < float(row["strength"]) <= 1 for row in cues)


def test_a_wording_follows_its_object_into_another_bundle() -> None:
    moved = Reference((("99102013000000", "Hundesteuer", "19999"),), (("19999", "Kommunale Steuern"),))
    wording = Wording("Hundemarke", ("10160",), ("99102013",), "usage", "")
    assert Owners.of(moved).find(wording) == ("19999",)


def test_a_wording_without_object_counts_only_for_the_bundle_it_was_written_for() -> None:
    wording = Wording("Pflegekinder", ("10013",), (), "usage", "")
    assert Owners.of(packaged_reference()).find(wording) == ("10013",)
    other = Reference((), (("10013", "Etwas anderes"),))
    assert Owners.of(other).find(wording) == ()


def test_an_application_counts_as_act_only_where_no_other_is_named() -> None:
    known = {"99008001012", "99008001014"}
    assert acts_named([stem("beantragen")], ["99008001"], known) == ["99008001012"]
    assert acts_named([stem("beantragen"), stem("verlust")], ["99008001"], known) == ["99008001014"]
    assert acts_named([stem("reservieren")], ["99008001"], known) == []
