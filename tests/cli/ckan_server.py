"""A CKAN for tests: the part of its action API that a publication uses, with its rules and its errors.

Made after the answers that a CKAN 2.12.0 gave to the same calls (its data base and its views were real, its
search engine was a stand-in) and after CKAN's API guide. Older versions keep the name of a deleted data set;
``frees_names`` chooses.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.faultserver import Call, FaultServer

__all__ = ["EDITOR", "READER", "CkanServer"]

#: Tokens: of an editor of the organisation, and of somebody without rights.
EDITOR = "token-of-the-editor"
READER = "token-of-a-reader"
ORGANISATION = "kreis-muster"
USERS = {EDITOR: "editor", READER: "reader"}
WRITING = frozenset(
    {"package_create", "package_patch", "resource_create", "resource_patch", "resource_delete"}
)
Content = dict[str, Any]


class Answered(Exception):
    """The call ends with an error: status, type and what else CKAN says."""

    def __init__(self, status: str, kind: str, **said: Any) -> None:
        super().__init__(status, kind, said)
        self.status = status
        self.error = {**said, "__type": kind}


def denied(what: str) -> Answered:
    return Answered("403 FORBIDDEN", "Authorization Error", message=f"Access denied: {what}")


def missing() -> Answered:
    return Answered("404 NOT FOUND", "Not Found Error", message="Not found")


def invalid(**fields: list[str]) -> Answered:
    return Answered("409 CONFLICT", "Validation Error", **fields)


@dataclass
class CkanServer:
    """What this portal holds, and the calls that wanted to write."""

    packages: dict[str, Content] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    most_bytes: int = 10_000_000
    frees_names: bool = True
    keeps_unknown_fields: bool = True

    def serve(self, server: FaultServer) -> str:
        """Register with a server; return the portal's address."""
        for action in ("package_show", *sorted(WRITING)):
            server.add(f"/api/3/action/{action}", self._answering(action), "application/json")
        return server.url("").rstrip("/")

    def package(self, name: str) -> Content:
        """Return a data set by its name."""
        return next(one for one in self.packages.values() if one["name"] == name)

    def put(self, name: str, **fields: Any) -> Content:
        """Put a data set of somebody else into the portal."""
        number = str(uuid.uuid4())
        package: Content = {"id": number, "name": name, "state": "active", "extras": [], "tags": []}
        self.packages[number] = package | {"resources": [], "owner_org": ORGANISATION} | fields
        return self.packages[number]

    def _answering(self, action: str) -> Callable[[Call], None]:
        def answer(call: Call) -> None:
            user = USERS.get(call.headers.get("authorization", ""), "")
            try:
                content, upload = _content(call)
            except ValueError:
                call.answer(json.dumps("Bad request: JSON Error").encode(), "400 BAD REQUEST")
                return
            if action in WRITING:
                self.writes.append(action)
            body: Content = {"help": call.server.url(f"/api/3/action/help_show?name={action}")}
            try:
                result = getattr(self, f"_{action}")(user, content, upload)
                body |= {"success": True, "result": result}
                status = "200 OK"
            except Answered as refused:
                body |= {"success": False, "error": refused.error}
                status = refused.status
            call.answer(json.dumps(body).encode(), status)

        return answer

    def _find(self, name: str) -> Content:
        known = [one for one in self.packages.values() if name in {one["id"], one["name"]}]
        found = min(known, key=lambda one: one["state"] != "active", default=None)
        if found is None:
            raise missing()
        return found

    def _package_show(self, user: str, content: Content, _upload: bytes | None) -> Content:
        package = self._find(content["id"])
        if user != "editor" and (package["state"] != "active" or package.get("private")):
            raise denied(f"User {user} not authorized to read package {package['id']}")
        return package

    def _package_create(self, user: str, content: Content, _upload: bytes | None) -> Content:
        self._require_editor(user, "create packages")
        if not content.get("owner_org"):
            raise invalid(owner_org=["An organization must be provided"])
        if content["owner_org"] != ORGANISATION:
            raise denied(f"User {user} not authorized to add dataset to this organization")
        self._check(content)
        taken = {
            one["name"] for one in self.packages.values() if one["state"] == "active" or not self.frees_names
        }
        if content["name"] in taken:
            raise invalid(name=["That URL is already in use."])
        number = str(uuid.uuid4())
        self.packages[number] = {
            "resources": [],
            "extras": [],
            "tags": [],
            "author_email": None,
            **{key: value or None for key, value in content.items() if key != "private"},
            "private": content.get("private", False),
            "state": "active",
            "id": number,
            "owner_org": str(uuid.uuid5(uuid.NAMESPACE_DNS, ORGANISATION)),
            "organization": {"name": ORGANISATION},
        }
        return self.packages[number]

    def _check(self, content: Content) -> None:
        name = content.get("name", "ok")
        if not (2 <= len(name) <= 100) or set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-_"):
            raise invalid(
                name=["Must be purely lowercase alphanumeric (ascii) characters and these symbols: -_"]
            )
        for tag in content.get("tags") or []:
            if not all(one.isalnum() or one in " -_." for one in tag["name"]):
                raise invalid(tags=[f'Tag "{tag["name"]}" can only contain alphanumeric characters'])
        keys = [one["key"] for one in content.get("extras") or []]
        if len(keys) != len(set(keys)):
            raise invalid(extras_validation=["Duplicate key"])

    def _package_patch(self, user: str, content: Content, _upload: bytes | None) -> Content:
        self._require_editor(user, "edit package")
        package = self._find(content["id"])
        self._check(content)
        package.update({key: value for key, value in content.items() if key != "id"})
        return package

    def _resource_create(self, user: str, content: Content, upload: bytes | None) -> Content:
        package = self._find(content.pop("package_id"))
        self._require_editor(user, "edit package")
        resource: Content = {"id": str(uuid.uuid4()), "state": "active", "size": None, "url_type": None}
        self._fill(resource, content, upload)
        package["resources"].append(resource)
        return resource

    def _resource_patch(self, user: str, content: Content, upload: bytes | None) -> Content:
        resource = self._resource(content["id"])
        self._require_editor(user, "edit package")
        self._fill(resource, content, upload)
        return resource

    def _resource(self, number: str) -> Content:
        for package in self.packages.values():
            for resource in package["resources"]:
                if resource["id"] == number:
                    found: Content = resource
                    return found
        raise missing()

    def _fill(self, resource: Content, content: Content, upload: bytes | None) -> None:
        if upload is not None and len(upload) > self.most_bytes:
            raise invalid(upload=["File upload too large"])
        kept = {
            key: value
            for key, value in content.items()
            if self.keeps_unknown_fields or not key.startswith("lueckenlos_")
        }
        resource.update(kept)
        # What CKAN makes of these is its own affair.
        resource["format"] = str(content.get("format", "")).capitalize()
        if upload is not None:
            name = content["name"]
            resource |= {"url_type": "upload", "size": len(upload), "url": f"https://ckan.example/{name}"}
            self.files[name] = upload

    def _resource_delete(self, user: str, content: Content, _upload: bytes | None) -> None:
        resource = self._resource(content["id"])
        self._require_editor(user, "delete resource")
        for package in self.packages.values():
            package["resources"] = [one for one in package["resources"] if one is not resource]

    def _require_editor(self, user: str, what: str) -> None:
        if user != "editor":
            raise denied(f"User {user} not authorized to {what}")


def _content(call: Call) -> tuple[Content, bytes | None]:
    """Return what was posted, as a JSON object or as a form with a file. Raise ValueError for neither."""
    kind = call.headers["content-type"]
    if not kind.startswith("multipart/form-data"):
        content = json.loads(call.form)
        if not isinstance(content, dict):
            raise TypeError(content)
        return content, None
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.form)
    fields: Content = {}
    upload = None
    for part in message.iter_parts():
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        if part.get_filename():
            upload = payload
        else:
            fields[str(part.get_param("name", header="content-disposition"))] = payload.decode()
    return fields, upload
