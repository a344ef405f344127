"""The catalogue's services, indexed by key and by name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from catalogue.matching.reference import Reference
from catalogue.matching.words import normalise, significant_words

__all__ = ["ServiceIndex"]

OBJECT_DIGITS = 8
ACT_DIGITS = 11
#: Words that begin with the same so many letters may mean the same; wide on purpose.
STEM = 4


@dataclass
class ServiceIndex:
    """LeiKa keys, objects, groups, names and words, each with the OZG services they belong to."""

    ozg_of_key: dict[str, str | None] = field(default_factory=dict)
    by_object: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_group: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_name: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    by_word: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, reference: Reference) -> ServiceIndex:
        """Index a catalogue."""
        index = cls()
        for key, name, ozg_id in reference.leika:
            index.add_key(key, name, ozg_id or None)
        for ozg_id, title in reference.ozg:
            index.add_service(ozg_id, title)
        return index

    def add_service(self, ozg_id: str, title: str) -> None:
        """Take in an OZG service under its title."""
        self.by_name[normalise(title)].add((ozg_id, ""))
        for word in significant_words(title):
            self.by_word[word].add(ozg_id)

    def add_key(self, key: str, name: str, ozg_id: str | None) -> None:
        """Take in a LeiKa service."""
        self.ozg_of_key[key] = ozg_id
        if ozg_id is None:
            return
        self.by_object[key[:OBJECT_DIGITS]].add(ozg_id)
        self.by_group[key[:5]].add(ozg_id)
        self.by_name[normalise(name)].add((ozg_id, key))
        for word in significant_words(name):
            self.by_word[word].add(ozg_id)

    def candidates(self, title: str) -> set[str]:
        """Return the OZG services that share a significant word, or the beginning of one, with a title.

        Compounds count: "Hundesteueranmeldung" holds the word "Hundesteuer", and "Fundbüro" begins like
        "Fundsachen".
        """
        found: set[str] = set()
        for word in significant_words(title):
            for known, ozg_ids in self.by_word.items():
                if known[:STEM] == word[:STEM] or known in word or word in known:
                    found |= ozg_ids
        return found
