"""The seat engine under load, through HTTP, with processes that die: `make stress`."""
