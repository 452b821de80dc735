"""`python -m assistant`: the same as the `cancu` command."""

from assistant.cli import main

main()
