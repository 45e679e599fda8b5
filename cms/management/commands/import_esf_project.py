from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from cms.services import projects
from portal.core.services import ActionRefused
from portal.municipalities.models import Municipality
from portal.municipalities.services.esf_records import (
    ProjectRecord,
    UnreadableRecord,
    decode_record,
    parse_record,
)


class Command(BaseCommand):
    help = "Import records of the ESF Council's project bank: a collaboration and a draft page each."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--municipality", help="slug of the owner; default: found by organisation number or name")

    def handle(self, *args, files, municipality, **options):
        failed = 0
        for name in files:
            try:
                self.stdout.write(f"{name}: {self._import(Path(name), municipality)}")
            except (OSError, UnreadableRecord, ActionRefused, ValidationError, CommandError) as problem:
                failed += 1
                text = "; ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem)
                self.stderr.write(f"{name}: {text}")
        if failed:
            raise CommandError(f"{failed} of {len(files)} could not be imported; nothing of them was written.")

    def _import(self, path: Path, slug: str | None) -> str:
        record = parse_record(decode_record(path.read_bytes()))
        if record.problems:
            raise CommandError("; ".join(problem.message for problem in record.problems))
        saved = projects.save_project(
            municipality=self._owner(record, slug),
            facts=projects.facts_from(record),
            summary=projects.summary_from(record),
            description="\n\n".join(record.description),
            further_facts=projects.further_facts_from(record),
        )
        verb = "created" if saved.created else "updated"
        return f"{verb} {saved.collaboration.diary_number} {saved.collaboration.title} ({saved.collaboration.lead})"

    def _owner(self, record: ProjectRecord, slug: str | None) -> Municipality:
        if slug:
            found = Municipality.objects.filter(slug=slug).first()
        else:
            number = record.value("owner_organisation_number")
            owner = str(record.value("owner") or "")
            found = (number and Municipality.objects.filter(organisation_number=number).first()) or next(
                (m for m in Municipality.objects.all() if m.name.lower() in owner.lower()), None
            )
        if found is None:
            raise CommandError("no municipality in the portal owns this project; say which with --municipality SLUG")
        return found
