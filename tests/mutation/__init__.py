"""Does a test turn red when a permission check is taken away? `make mutate-permissions` tries each in turn.

`mutants` finds the checks in the source and writes them so that each can be switched off, `switch` is what the
rewritten source asks, `forks` runs the tests with one check off at a time, `permissions` is the command. Nothing
here is collected by pytest, and the working tree is only read.
"""
