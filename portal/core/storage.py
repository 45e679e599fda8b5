"""Where uploaded files are kept: each is there as a whole, or not at all."""

import os
from pathlib import PurePosixPath
from uuid import uuid4

from django.core.files.storage import FileSystemStorage


class WholeFiles(FileSystemStorage):
    """On a disk of this machine. Django's own writes under the final name, and leaves there what a full disk took."""

    def _save(self, name: str, content) -> str:
        unfinished = str(PurePosixPath(name).with_name(f".{uuid4().hex}"))
        try:
            super()._save(unfinished, content)  # type: ignore[misc]
            while True:
                try:
                    # The name is taken in one step; somebody else's file of the same name stays.
                    os.close(os.open(self.path(name), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                    break
                except FileExistsError:
                    name = self.get_available_name(name)
            os.replace(self.path(unfinished), self.path(name))
        finally:
            self.delete(unfinished)
        return name
