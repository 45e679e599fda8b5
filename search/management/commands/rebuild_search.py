from django.core.management.base import BaseCommand

from search import services


class Command(BaseCommand):
    help = "Write every search entry anew from the published content."

    def handle(self, *args, **options):
        self.stdout.write(f"{services.rebuild()} entries")
