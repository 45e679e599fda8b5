from django.core.management.base import BaseCommand

from portal.events.services import seat_checks


class Command(BaseCommand):
    help = "Look for impossible states of seats: oversold, double, orphaned, counted wrong. Exits 1 when there are any."

    def handle(self, *args, **options):
        check = seat_checks.run()
        for problem in check.problems:
            self.stderr.write(problem)
        self.stdout.write(f"{check.events} events, {len(check.problems)} problems")
        if check.problems:
            raise SystemExit(1)
