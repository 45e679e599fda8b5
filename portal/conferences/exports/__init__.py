"""A released programme in formats that others read; each writer takes a `Programme` and asks the database nothing."""
