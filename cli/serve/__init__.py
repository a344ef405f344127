"""``lueckenlos serve``: the catalogue for programs and the page for people, for reading only.

``command`` starts a server, ``app`` puts the application together. A request passes ``guard`` (methods,
sizes, headers) and, for the interface, ``answers`` (one answer for each state of the catalogue, ETag). What
is asked stands in ``queries``, what is answered in ``tables`` and ``dashboard``; ``database`` asks the
catalogue by connections that cannot write.
"""
