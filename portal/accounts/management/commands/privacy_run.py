from django.core.management.base import BaseCommand, CommandError

from portal.accounts.services import privacy_run


class Command(BaseCommand):
    help = "Erase personal data that is older than promised, as each night; prints the protocol."

    def handle(self, *args, **options):
        protocol = privacy_run.run()
        for what, count in privacy_run.lines_of(protocol) or [("erased: nothing was older than promised", 0)]:
            self.stdout.write(f"{count:6} {what}")
        if protocol.problem:
            raise CommandError(f"A part failed ({protocol.problem}); the log says where.")
