"""The workbook of a digest: made when it is sent, so that a notice that waited brings the newest one."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from importlib.metadata import version

from catalogue.errors import NotFound
from catalogue.reports.filters import EVERYTHING, Filters, find_area
from catalogue.store import Store
from catalogue.texts import Texts
from sync.notify.content import Attachable
from sync.notify.mail import Attachment
from sync.notifysettings import NotifySettings

__all__ = ["attachment_of"]

#: A workbook up to this size (bytes) is made in memory, a larger one in a temporary file.
IN_MEMORY = 4_194_304


def attachment_of(
    store: Store, settings: NotifySettings, wanted: Attachable, text: Texts, now: datetime, place: str
) -> tuple[Attachment | None, str]:
    """Return the workbook that belongs to a notice, or else what to say about it.

    ``place`` is where workbooks are exported to. Raise OSError if there is no room to make it.
    """
    # Nobody else has to wait for the library that writes workbooks.
    from catalogue.reports.workbook.material import Question
    from catalogue.reports.workbook.writing import file_name, region_file_name, write_workbook

    where = settings.workbook_place or place
    if settings.kind == "webhook":
        return None, _where(where, wanted, text)
    filters = Filters(areas=(wanted.ars,), level=wanted.level) if wanted.ars else EVERYTHING
    question = Question(now=now, version=version("lueckenlos"), filters=filters)
    with store.read() as connection, tempfile.SpooledTemporaryFile(IN_MEMORY) as stream:
        try:
            name = region_file_name(wanted.area)
            if wanted.ars:
                name = file_name(find_area(connection, wanted.ars, wanted.level))
            write_workbook(connection, question, text, stream)  # type: ignore[arg-type] # it is a binary stream
        except NotFound:  # the area left the region since the notice was written
            return None, text("notice.workbook_gone", area=wanted.area)
        size = stream.seek(0, os.SEEK_END)
        if size > settings.workbook_limit:
            told = {"size": text.number(round(size / 1_048_576, 1)), "file": name}
            return None, f"{text('notice.workbook_large', **told)} {_where(where, wanted, text)}"
        stream.seek(0)
        return Attachment(name, stream.read()), ""


def _where(place: str, wanted: Attachable, text: Texts) -> str:
    """Return where the workbook is, or else the command that makes it."""
    if place:
        return text("notice.workbook_place", place=place)
    area = f"--area {wanted.ars} --level {wanted.level}" if wanted.ars else "--all"
    return text("notice.workbook_command", area=area)
