from django.dispatch import Signal

# What everybody may read of a `conference`'s programme is another than before: a release, or somebody named or not.
programme_changed = Signal()
