from django.db import models


class SpeakerQuerySet(models.QuerySet):
    def named(self):
        """Those who have said yes to being named in public."""
        return self.filter(consent_at__isnull=False)
