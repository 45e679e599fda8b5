from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting

from portal.core.models import LineField


@register_setting(icon="cog")
class PortalSettings(BaseSiteSetting):
    """What the portal administrator may change without a developer."""

    name = LineField(_("the portal’s name"), max_length=60, default="Samlärande")
    tagline = LineField(_("in one line"), max_length=160, default="Kommuner delar det de lär sig")
    tagline_en = LineField(_("in one line, in English"), max_length=160, default="Municipalities share what they learn")
    contact_email = models.EmailField(_("the portal’s e-mail address"), blank=True)

    class Meta:
        verbose_name = _("portal settings")

    def tagline_in(self, language: str) -> str:
        """The portal in one line; `language` is the code of a language of the portal."""
        return self.tagline_en if language == "en" else self.tagline
