"""News from events, in the past tense. Sent inside the transaction that made them true."""

from django.dispatch import Signal

training_event_saved = Signal()  # event: created, changed, published or cancelled
seats_changed = Signal()  # event: its counter is another than before
sign_up_confirmed = Signal()  # sign_up
sign_up_cancelled = Signal()  # sign_up
