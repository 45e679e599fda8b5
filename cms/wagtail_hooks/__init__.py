"""What the CMS changes in Wagtail's admin: the walls between municipalities, and the editor's words and ways."""

from cms.wagtail_hooks import editor, walls

__all__ = ["editor", "walls"]
