from django.core.management.base import BaseCommand

from portal.accounts.services import privacy_run


class Command(BaseCommand):
    help = "Erase personal data that is older than promised, as each night; prints the protocol."

    def handle(self, *args, **options):
        for what, count in privacy_run.lines_of(privacy_run.run()):
            self.stdout.write(f"{count:6} {what}")
