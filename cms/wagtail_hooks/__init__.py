"""What the CMS changes in Wagtail's admin: the walls between municipalities, and the editor's words and ways."""

# In this order: `walls` imports the editor's addresses, and those ask the hooks in `files` once, when imported.
from cms.wagtail_hooks import editor, files, walls

__all__ = ["editor", "files", "walls"]
