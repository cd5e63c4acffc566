"""Harmless sentences of a school, several hundred, and forms in which a name is planted."""

from __future__ import annotations

import random
from itertools import product

_GROUPS = ("Year 2", "Year 6 pupils", "Our choir", "Reception", "The eco council", "Key Stage 1")
_DEEDS = (
    "enjoyed a music lesson with the visiting orchestra",
    "made bread and butter pudding",
    "built bridges from paper and string",
    "painted self-portraits in the style of Picasso",
    "found frogspawn in the pond",
    "raised £1,246.50 for new library books",
    "won the county cup after a thrilling final",
    "came 2nd out of 14 schools at the quiz",
    "read 1,024 books in our reading challenge",
    "wrote letters to the elves",
    "planted daffodils, tulips and irises by the gate",
    "acted out the Great Fire of London",
)
_TIMES = ("on Monday", "last week", "this morning", "in March", "before half-term", "in Autumn")
_SCORES = ("3-1", "12-7", "86 for 4", "by 12 runs", "4-2 on penalties")
_OPPONENTS = (
    "St Peter's",
    "Elm Park Primary",
    "Victoria Road School",
    "St Mary's",
    "King's Academy",
)
_FIGURES = (
    "Florence Nightingale", "Mary Seacole", "Rosa Parks", "Isaac Newton", "Marie Curie",
    "Winston Churchill", "Nelson Mandela", "Amelia Earhart", "Tim Peake", "Queen Victoria",
    "Henry VIII", "William Shakespeare", "Guy Fawkes", "Vincent van Gogh", "Mary Anning",
)  # fmt: skip
_BOOKS = (
    "Charlotte's Web", "Oliver Twist", "James and the Giant Peach", "Peter Pan", "Horrid Henry",
    "Charlie and the Chocolate Factory", "The Tale of Peter Rabbit", "Alice in Wonderland",
    "Danny the Champion of the World", "George's Marvellous Medicine", "Goodnight Mister Tom",
)  # fmt: skip
_PLACES = (
    "Whitby Abbey", "the Isle of Wight", "Windsor Castle", "Loch Ness", "Victoria Park",
    "Charlotte Street", "St James's Church", "Alexandra Palace", "the Nelson Museum", "York",
)  # fmt: skip
_STAFF = ("Mr Young", "Mrs Pellow", "Dr Holloway", "Miss Baker", "Mme Fournier", "Jack Sewell")
_CLOSINGS = (
    "What a day!",
    "Thank you to our parents and carers.",
    "🌹🐝 Lovely!",
    "Well done all!",
)

WRITTEN = (
    "Will you help at the cake sale on Friday?",
    "May half-term starts on Monday 27 May.",
    "Snow day! The playground was white this morning.",
    "Please mark your calendars for sports day.",
    "Hope you all have a restful summer.",
    "A rose garden grows behind the hall now, thanks to the PTA.",
    "Poppies made from paper plates for Remembrance.",
    "Holly wreaths are on sale after school.",
    "Lavender, sage and rosemary in the herb garden.",
    "Faith leaders from three communities visited us.",
    "The grace before lunch was sung in Latin.",
    "Our values are hope, joy and patience.",
    "A robin sat on the bird table all morning.",
    "Art club meets in the studio; art supplies are welcome.",
    "Summer term dates are on the website.",
    "Autumn colours all around our field.",
    "We drew maps of the river from source to mouth.",
    "Max 30 characters a line in our coding challenge.",
    "King of the castle on the hill was our favourite game.",
    "The baker, the butcher and the miller came to career day.",
    "A penny jar collection raised £86 for charity.",
    "Amber, ruby and jet in our rock collection.",
    "An olive tree now stands in our prayer garden.",
    "Skip, hop and jump: our fitness circuit.",
    "Term ends on Friday 18 July at 1.30 pm.",
    "INSET day on Monday 2 September.",
    "Founded in 1874, rebuilt in 1962.",
    "100% attendance in three classes this week!",
    "St George's Day dragon dance.",
    "St David's Day daffodils and leeks.",
    "Noah's Ark junk models, two by two.",
    "Daniel in the lions' den, acted out in RE.",
    "#WorldBookDay #ReadingRocks #thankyou",
    "#MayDay maypole dancing on the green",
    "#AutumnTerm #HarvestFestival 🍂",
    "Hand-made, hard-wearing, rose-patterned bags.",
    "A well-earned, joy-filled, end-of-year picnic.",
    "Our PTA, SENCO and DT lead met Ofsted.",
    "Chess club meets in the library after school.",
    "Lost property is overflowing, please have a look.",
)


def harmless() -> list[str]:
    """Several hundred different sentences that name nobody on a roll."""
    made = [f"{who} {did} {when}." for who, did, when in product(_GROUPS, _DEEDS, _TIMES)]
    made += [f"We won {score} against {other}." for score, other in product(_SCORES, _OPPONENTS)]
    made += [f"Learning about {figure} in history." for figure in _FIGURES]
    made += [f"{figure} assembly: posters and poems." for figure in _FIGURES]
    made += [f"Our class text is {book}." for book in _BOOKS]
    made += [f"{book} costumes looked amazing." for book in _BOOKS]
    made += [f"A trip to {place} to sketch and measure." for place in _PLACES]
    made += [f"A postcard came from {place}." for place in _PLACES]
    made += [
        f"Thank you, {who}, for a super evening. {end}" for who, end in product(_STAFF, _CLOSINGS)
    ]
    return [*WRITTEN, *made]


FORMS = (
    "Well done {first}!",
    "{first}'s painting won",
    "#TeamWork with {first} {last}",
    "#WellDone{joined}",
    "{last}, {first}",
    "{initial}. {last} read a poem",
    "Follow @{joined}_{last_joined}",
    "{upper} scored twice",
    "see photos.example/a?n={first}%20{last}",
    "medal for {lower_full} today",
    "Here is {first} with a trophy",
    "{first} {last_initial}. led the council",
    "a letter from {first}, aged 7",
    "{zero_width} on stage",
    "“{first} {last}” on the certificate",
)


def plant(form: str, first: str, last: str) -> str:
    """The form with a child's name in it."""
    return form.format(
        first=first,
        last=last,
        initial=first[0],
        last_initial=last[0],
        upper=first.upper(),
        lower_full=f"{first} {last}".lower(),
        joined="".join(char for char in first if char.isalnum()),
        last_joined="".join(char for char in last if char.isalnum()),
        zero_width="\u200b".join(first),
    )


def sample(rng: random.Random, count: int) -> list[str]:
    """`count` harmless sentences, all different while there are enough."""
    every = harmless()
    return rng.sample(every, min(count, len(every)))
