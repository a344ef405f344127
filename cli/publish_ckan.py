"""A publication in a CKAN: one data set for each table, one resource for each of its files.

What is there already and says the same is not written again. Data sets are recognised by a mark in their
extras, resources by a mark of their own; whatever lacks it belongs to somebody else and is left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from catalogue.messages import text
from catalogue.reports.opendata.columns import Table
from catalogue.reports.opendata.dcat import dataset_title, keywords_of
from catalogue.reports.opendata.files import FORMATS, PublishedFile
from catalogue.reports.opendata.metadata import Ckan, Metadata
from cli.publish_ckan_api import CkanApi, Refused, shorten
from connectors.errors import AbortRun, RejectDelivery

if TYPE_CHECKING:
    from catalogue.reports.opendata.release import Release

__all__ = ["CkanRow", "Portal", "update_portal"]

#: The marks: of a data set among its extras, of a resource among its fields.
DATASET_MARK: Final = "lueckenlos_id"
FILE_MARK: Final = "lueckenlos_file"
HASH_MARK: Final = "lueckenlos_sha256"
#: Extras that are ours to change; all others stay as they are.
OWN_EXTRAS: Final = (
    DATASET_MARK,
    "identifier",
    "temporal_start",
    "temporal_end",
    "publisher_name",
    "contributorID",
    "politicalGeocodingURI",
    "politicalGeocodingLevelURI",
    "frequency",
)
#: Fields of a resource that are compared. CKAN and its extensions change the others on their own: format
#: and mimetype are normalised, hash is overwritten when data are loaded for a preview.
_COMPARED: Final = ("name", "description", "license", "licenseAttributionByText", FILE_MARK, HASH_MARK)
_NO_TAG: Final = re.compile(r"[^\w \-.]")
_Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CkanRow:
    """What happened to one data set (``item`` is empty) or one of its resources."""

    dataset: str
    item: str
    action: str


@dataclass(frozen=True)
class Portal:
    """Where to publish: the way there, what the publisher says, and the folder with the files."""

    api: CkanApi
    metadata: Metadata
    settings: Ckan
    folder: Path
    remove: bool = False

    def name_of(self, table: Table) -> str:
        """Return the name of a table's data set, which is also the end of its address."""
        return f"{self.settings.name}-{table.name}"


def update_portal(portal: Portal, release: Release) -> Iterator[CkanRow]:
    """Create or update what is not as it should be; yield what was done, also where that is nothing.

    Raise AbortRun if the portal does not allow it or somebody else's data set is in the way, RetryLater and
    RejectDelivery if it fails. What was done until then stays, and is not repeated by another call.
    """
    for table in release.tables:
        name = portal.name_of(table)
        wanted = _dataset(portal, release, table)
        try:
            found, action = _bring_about(portal, name, wanted)
            yield CkanRow(name, "", action)
            files = [one for one in release.files if one.table == table.name]
            yield from _resources(portal, name, found, files)
        except Refused as refused:
            why = json.dumps(refused.fields, ensure_ascii=False, default=str)
            raise RejectDelivery("ckan_refused", action=name, why=shorten(why)) from None


def _bring_about(portal: Portal, name: str, wanted: _Fields) -> tuple[_Fields, str]:
    """Return the data set as it is in the portal now, and what was done for that."""
    found = portal.api.show(name)
    if found is None:
        return _created(portal, name, wanted), "created"
    if _extras(found).get(DATASET_MARK) != name:
        raise AbortRun("ckan_not_ours", name=name)
    if found.get("state") == "deleted":
        raise AbortRun("ckan_deleted", name=name)
    changes = _changes(found, wanted)
    if not changes:
        return found, "unchanged"
    return portal.api.call("package_patch", {"id": found["id"], **changes}, again=True), "updated"


def _created(portal: Portal, name: str, wanted: _Fields) -> _Fields:
    settings = portal.settings
    content = {**wanted, "name": name, "owner_org": settings.organisation, "private": settings.private}
    content["extras"] = _listed(wanted["extras"])
    content["tags"] = [{"name": tag} for tag in wanted["tags"]]
    try:
        # Never a second time: after a failure nobody knows whether it was created.
        return portal.api.call("package_create", content, again=False)
    except Refused as refused:
        if "name" in refused.fields:
            raise AbortRun("ckan_name_taken", name=name) from None
        raise


def _dataset(portal: Portal, release: Release, table: Table) -> _Fields:
    """Return what a data set should say; organisation and visibility are the portal's once it exists."""
    metadata, about = portal.metadata, release.about
    first, last = about.spans[table.name]
    dcat = metadata.dcat
    areas = about.geocoding.areas if dcat.geocoding is None else dcat.geocoding
    levels = about.geocoding.levels if dcat.geocoding_level is None else dcat.geocoding_level
    name = portal.name_of(table)
    extras = {
        DATASET_MARK: name,
        "identifier": f"{metadata.publication.base_url}#{table.name}",
        "temporal_start": first.isoformat(),
        "temporal_end": last.isoformat(),
        "publisher_name": metadata.publisher.name,
        "contributorID": json.dumps([dcat.contributor_id]) if dcat.contributor_id else "",
        "politicalGeocodingURI": json.dumps(list(areas)) if areas else "",
        "politicalGeocodingLevelURI": json.dumps(list(levels)) if levels else "",
        "frequency": dcat.frequency or "",
    }
    contact = metadata.contact
    return {
        "title": dataset_title(table, about.region, "de"),
        "notes": text("de", f"open_about.{table.name}"),
        "url": metadata.publication.homepage or metadata.publication.base_url,
        "author": metadata.publisher.name,
        "maintainer": (contact.name or "") if contact else "",
        "maintainer_email": (contact.email or "") if contact else "",
        "license_id": portal.settings.licence_id or metadata.terms.licence,
        "tags": _tags(metadata),
        "extras": {key: value for key, value in extras.items() if value},
    }


def _tags(metadata: Metadata) -> list[str]:
    """Return the keywords as CKAN takes them: letters, digits, blanks, hyphens, underscores and dots."""
    cleaned = (_NO_TAG.sub("", keyword).strip()[:100] for keyword in keywords_of(metadata))
    return list(dict.fromkeys(tag for tag in cleaned if len(tag) > 1))


def _changes(found: Mapping[str, Any], wanted: _Fields) -> _Fields:
    """Return the fields that are to be changed; extras and tags of others stay in them."""
    changes: _Fields = {
        key: value
        for key, value in wanted.items()
        if key not in {"extras", "tags"} and (found.get(key) or "") != value
    }
    known = _extras(found)
    kept = {key: value for key, value in known.items() if key not in OWN_EXTRAS}
    if kept | wanted["extras"] != known:
        changes["extras"] = _listed(kept | wanted["extras"])
    tags = [str(tag["name"]) for tag in _objects(found.get("tags")) if "name" in tag]
    if not set(wanted["tags"]) <= set(tags):
        changes["tags"] = [{"name": tag} for tag in dict.fromkeys([*tags, *wanted["tags"]])]
    return changes


def _resources(
    portal: Portal, name: str, found: Mapping[str, Any], files: list[PublishedFile]
) -> Iterator[CkanRow]:
    known = {str(one[FILE_MARK]): one for one in _objects(found.get("resources")) if one.get(FILE_MARK)}
    for file in files:
        wanted = _resource(portal, file)
        resource = known.pop(file.file, None)
        if resource is None:
            _send(portal, "resource_create", {"package_id": str(found["id"]), **wanted}, file, again=False)
            yield CkanRow(name, file.file, "created")
        elif _differs(portal, resource, wanted, file):
            _send(portal, "resource_patch", {"id": str(resource["id"]), **wanted}, file, again=True)
            yield CkanRow(name, file.file, "updated")
        else:
            yield CkanRow(name, file.file, "unchanged")
    for mark, resource in known.items():
        if portal.remove:
            portal.api.call("resource_delete", {"id": resource["id"]}, again=False)
        yield CkanRow(name, shorten(mark), "removed" if portal.remove else "kept")


def _resource(portal: Portal, file: PublishedFile) -> dict[str, str]:
    terms = portal.metadata.terms
    form = next((one for one in FORMATS if file.file.endswith(f".{one.ending}")), None)
    ending = "csvw" if file.rows is None or form is None else form.ending
    fields = {
        "name": file.file,
        "description": text("de", f"open_resource.{ending}"),
        "format": "JSON" if form is None else form.file_type,
        "mimetype": file.media_type,
        "hash": file.sha256,
        "license": terms.licence,
        "licenseAttributionByText": terms.attribution or "",
        FILE_MARK: file.file,
        HASH_MARK: file.sha256,
    }
    if not portal.settings.upload:
        fields["url"] = f"{portal.metadata.publication.base_url}{file.file}"
    return fields


def _differs(
    portal: Portal, resource: Mapping[str, Any], wanted: Mapping[str, str], file: PublishedFile
) -> bool:
    """Tell whether a resource has to be written again."""
    if any((resource.get(key) or "") != wanted.get(key, "") for key in _COMPARED):
        return True
    is_uploaded = resource.get("url_type") == "upload"
    if not portal.settings.upload:
        return is_uploaded or resource.get("url") != wanted["url"]
    size = resource.get("size")
    # Where CKAN tells the size of what it holds, another one means that somebody replaced the file.
    return not is_uploaded or (size is not None and str(size) != str(file.bytes))


def _send(portal: Portal, action: str, fields: dict[str, str], file: PublishedFile, *, again: bool) -> None:
    """Create or change a resource. Raise RejectDelivery if the portal does not keep our marks."""
    if portal.settings.upload:
        path = portal.folder / file.file
        answer = portal.api.upload(action, fields, path, file.media_type, again=again)
    else:
        answer = portal.api.call(action, {**fields, "url_type": ""}, again=again)
    if answer.get(FILE_MARK) != fields[FILE_MARK] or answer.get(HASH_MARK) != fields[HASH_MARK]:
        raise RejectDelivery("ckan_forgets", fields=f"{FILE_MARK}, {HASH_MARK}")


def _extras(found: Mapping[str, Any]) -> dict[str, str]:
    return {
        str(one["key"]): str(one.get("value") or "") for one in _objects(found.get("extras")) if "key" in one
    }


def _listed(extras: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in extras.items()]


def _objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list that a portal sent; nothing of anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
