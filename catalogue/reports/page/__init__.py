"""The page: a static site about the region that opens from disk and from any web server.

::

    site     what is written in which order, in how many processes     folder   the folder that is swapped in
    frame    what all pages share                                      places   names and addresses of pages
    setting  templates, words and figures                              foreign  texts and links from outside
    pieces   lists cut into pages of a bounded size                    charts   lines over time

Each other module makes one kind of page: region, areas, services, evidence, sources, changes and method.
"""
