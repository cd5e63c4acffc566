"""Small words around a name that show what it is. All in lower case."""

from __future__ import annotations


def word_set(words: str) -> frozenset[str]:
    """The words of a string, parted by spaces."""
    return frozenset(words.split())


CUES = word_set(
    "birthday congratulations congrats done thank thanks bravo well named called meet hello hi "
    "hey goodbye welldone team artist by welcome"
)
"""After these, a word-name is taken for a name."""
ARTICLES = word_set("a an the this that these those every each some any no more all")
"""After these, it is the word."""
VERBS = word_set(
    "will may hope mark grant bless chase drew wade skip lance pierce win trust love serve"
)
"""Names that are also verbs, where they begin a sentence …"""
OBJECTS = word_set(
    "i you we he she it they there the your our my his her their this that these those all any "
    "anyone everyone to not some a an"
)
"""… and one of these follows ("Will you", "Mark the date")."""
TIME_BEFORE = word_set(
    "in on this next last since until till during of for by from to early late mid every end "
    "before after happy merry and our"
)
"""Before a month, season or feast."""
PLACE_BEFORE = word_set("in to from of visit visiting around near at the through and")
"""Before a place."""
KIN = word_set("twin twins family families brother brothers sister sisters siblings boys girls")
"""After a surname."""
COMPANY = word_set(
    "friend friends family co classmates partner partners mum mummy dad daddy pals team teammates "
    "others crew colleagues helpers buddy peers brother brothers sister sisters cousin cousins "
    "grandma granny grandad granddad gran nan nanny grandparents auntie aunt uncle dog cat hamster "
    "rabbit pony pet teddy teacher"
)
""" "Grace and friends" is still a child."""
DEEDS = word_set(
    "wins won rocks rules scored scores smashed sings sang shines made did does is loves rocked"
)
"""In a hashtag after a word-name: what children are said to do."""
PARTICLES = word_set(
    "al el bin ibn van von der den de la le du da dos di del st saint mac mc ni nic o d l ap"
)
"""Parts of surnames that name nobody alone."""
TITLES = word_set(
    "master mr mrs ms miss mx dr mme madame monsieur sir dame lady lord prof professor rev "
    "reverend father sister canon cllr"
)
"""How adults are addressed."""
BEFORE_NAME = word_set(
    "for by with to from and is was well done birthday congratulations thanks thank you named "
    "called meet"
)
"""After these, a full name in lower case is one, even of words ("for hazel wood")."""
PLACE_KINDS = word_set(
    "street road lane avenue close drive crescent terrace square park palace castle cathedral "
    "abbey hospital station airport school schools primary junior infant infants academy college "
    "university museum gallery stadium theatre bridge pier island isles beach bay lake forest wood "
    "woods hill hills hall farm gardens zoo church chapel mosque temple centre library arena "
    "allotments bakery brewery dental surgery medical practice nursery hotel inn arms ground docks "
    "dock quay wharf falls valley dale moor heath mountain desert"
)
"""After a name with a capital, these make it a place or an institution ("Charlotte Street")."""
HOLY = word_set("st saint ss saints")
RULERS = word_set(
    "king queen prince princess emperor empress tsar pope sir dame lord lady saint st president "
    "pharaoh archbishop"
)
"""Before a name that is on no roll: somebody in history."""
PRAISE = word_set("congratulations congrats bravo birthday welldone named author pupil captain")
"""After these, even a word that is in no list is somebody's name."""
MEASURES = word_set("max mark miles page dash")
"""Word-names that are a measure before a number ("Max 30")."""
ROLES = word_set(
    "captain goalkeeper champion winner librarian star hero friend pupil student sister brother "
    "twin pianist violinist singer dancer gymnast runner swimmer author artist"
)
"""What somebody is called in a list after a name ("Grace, captain and goalkeeper")."""
