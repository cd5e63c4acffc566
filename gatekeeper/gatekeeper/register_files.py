"""The register from a folder or an exported file, and to a folder again."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from sqlmodel import Session

from gatekeeper_consent.contents import FolderContents
from gatekeeper_consent.exports.mapping import BadMapping, check, fitting, saved_mappings
from gatekeeper_consent.exports.reading import Export, read_export
from gatekeeper_consent.exports.table import read_table
from gatekeeper_consent.exports.workbook import Unreadable
from gatekeeper_consent.faces import references
from gatekeeper_consent.folder import folder_files, read_folder, write_folder
from gatekeeper_consent.register import contents_of
from gatekeeper_consent.sheet import read_bytes
from gatekeeper_queue.school import School


def read_source(school: School, source: Path, mapping: str = "") -> Export:
    """A register folder, or an export whose columns are known: by the name of a saved mapping,
    or by its headings. Raises `Unreadable` and `BadMapping`.
    """
    if not source.is_file():
        return Export(read_folder(source, today=school.today()))
    data = read_bytes(source)
    if data is None:
        raise Unreadable(f"{source} cannot be opened. Close it elsewhere, and try again.")
    table = read_table(source.name, data)
    with school.database.read() as session:
        known = {row.name: row for row in saved_mappings(session)}
        found = known.get(mapping) if mapping else fitting(session, table.headings)
    if found is None:
        names = ", ".join(f"“{name}”" for name in known) or "none yet"
        what = f"There are no saved columns “{mapping}”" if mapping else "The columns are not known"
        raise BadMapping(
            f"{what}. Import the file once on the page “Import the register”, where somebody says "
            f"what they are. Saved are: {names}."
        )
    return read_export(table, check(found.columns, table.headings), today=school.today())


def export_folder(school: School, folder: Path, *, actor: str) -> int:
    """Write the register as a folder that can be imported again; how many pupils.

    Raises FileExistsError when the folder is there and not empty.
    """
    with school.database.write() as session:
        contents = contents_of(session)
        write_folder(folder, contents, references(session, school.cipher))
        _record(school, session, contents, actor)
    return len(contents.roll)


def export_archive(school: School, *, actor: str) -> bytes:
    """A ZIP archive of the folder's CSV files, without pictures of faces."""
    with school.database.write() as session:
        contents = contents_of(session)
        _record(school, session, contents, actor)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        for name, data in folder_files(contents).items():
            files.writestr(name, data)
    return archive.getvalue()


def _record(school: School, session: Session, contents: FolderContents, actor: str) -> None:
    data = {"pupils": len(contents.roll)}
    school.audit.append(session, actor, "register.exported", "register", data)
