"""News from municipalities, in the past tense. Listeners live in the packages above."""

from django.dispatch import Signal

municipality_created = Signal()  # municipality
sharing_changed = Signal()  # item: a page or record whose audience is another than before
collaboration_changed = Signal()  # collaboration: its facts or partners are others than before
membership_changed = Signal()  # person, municipality
approval_switched = Signal()  # municipality: whether pages need a second person's approval is another than before
