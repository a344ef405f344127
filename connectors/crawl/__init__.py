"""Crawling public web pages politely: what may be opened, in which order, and whether it was everything.

A connector that reads web pages has a :class:`~connectors.crawl.pages.Strategy`, which knows addresses and
the meaning of pages, and uses two functions of this package::

    acquire   crawl(job, fetcher, folder, assignment)   network: robots, pace, queue; pages into part files
    read      open_spool(part)                          no network: pages, then what is to be concluded

=============  ==================================================================================
``pages``      what passes between crawl and connector: Start, Target, Page, Strategy
``settings``   the settings that all crawled sources share
``job``        what to crawl and how far: Job, Limits, Expectation
``engine``     ``crawl``: the whole of ``acquire``
``spool``      ``open_spool``: the frame of ``read``; pages, Memory, issues, Completeness
``memory``     what is kept of a page from night to night, never its body
``offerings``  offerings as text and back, for the outcomes that memory keeps
``links``      the addresses a page leads to
``patterns``   address patterns with ``*``, lists with ``{A..Z}``, addresses without session ids
``robots``, ``directives``, ``sitemap``, ``politeness``, ``frontier``, ``visits``, ``coverage``: inside
=============  ==================================================================================

docs/crawling.md tells the whole story.
"""
