"""Looking after a database: is it sound, a copy of it, what may be forgotten, another place for it."""
