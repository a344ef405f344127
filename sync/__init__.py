"""When sources are read, in what order, and whether to believe them."""
