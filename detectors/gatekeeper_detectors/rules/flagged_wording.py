"""Words that a person should look at before they are published (P09, P23)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.text.normalise import Folded, fold, look_alike
from gatekeeper_detectors.text.parts import Part, published_texts
from gatekeeper_detectors.text.wording import find_phrases, undisguised, words_of
from gatekeeper_detectors.values import Case


def _list(words: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in words.split(",") if phrase.strip())


class WordingOptions(Options):
    """A * at the end of a word stands for any ending. Each list can be replaced."""

    dress: tuple[str, ...] = _list(
        "swim, swims, swam, swimming, swimmer, swimmers, swimsuit*, swimwear, paddling pool, "
        "bikini*, leotard*, in pe kit, in their pe kit*, in our pe kit*, wearing pe kit*, "
        "getting changed, got changed, get changed, changing room*, changing for pe, "
        "changed for pe, undress*, topless, shirtless, half naked, naked, nude, underwear, pants, "
        "knickers, in their vest*, barefoot, bath time, sunbath*, splash park"
    )
    offence: tuple[str, ...] = _list(
        "fuck*, shit, shitty, bullshit, wank, wanker*, bastard*, bitch, bitches, cunt*, twat, "
        "twats, bollocks, arse, arses, arsehole*, crap, piss, pissed, pissing, slut*, whore, "
        "whores, nigger*, nigga*, paki, pakis, chinks, gypo, gypos, gyppo*, pikey*, coons, "
        "golliwog*, half caste*, coloured people, retard, retards, retarded, spastic, spastics, "
        "spaz, mong, mongs, cripple, cripples, midget*, tranny, trannies, faggot*, poofs, "
        "poofter*, so gay, lezzer*, schizo, schizos, mental case, nutter*, psycho, psychos, "
        "blacked up, blackface, brownface, yid, yids, kike, kikes, towelhead*, raghead*, wops, "
        "like a girl, man up, loser, losers, idiot*, moron, morons, kill yourself"
    )
    rights: tuple[str, ...] = _list(
        "copyright, all rights reserved, getty images, shutterstock, istock, alamy, "
        "google images, screenshot*, clip art, clipart, courtesy of, scanned from, "
        "downloaded from, film still, official poster"
    )
    disrepute: tuple[str, ...] = _list(
        "vote labour, vote conservative, vote tory, vote reform, vote green, vote snp, "
        "vote lib dem, election campaign, on strike, picket line, gofundme, go fund me, "
        "justgiving, just giving, crowdfund*, alcohol, prosecco, vodka, cigarette*, vape, "
        "vaping, drunk, gambling, betting, weapon*, gun, guns, sexy, sex"
    )
    also: tuple[str, ...] = ()
    """Further words of the school's own."""


_MESSAGES = {
    "dress": "“{words}”: a person should check that everybody in the picture is suitably dressed.",
    "offence": "“{words}” can offend or hurt somebody.",
    "rights": "“{words}”: a person should check that the school may publish this.",
    "disrepute": "“{words}” can harm the school’s name, or is not for a school to say.",
    "also": "“{words}” is on the school’s list of words to look at.",
}
_MENDS = {
    "dress": "Ask whether the picture is needed and everybody is suitably dressed.",
    "rights": "Use the school’s own picture, or ask for permission and name the source.",
}


def _check(case: Case, options: WordingOptions) -> Iterator[Finding]:
    lists = {name: getattr(options, name) for name in _MESSAGES}
    for part in published_texts(case):
        folded = fold(look_alike(part.text))  # one letter for one, so spans stay
        words, plain = words_of(folded), words_of(undisguised(folded))
        for name, phrases in lists.items():
            found = find_phrases(plain if name == "offence" else words, phrases)
            yield from _findings(part, folded, name, found)


def _findings(
    part: Part, folded: Folded, name: str, found: Iterable[tuple[int, int]]
) -> Iterator[Finding]:
    for place in found:
        span = folded.span(*place)
        words = " ".join(part.text[slice(*span)].split())
        yield RULE.finding(
            Action.FLAG,
            _MESSAGES[name].format(words=words),
            mend=_MENDS.get(name, ""),
            photo=part.photo,
            field=part.field,
            span=span,
        )


RULE = Rule(
    id="flagged-wording",
    title="The text has words that a person should look at",
    why="Pupils are suitably dressed, nothing brings people or the school into disrepute, and "
    "nothing offends, discriminates or belongs to somebody else. A school edits the lists.",
    policy=("P09", "P23"),
    trips="“Splashing about in our swimming costumes”, or a word of abuse.",
    passes="“Our PE kit shop is open”, or “Scunthorpe”.",
    mend="Say it in other words, or leave it out.",
    check=_check,
    options=WordingOptions,
)
