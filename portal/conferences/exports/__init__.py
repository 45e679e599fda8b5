"""A released programme as files: each writer takes the conference, the programme and where the portal is, and asks the
database nothing."""
