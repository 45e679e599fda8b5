from django.core.management.base import BaseCommand, CommandError

from search.engines import current_server
from search.engines.base import EngineAway
from search.services import indexing, outbox


class Command(BaseCommand):
    help = "Write every search entry anew from the published content."

    def add_arguments(self, parser):
        parser.add_argument("--stale", action="store_true", help="only where another analysis made some of them")

    def handle(self, *args, **options):
        if options["stale"] and not indexing.is_stale():
            return
        self.stdout.write(f"{indexing.rebuild()} entries")
        if server := current_server():
            try:
                self.stdout.write(f"{outbox.rebuild(server)} in a new index on the search server")
            except EngineAway as error:
                raise CommandError(f"The search server did not take them: {error}") from error
