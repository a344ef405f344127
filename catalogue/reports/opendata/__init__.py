"""Open data: the catalogue and the coverage as files that other programs read, with their description.

``tables`` says what is published, ``release`` writes it as CSV, JSON and Parquet, ``csvw`` and ``dcat``
describe it. Nothing personal is published: ``published`` takes out of texts what could be.
"""
