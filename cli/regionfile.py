"""Read the region file a command names, with everything that is wrong with it at once."""

from __future__ import annotations

from pathlib import Path

from catalogue.errors import StoreError
from cli.logs import hide
from cli.permissions import of_region_file, of_secrets
from cli.redaction import secrets_of_settings
from cli.session import Session
from sync.region import Region, RegionFileError, read_region
from sync.register import unknown_names

__all__ = ["region_of"]


def region_of(session: Session, path: Path) -> Region:
    """Read a region file. Raise RegionFileError with every error found.

    A file with errors is looked up in the catalogue as well, so that areas and themes nobody knows are not
    told only when all else is mended. Without a database that can be read that has to wait.
    """
    session.use_region(path)
    session.warn_of(of_region_file(path))
    try:
        region = read_region(path)
    except RegionFileError as error:
        if error.named is None:
            raise
        try:
            with session.open_store() as store, store.read() as connection:
                more = unknown_names(connection, error.named)
        except StoreError:
            raise error from None
        raise RegionFileError(path, [*error.errors, *more]) from None
    session.warn_of(of_secrets((*region.sources, *region.notify, region.schedule)))
    hide(secrets_of_settings((*region.sources, *region.notify, region.schedule)))
    return region
