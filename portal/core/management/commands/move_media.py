import hashlib
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from portal.core.storage import MediaAway, WholeFiles


class Command(BaseCommand):
    help = (
        "Copy pictures and documents from the disk into the bucket that MEDIA_STORAGE names, or back, wherever the "
        "portal looks for them now. What is there already is left; run it again as often as wanted."
    )

    def add_arguments(self, parser):
        parser.add_argument("--to", required=True, choices=["bucket", "disk"])
        parser.add_argument("--compare", action="store_true", help="read all again on both sides, and compare")
        parser.add_argument(
            "--remove", action="store_true", help="compare, and remove where it came from what is equal"
        )

    def handle(self, *args, **options):
        if not settings.MEDIA_STORAGE:
            raise CommandError("Set MEDIA_STORAGE, MEDIA_KEY and MEDIA_SECRET for this command.", returncode=2)
        try:
            from portal.core.buckets import MediaBucket

            bucket, disk = MediaBucket(), WholeFiles()
        except (ImportError, ImproperlyConfigured) as error:
            raise CommandError(str(error), returncode=2) from error
        source, target = (disk, bucket) if options["to"] == "bucket" else (bucket, disk)
        try:
            self._refuse_what_is_open(bucket)
            # Nothing points to it: it is not to be brought along, nor what now takes its name to be removed later.
            bucket.remove_left_files()
            copied, there = self._copy(source, target)
            self.stdout.write(f"{copied} files were copied, {there} were there already.")
            if options["compare"] or options["remove"]:
                self._compare(source, target, remove=options["remove"])
        except MediaAway as error:
            raise CommandError(f"{error}. Run it again: what has been copied is not copied anew.") from error

    def _refuse_what_is_open(self, bucket: Any) -> None:
        probe = "is-this-private.txt"
        bucket.put(probe, BytesIO(b"Whoever can read this without a key can read everybody's documents."))
        try:
            if bucket.is_open_to_everybody(probe):
                raise CommandError("The bucket shows its files to everybody. Make it private first.", returncode=6)
        finally:
            bucket.remove(probe)

    def _copy(self, source: Any, target: Any) -> tuple[int, int]:
        there = {name: size for name, size, _version in target.listing()}
        copied = already = 0
        for name, size, _version in source.listing():
            if PurePosixPath(name).name.startswith("."):  # not ended yet, or by one that was killed
                continue
            if there.get(name) == size:
                already += 1
                continue
            try:
                with source.open(name, "rb") as file:
                    target.put(name, file)
            except FileNotFoundError:  # deleted at this moment
                continue
            copied += 1
        return copied, already

    def _compare(self, source: Any, target: Any, *, remove: bool) -> None:
        equal, other = 0, []
        for name, _size, _version in list(source.listing()):
            if PurePosixPath(name).name.startswith("."):
                continue
            try:
                is_equal = _sum(source, name) == _sum(target, name)
            except FileNotFoundError:
                is_equal = not source.exists(name)
            if not is_equal:
                other.append(name)
                continue
            equal += 1
            if remove:
                source.remove(name)
        if other:
            raise CommandError(f"{equal} files are equal, and {len(other)} are not, as {other[0]}.")
        self.stdout.write(f"{equal} files are equal{' and were removed where they came from' if remove else ''}.")


def _sum(store: Any, name: str) -> str:
    digest = hashlib.sha256()
    with store.open(name, "rb") as file:
        for chunk in file.chunks(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
