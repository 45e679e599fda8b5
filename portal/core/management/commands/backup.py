import time
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.utils import timezone

from portal.core import backups
from portal.core.dumps import BackupProblem

AT = time_of_day(1, 30)  # an hour before old personal data is erased


class Command(BaseCommand):
    help = "Make a back-up of database and media in BACKUP_FOLDER, without stopping anything."

    def add_arguments(self, parser):
        parser.add_argument(
            "--verify",
            nargs="?",
            const="",
            metavar="FOLDER",
            help="make none: read one again, the last one unless another is named",
        )
        parser.add_argument("--nightly", action="store_true", help=f"make one each night at {AT:%H:%M}, and never end")

    def handle(self, *args, **options):
        if options["nightly"]:
            self._each_night()
        try:
            if options["verify"] is not None:
                folder = self._chosen(options["verify"])
                files = backups.verify(folder)["files"]
                self.stdout.write(f"{folder} is whole: {len(files)} files are as they were written.")
            else:
                self.stdout.write(f"{backups.make()}")
        except BackupProblem as problem:
            raise CommandError(str(problem), returncode=problem.ending) from problem
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}", returncode=1) from error

    def _chosen(self, name: str) -> Path:
        if name:
            return Path(name)
        made = backups.made_in(Path(settings.BACKUP_FOLDER)) if settings.BACKUP_FOLDER else []
        if not made:
            raise CommandError("There is no back-up in BACKUP_FOLDER.", returncode=2)
        return made[-1]

    def _each_night(self) -> None:
        while True:
            time.sleep(seconds_to_wait(timezone.localtime()))
            try:
                self.stdout.write(f"{backups.make()}")
            # One night's failure is shown on the status page, and keeps no other night from its back-up.
            except Exception as problem:
                self.stderr.write(f"No back-up: {problem}")
            connection.close()


def seconds_to_wait(now: datetime) -> float:
    """From `now`, in Swedish time, to the next back-up."""
    day = now.date() + timedelta(days=now.time() >= AT)
    return (timezone.make_aware(datetime.combine(day, AT)) - now).total_seconds()
