from django.db import models

from portal.knowledge.models import Topic
from portal.municipalities.models import Municipality


class SearchEntry(models.Model):
    """One findable thing as search sees it. Written by `services.update` in the content's own transaction."""

    kind = models.CharField(max_length=20)
    object_id = models.PositiveBigIntegerField()
    title = models.CharField(max_length=255)
    url = models.CharField(max_length=600)
    body = models.TextField(blank=True)
    length = models.PositiveIntegerField(default=1)  # in terms, for ranking
    municipality = models.ForeignKey(Municipality, null=True, on_delete=models.CASCADE, related_name="+")
    topics = models.ManyToManyField(Topic, related_name="+")
    # When what it tells of is over: a past event is found, but after those one can still join.
    ends_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="one_entry_each")]

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


class SearchTerm(models.Model):
    """How often a term occurs in an entry's title and body: the inverted index of the database engine."""

    entry = models.ForeignKey(SearchEntry, on_delete=models.CASCADE, related_name="terms")
    term = models.CharField(max_length=60)
    in_title = models.PositiveSmallIntegerField(default=0)
    in_body = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["term", "entry"], name="one_term_each")]

    def __str__(self) -> str:
        return self.term
