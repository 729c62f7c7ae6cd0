"""The words of the conformance bot on discord.py, a file for each topic."""
