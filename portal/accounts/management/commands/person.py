import json

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import activate

from portal.accounts.services import legal_holds, personal_data, second_factor
from portal.core.services import ActionRefused


class Command(BaseCommand):
    help = "What a person may ask for: all that is known of them as JSON, or to be erased; and what may forbid that."

    def add_arguments(self, parser):
        parser.add_argument("email")
        act = parser.add_mutually_exclusive_group(required=True)
        act.add_argument("--export", action="store_true", help="print everything that is known of them (JSON)")
        act.add_argument("--erase", action="store_true", help="erase them; what must be kept, and why, is said first")
        act.add_argument("--hold", metavar="REASON", help="let nothing of them be erased until it is lifted")
        act.add_argument("--lift", action="store_true", help="lift the hold; who asked meanwhile is erased at night")
        act.add_argument(
            "--reset-second-factor",
            action="store_true",
            help="take away the app and the passkeys of somebody who lost them, and sign them out everywhere",
        )
        parser.add_argument("--yes", action="store_true", help="with --erase: do it, and do not only say what is kept")

    def handle(self, *args, email: str, export: bool, erase: bool, hold: str | None, lift: bool, yes: bool, **options):
        reset = options["reset_second_factor"]
        activate("sv")  # what is told is the person's to read
        person = get_user_model().objects.filter(email__iexact=email).first()
        if person is None:
            raise CommandError("Nobody has that address.")
        try:
            if export:
                sections = [
                    {"key": section.key, "title": section.title, "rows": section.rows}
                    for section in personal_data.export(person)
                ]
                self.stdout.write(json.dumps(sections, ensure_ascii=False, indent=2))
            elif reset:
                second_factor.reset(person=person, actor=None)
            elif hold:
                legal_holds.place(person=person, reason=hold, actor=None)
            elif lift:
                for row in person.legal_holds.filter(lifted_at=None):
                    legal_holds.lift(hold=row)
            else:
                self._erase(person, yes)
        except ActionRefused as refusal:
            raise CommandError(str(refusal)) from refusal

    def _erase(self, person, yes: bool) -> None:
        for sentence in personal_data.kept_after(person):
            self.stdout.write(f"Kept: {sentence}")
        if not yes:
            self.stdout.write("Nothing is erased yet: say --yes.")
        elif personal_data.erase(person=person):
            self.stdout.write("Erased.")
        else:
            self.stdout.write("The account is closed; a hold forbids to erase it before it is lifted.")
