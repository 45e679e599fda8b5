"""The text of a PDF or Word document; a program of its own, because a file may be made to take for ever or all memory.

    python -m search.extraction pdf|docx < file > text

Without Django. Exits 0 with the text, as UTF-8 and no longer than MAX_CHARACTERS, else with one of the codes below.
"""

import io
import resource
import sys
from collections.abc import Iterator
from zipfile import ZipFile

MAX_CHARACTERS, MAX_PAGES = 200_000, 500
# Of what a zip file says it holds, in bytes: beyond it, it is made to fill a disk.
MAX_UNPACKED = 100_000_000
CPU_SECONDS, MEMORY = 30, 1_000_000_000
UNREADABLE, TOO_LARGE = 3, 4


class TooLarge(Exception):
    """The file says that it holds more than anybody would read."""


def pieces_of_pdf(content: bytes) -> Iterator[str]:
    """The text page by page. Raises pypdf's errors, and many others, for what is no PDF or needs a password."""
    from pypdf import PdfReader

    for page in PdfReader(io.BytesIO(content)).pages[:MAX_PAGES]:
        yield page.extract_text()


def pieces_of_docx(content: bytes) -> Iterator[str]:
    """The text of paragraphs and tables, in their order. Raises errors of many kinds for what is no Word document."""
    from docx import Document
    from docx.table import Table

    with ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
            raise TooLarge
    for block in Document(io.BytesIO(content)).iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                yield "\t".join(cell.text for cell in row.cells)
        else:
            yield block.text


READERS = {"pdf": pieces_of_pdf, "docx": pieces_of_docx}


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    found: list[str] = []
    length = 0
    try:
        for piece in READERS[sys.argv[1]](sys.stdin.buffer.read()):
            found.append(piece)
            length += len(piece) + 1
            if length > MAX_CHARACTERS:
                break
    except (TooLarge, MemoryError):
        return TOO_LARGE
    except Exception as error:
        # The libraries meet files of any kind, and raise whatever there is.
        sys.stderr.write(type(error).__name__)
        return UNREADABLE
    sys.stdout.buffer.write("\n".join(found)[:MAX_CHARACTERS].encode("utf-8", "replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
