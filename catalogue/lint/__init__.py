"""The quality of a source's delivery, as findings that can be handed back to its editors.

Checks are statements over a stage: a fresh delivery is one, the applied state is brought into the same
shape (:mod:`catalogue.lint.subject`). So every check is written once, whatever database the catalogue has.
"""
