"""A web of labelled links for the link check: each host behaves in one way, night after night.

``alive`` and ``dead`` hold the labels: what a person would say who follows the link. They were written
before the rules that judge links, and include what is expected to be hard. ``world`` serves them on the
loopback interface, ``nights`` lets the check run over them with a clock of its own.
"""
