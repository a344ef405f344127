"""One module per kind of source; each turns what a source says into records."""
