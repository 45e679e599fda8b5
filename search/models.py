from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cms.models import PortalDocument
from portal.core.models import LineField, ProseField, Timestamped
from portal.municipalities.models import Municipality, new_public_id


class SearchEntry(models.Model):
    """One findable thing as search sees it. Written by `services` in the content's own transaction.

    The streams hold finished terms (`analysis/`), separated by spaces, in the order of the text. On SQLite the engine
    copies them to an FTS5 table, on PostgreSQL the column `vector` is generated from them (both of migration 0002);
    a search server is told of them by `services/outbox.py`.
    """

    kind = models.CharField(max_length=20)
    object_id = models.PositiveBigIntegerField()
    language = models.CharField(max_length=5, default="sv")
    title = models.CharField(max_length=255)
    url = models.CharField(max_length=600)
    body = models.TextField(blank=True)
    title_terms = models.TextField(blank=True)
    words = models.TextField(blank=True)
    parts = models.TextField(blank=True)
    lemmas = models.TextField(blank=True)
    length = models.PositiveIntegerField(default=1)  # in words, for ranking
    # Of the analysis that made the streams: another one's entries are written anew.
    fingerprint = models.CharField(max_length=60, blank=True)
    municipality = models.ForeignKey(Municipality, null=True, on_delete=models.CASCADE, related_name="+")
    # What results are narrowed by: "kind:event topic:4 year:2026".
    facets = models.TextField(blank=True)
    # When it was published, or takes place: the newest first, where nothing else decides.
    dated_at = models.DateTimeField()
    # When what it tells of is over: a past event is found, but after those one can still join.
    ends_at = models.DateTimeField(null=True)
    joinable_until = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="one_entry_each")]
        indexes = [models.Index(fields=["dated_at"], name="search_by_date")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.title}"


class SearchAudience(models.Model):
    """A token that lets its holder find the entry. No rows: nobody finds it."""

    entry = models.ForeignKey(SearchEntry, on_delete=models.CASCADE, related_name="audience")
    token = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "entry"], name="one_token_each")]

    def __str__(self) -> str:
        return self.token


class SearchStart(models.Model):
    """A word of an entry's title, or a part of it, as a term: what completes what somebody has begun to write."""

    entry = models.ForeignKey(SearchEntry, on_delete=models.CASCADE, related_name="starts")
    term = models.CharField(max_length=120, db_index=True)
    position = models.PositiveSmallIntegerField()  # of its word in the title

    def __str__(self) -> str:
        return self.term


class SearchUpdate(models.Model):
    """An entry that a search server is to be told of: written in the transaction that changes or removes the entry."""

    entry_id = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.entry_id)


# Terms that no text has. Numbers that grow whenever the words of `SearchWord` or the synonyms change; how many entries
# there are; and how long they are together, in words.
WORDS_VERSION, SYNONYMS_VERSION, ENTRIES, LENGTH = " words", " synonyms", " entries", " length"


class SearchTerm(models.Model):
    """In how many entries a term is: rare terms weigh more."""

    term = models.CharField(max_length=120, primary_key=True)
    entries = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.term


class SearchWord(models.Model):
    """In how many public entries a word is, as it is written: what misspelt words are compared with.

    Of public entries only: a suggested word from another one would tell what it says.
    """

    word = models.CharField(max_length=80, primary_key=True)
    entries = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.word


class Synonym(Timestamped):
    """Other words for the same thing, kept by the portal administrator; changed by `services.synonyms` only.

    Both columns hold one name or several, separated by commas.
    """

    words = LineField(
        _("whoever searches for"), max_length=200, help_text=_("One word or more, with commas between them.")
    )
    also = LineField(_("also finds"), max_length=200, help_text=_("One word or more, with commas between them."))
    is_both_ways = models.BooleanField(_("and the other way round"), default=True)

    class Meta:
        ordering = ["words", "pk"]

    def __str__(self) -> str:
        return f"{self.words} {'↔' if self.is_both_ways else '→'} {self.also}"

    def pairs(self) -> list[tuple[str, str]]:
        """Each name that is searched for with each that it also finds."""
        asked, also = names_in(self.words), names_in(self.also)
        found = [(one, other) for one in asked for other in also]
        return found + [(other, one) for one, other in found] if self.is_both_ways else found


def names_in(text: str) -> list[str]:
    """The names between the commas of a text."""
    return [name for piece in text.split(",") if (name := piece.strip())]


class AskedSearch(models.Model):
    """A search that was made, without who made it: what editors learn from what people look for.

    Written by `services.search_log` only; kept for 90 days.
    """

    uid = models.UUIDField(primary_key=True)
    day = models.DateField(db_index=True)  # no time of day: nobody can be found by it
    text = models.CharField(max_length=120)
    hits = models.PositiveIntegerField()
    engine = models.CharField(max_length=20)
    milliseconds = models.PositiveIntegerField()
    clicked_rank = models.PositiveIntegerField(null=True)  # of the best hit that was opened, from 1

    def __str__(self) -> str:
        return self.text


class MissingContent(Timestamped):
    """What somebody looked for and did not find, told to the coordinators; without who told it.

    Changed by `services.missing` only.
    """

    text = LineField(_("what you looked for"), max_length=120)
    wish = ProseField(
        _("what you would need"),
        max_length=500,
        blank=True,
        help_text=_("Nothing about persons. The coordinators do not see who wrote."),
    )
    # Of whoever told; nobody's where it was a visitor, or somebody who belongs to several.
    municipality = models.ForeignKey(Municipality, null=True, on_delete=models.CASCADE, related_name="+")
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.text


class SavedSearch(Timestamped):
    """A search that a person keeps, with a weekly mail of what is new. Changed by `services.saved_searches` only."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches")
    # The search as it stands in the address, in one order: "kind=course&q=matsvinn".
    address = models.CharField(max_length=600)
    is_mailed = models.BooleanField(default=True)
    mailed_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)  # for news
    # Ids of entries: all that were found when last looked, and those that the last mail is about.
    seen = models.JSONField(default=list)
    news = models.JSONField(default=list)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["person", "address"], name="one_saved_search_each")]

    def __str__(self) -> str:
        return self.address


class DocumentText(models.Model):
    """The text of a document that pages offer, read by a task. Changed by `services.document_texts` only."""

    document = models.OneToOneField(PortalDocument, on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=160)  # of which file: a new one is read anew
    text = models.TextField(blank=True)
    # "read", "unreadable", "too large" or "too slow": for whoever asks why a document is found by its title alone.
    outcome = models.CharField(max_length=12)
    read_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.file_name} ({self.outcome})"


class DocumentOnPage(models.Model):
    """That a document's entry counts on a page: when the page's readers change, so do the document's."""

    document = models.ForeignKey(PortalDocument, on_delete=models.CASCADE, related_name="+")
    page_id = models.PositiveBigIntegerField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "page_id"], name="one_document_on_page")]

    def __str__(self) -> str:
        return f"{self.document_id} on {self.page_id}"
