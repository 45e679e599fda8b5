"""The ranking that all engines share: BM25F over the streams, letters in common, and how useful a hit is now.

BM25F: S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from search.analysis.questions import Question
from search.models import SearchEntry

# A term in each stream: title, words, parts of compounds, lemmas.
TITLE, WORDS, PARTS, LEMMAS = 2.0, 1.0, 0.4, 0.4
K1, B = 1.2, 0.6
# Of a word's other terms that match beside the best.
REST = 0.3
# Letters in common, in fours; and how much they count beside the words.
GRAM, GRAMS, GRAM_B, MAX_GRAMS = 4, 0.5, 0.75, 200
# What has passed is still worth reading, but comes after what one can join.
PAST = 0.4
JOINABLE = 1.1
# What is new counts so much more, and half as much of it a year later.
NEW, YEAR = 0.1, 365.25


@dataclass(frozen=True)
class Statistics:
    """Of the whole collection: how many entries, how long on average, and in how many each term of a question is."""

    entries: int
    length: float
    terms: Mapping[str, int]

    def rarity(self, term: str) -> float:
        """The inverse document frequency of BM25, which is never negative."""
        count = self.terms.get(term, 0)
        return math.log(1 + (self.entries - count + 0.5) / (count + 0.5))


def rank(
    entries: Sequence[SearchEntry], question: Question, statistics: Statistics, *, now: datetime
) -> list[tuple[SearchEntry, float]]:
    """The entries with their scores, best first; equal ones in the order they came."""
    grams = _scores_by_letters(entries, question.text)
    scored = [
        (entry, (_score(entry, question, statistics) + GRAMS * gram) * _usefulness(entry, now))
        for entry, gram in zip(entries, grams, strict=True)
    ]
    return sorted(scored, key=lambda pair: -pair[1])


def _score(entry: SearchEntry, question: Question, statistics: Statistics) -> float:
    counts = dict.fromkeys(question.terms, 0.0)
    for stream, weight in (
        (entry.title_terms, TITLE),
        (entry.words, WORDS),
        (entry.parts, PARTS),
        (entry.lemmas, LEMMAS),
    ):
        # Two spaces, so that each term has its own on both sides: counting takes half as long as taking words apart.
        spaced = f" {stream.replace(' ', '  ')} "
        for term in counts:
            counts[term] += weight * spaced.count(f" {term} ")
    saturation = K1 * (1 - B + B * entry.length / statistics.length)
    total = 0.0
    for group in question.groups:
        scores = [
            weight * statistics.rarity(term) * counts[term] * (K1 + 1) / (counts[term] + saturation)
            for term, weight in group.terms
            if counts[term]
        ]
        if scores:
            best = max(scores)
            total += best + REST * (sum(scores) - best)
    return total


def _scores_by_letters(entries: Sequence[SearchEntry], text: str) -> list[float]:
    """BM25 over runs of four letters, within these entries alone."""
    padded = f" {text} "
    grams = list(dict.fromkeys(padded[at : at + GRAM] for at in range(len(padded) - GRAM + 1)))[:MAX_GRAMS]
    texts = [f"{entry.title} {entry.body}".lower() for entry in entries]
    if not grams or not texts:
        return [0.0] * len(texts)
    counts = [[text.count(gram) for gram in grams] for text in texts]
    rarities = []
    for number in range(len(grams)):
        having = sum(1 for row in counts if row[number])
        rarities.append(math.log(1 + (len(texts) - having + 0.5) / (having + 0.5)))
    average = sum(map(len, texts)) / len(texts) or 1.0
    return [
        sum(
            rarity * count * (K1 + 1) / (count + K1 * (1 - GRAM_B + GRAM_B * len(text) / average))
            for rarity, count in zip(rarities, row, strict=True)
            if count
        )
        for text, row in zip(texts, counts, strict=True)
    ]


def _usefulness(entry: SearchEntry, now: datetime) -> float:
    if entry.ends_at and entry.ends_at < now:
        return PAST
    if entry.joinable_until and entry.joinable_until > now:
        return JOINABLE
    age = max((now - entry.dated_at).total_seconds() / 86_400, 0.0)  # in days
    return 1.0 if entry.ends_at else 1 + NEW * 0.5 ** (age / YEAR)
