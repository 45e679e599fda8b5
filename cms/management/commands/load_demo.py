from django.core.management.base import BaseCommand

from cms.services import demo


class Command(BaseCommand):
    help = "Load the demo content (what is missing of it). Never on a portal with real people: the accounts are public."

    def add_arguments(self, parser):
        parser.add_argument("--accounts", action="store_true", help="only print the demo accounts")

    def handle(self, *args, accounts, **options):
        if not accounts:
            demo.load()
        for municipality, role, email in demo.accounts():
            self.stdout.write(f"  {municipality:<12} {role:<20} {email}")
        self.stdout.write(f"  Password for all of them: {demo.PASSWORD}")
