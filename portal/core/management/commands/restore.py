from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from portal.core import restoring
from portal.core.dumps import BackupProblem


class Command(BaseCommand):
    help = "Put a back-up in place of database and media. Stop web, worker and beat before."
    requires_system_checks = []  # one of them refuses what is half restored, which this command ends

    def add_arguments(self, parser):
        parser.add_argument("folder", nargs="?", metavar="FOLDER", help="of the back-up, with its manifest.json")
        parser.add_argument("--replace", action="store_true", help="there is a database already, and it may be lost")
        parser.add_argument("--finish", action="store_true", help="take the steps after a restoring whose step failed")
        parser.add_argument(
            "--lost-erasures", action="store_true", help="restore though the erasure log of then is lost"
        )

    def handle(self, *args, **options):
        if bool(options["folder"]) == options["finish"]:
            raise CommandError("Say which back-up's folder, or --finish.", returncode=2)
        try:
            if options["finish"]:
                restoring.finish(say=self.stdout.write)
            else:
                restoring.restore(
                    Path(options["folder"]),
                    replace=options["replace"],
                    lost_erasures=options["lost_erasures"],
                    say=self.stdout.write,
                )
        except BackupProblem as problem:
            raise CommandError(str(problem), returncode=problem.ending) from problem
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}", returncode=1) from error
        self.stdout.write("Restored. Run “release” if the portal is of a newer version than the back-up, and start it.")
