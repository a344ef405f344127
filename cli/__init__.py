"""The command ``lueckenlos``: one file per command group."""
