"""The retrieval benchmark: our search beside what a user would pick instead, on sets of queries with known answers."""
