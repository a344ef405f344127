"""The questions people ask the catalogue, one module each: plain rows, codes instead of words.

A report is a function of a connection and filters. It writes nothing, prints nothing and knows no language:
what officers read is made of its codes by the message catalogue.
"""
