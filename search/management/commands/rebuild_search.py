from django.core.management.base import BaseCommand

from search.services import indexing


class Command(BaseCommand):
    help = "Write every search entry anew from the published content."

    def add_arguments(self, parser):
        parser.add_argument("--stale", action="store_true", help="only where another analysis made some of them")

    def handle(self, *args, **options):
        if options["stale"] and not indexing.is_stale():
            return
        self.stdout.write(f"{indexing.rebuild()} entries")
