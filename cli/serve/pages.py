"""One page of a list, as JSON or CSV: the same rows, fields and figures as the commands write."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TypeVar
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from catalogue.reports.filters import EVERYTHING, Filters
from cli.app_version import program_version
from cli.meta import describe_region
from cli.output import field_names, plain, write_csv, write_json
from cli.serve.choosing import chosen_format
from cli.serve.cursors import read_cursor, write_cursor
from cli.serve.queries import ListQuery

__all__ = ["JSON", "Listing", "about", "cut", "json_response", "list_response"]

JSON = "application/json"
CSV = "text/csv"
#: Where CSV, which has no room for it, says what JSON says in ``meta``.
META_HEADER = "X-Lueckenlos-Meta"
LONGEST_META = 4_000  # characters

R = TypeVar("R")


@dataclass(frozen=True)
class Listing:
    """One page: rows of one type, what is said beside them, and the cursor of the next page."""

    row_type: type
    rows: Sequence[object]
    next: str = ""
    meta: Mapping[str, object] = field(default_factory=dict)


def about(connection: Connection, filters: Filters = EVERYTHING) -> dict[str, object]:
    """Return what is true of every answer: by which program, of which region, as of which run.

    No moment of asking is in it, so that the same state gives the same answer.
    """
    return {"version": program_version(), **describe_region(connection, filters)}


def cut(kind: str, keyed: Sequence[tuple[tuple[str, ...], R]], query: ListQuery) -> tuple[list[R], str]:
    """Return the rows of a page of a short list, and the cursor of the next one; keys must be rising."""
    parts = len(keyed[0][0]) if keyed else 1
    after = read_cursor(kind, query.cursor, parts)
    left = [pair for pair in keyed if after is None or pair[0] > after]
    shown = left[: query.limit]
    following = write_cursor(kind, shown[-1][0]) if len(left) > len(shown) else ""
    return [row for _, row in shown], following


def list_response(request: Request, query: ListQuery, page: Listing) -> Response:
    """Return a page in the format that is asked for, with a link to the next one."""
    fields = field_names(page.row_type)
    meta = {**page.meta, "counts": {"rows": len(page.rows)}, "next": page.next or None}
    headers = _links(request, page.next)
    stream = io.BytesIO()
    if (query.format or chosen_format(request.headers)) == "csv":
        write_csv(stream, fields, page.rows)
        headers[META_HEADER] = _in_header(meta)
        return Response(stream.getvalue(), headers=headers, media_type=CSV)
    write_json(stream, meta, fields, page.rows)
    return Response(stream.getvalue(), headers=headers, media_type=JSON)


def json_response(content: Mapping[str, object]) -> Response:
    """Return one object."""
    body = json.dumps(content, ensure_ascii=False, default=asdict).encode(errors="replace")
    return Response(body, media_type=JSON)


def _links(request: Request, following: str) -> dict[str, str]:
    """Return the link to the next page, relative, as nobody knows what this server is called outside."""
    if not following:
        return {}
    given = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
    return {"Link": f'<?{urlencode([*given, ("cursor", following)])}>; rel="next"'}


def _in_header(meta: Mapping[str, object]) -> str:
    """Return ``meta`` as a header can hold it; without the filters, which the asker knows."""
    kept = {name: value for name, value in meta.items() if name != "filters"}
    written = json.dumps(kept, default=plain)
    return written if len(written) <= LONGEST_META else json.dumps({"next": meta.get("next")})
