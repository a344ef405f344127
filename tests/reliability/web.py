"""The web of the nights: where sources deliver, and what is behind their links."""

from __future__ import annotations

import re

from tests.faultserver import Call, FaultServer
from tests.linkworld.site import article

__all__ = ["Web"]

#: The pages there are; the check also asks for one that nobody has, to see how a host says so.
_PAGE = re.compile(r"/(?:[0-9]/)?([0-9]{1,2})")


class Web(FaultServer):
    """Answers for every host: a page for each number, 404 for each sixth and for all else.

    Folders that are added are served as they are.
    """

    def _answer(self, call: Call) -> bool:
        if self.find(call.target):
            return super()._answer(call)
        found = _PAGE.fullmatch(call.target)
        gone = found is None or int(found[1]) % 6 == 0
        body = b"" if gone else article("Hund anmelden")
        if call.method == "HEAD":
            call.send(call.head("404 Not Found" if gone else "200 OK", Content_Type="text/html"))
        else:
            call.answer(body, "404 Not Found" if gone else "200 OK", Content_Type="text/html")
        return True
