"""ZIP archives that have the same bytes for the same contents, on every system.

`shutil.make_archive` and `python -m zipfile` write the times and the modes of files as they are.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""A ZIP knows no earlier time."""
_UNIX = 3


@dataclass(frozen=True)
class Entry:
    """A file of an archive.

    Attributes
    ----------
    content : bytes
        What it holds.
    executable : bool
        Whether it is a program.
    stored : bool
        Whether it goes in as it is; else it is compressed.
    """

    content: bytes
    executable: bool = False
    stored: bool = False


def packed(entries: Mapping[str, Entry], time: datetime = EARLIEST) -> bytes:
    """A ZIP of entries in their order, all of one time.

    Parameters
    ----------
    entries : mapping of str to Entry
        By the names of their files.
    time : datetime
        In UTC.
    """
    written = io.BytesIO()
    with ZipFile(written, "w", compresslevel=9) as file:
        for name, entry in entries.items():
            info = ZipInfo(name, max(time, EARLIEST).timetuple()[:6])
            info.create_system = _UNIX  # on whatever system it is written
            info.external_attr = (0o100755 if entry.executable else 0o100644) << 16
            info.compress_type = ZIP_STORED if entry.stored else ZIP_DEFLATED
            file.writestr(info, entry.content)
    return written.getvalue()
