"""Checking links politely: what answers behind an address, and what that means. No database.

================  =================================================================================
``settings``      what an operator may say: contact, pace, budget, robots
``observation``   what was seen of one link, as plain data
``asking``        ``Asker``: one request after the other, every hop checked, bodies bounded
``sight``         what a page looks like: title, text, fields, a refresh, whether a script makes it
``words``         the wordings that tell a dead page, a wall or maintenance; data, with a version
``judging``       ``judge``: a pure function from what was seen to a result and its kind
``round``         ``visit_host``: all links of one host in one night: robots, pace, one stray path
================  =================================================================================

docs/linkpruefung.md tells the whole story.
"""
