"""Serves simulated portals on the loopback interface, with validators and every request counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b

from cli.demo.portals.content import Page, find_page
from tests.faultserver import Call, FaultServer

__all__ = ["answering", "serve"]


def serve(server: FaultServer, pages: Mapping[str, Page]) -> None:
    """Serve pages under their paths; of several with the same path the query decides."""
    for path in {target.partition("?")[0] for target in pages}:
        server.add(path, answering(pages))


def answering(pages: Mapping[str, Page]) -> Callable[[Call], None]:
    """Return what answers requests for pages, with 304 where the client knows the page."""

    def answer(call: Call) -> None:
        target = (
            call.target if not call.faulty else call.path + call.target[len(call.target.partition("?")[0]) :]
        )
        page = find_page(pages, target)
        if page is None:
            call.answer(b"nothing here", "404 Not Found")
            return
        tag = f'"{blake2b(page.body, digest_size=8).hexdigest()}"'
        if call.headers.get("if-none-match") == tag:
            call.send(call.head("304 Not Modified", ETag=tag))
            return
        head = {"ETag": tag, "Content_Type": page.content_type, **page.headers}
        call.answer(page.body, f"{page.status} -", **head)

    return answer
