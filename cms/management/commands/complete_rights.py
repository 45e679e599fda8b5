from django.core.management.base import BaseCommand

from cms.services import approval
from cms.services.sections import ensure_section
from portal.municipalities.models import Municipality
from portal.municipalities.services.role_groups import ensure_role_groups


class Command(BaseCommand):
    help = (
        "Give every municipality the role groups and rights of this version. Run it after each migrate; twice is once."
    )

    def handle(self, *args, **options):
        for municipality in Municipality.objects.all():
            ensure_role_groups(municipality)
            ensure_section(municipality)
            approval.follow(municipality)
