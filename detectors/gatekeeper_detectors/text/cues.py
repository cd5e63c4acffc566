"""Small words around a name that show what it is. All in lower case."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


CUES = _set(
    "birthday congratulations congrats done thank thanks bravo well named called meet hello hi "
    "hey goodbye welldone team artist by welcome"
)
"""After these, a word-name is taken for a name."""
ARTICLES = _set("a an the this that these those every each some any no more all")
"""After these, it is the word."""
VERBS = _set(
    "will may hope mark grant bless chase drew wade skip lance pierce win trust love serve"
)
"""Names that are also verbs, where they begin a sentence …"""
OBJECTS = _set(
    "i you we he she it they there the your our my his her their this that these those all any "
    "anyone everyone to not"
)
"""… and one of these follows ("Will you", "Mark the date")."""
TIME_BEFORE = _set(
    "in on this next last since until till during of for by from to early late mid every end "
    "before after happy merry and our"
)
"""Before a month, season or feast."""
PLACE_BEFORE = _set("in to from of visit visiting around near at the through and")
"""Before a place."""
KIN = _set("twin twins family families brother brothers sister sisters siblings boys girls")
"""After a surname."""
COMPANY = _set("friend friends family co classmates partner mum dad pals team")
""" "Grace and friends" is still a child."""
DEEDS = _set(
    "wins won rocks rules scored scores smashed sings sang shines made did does is loves rocked"
)
"""In a hashtag after a word-name: what children are said to do."""
PARTICLES = _set(
    "al el bin ibn van von der den de la le du da dos di del st saint mac mc ni nic o d l ap"
)
"""Parts of surnames that name nobody alone."""
TITLES = _set(
    "master mr mrs ms miss mx dr mme madame monsieur sir dame lady lord prof professor rev "
    "reverend father sister canon cllr"
)
"""How adults are addressed."""
BEFORE_NAME = _set(
    "for by with to from and is was well done birthday congratulations thanks thank you named "
    "called meet"
)
"""After these, a full name in lower case is one, even of words ("for hazel wood")."""
