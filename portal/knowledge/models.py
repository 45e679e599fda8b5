from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.models import LineField


class Topic(models.Model):
    """A subject that courses, methods and lessons are about; chosen from a list so that lists can be filtered."""

    name = LineField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
