"""Short forms of Vietnamese administration, written out so that both forms are one thing to search; knows no index."""

from __future__ import annotations

from collections.abc import Sequence

# Folded short form -> folded long form. Only forms that mean one thing in official documents («AI» is also «ai», who).
_EXPANSIONS = {
    "cntt": "cong nghe thong tin",
    "cds": "chuyen doi so",
    "dmst": "doi moi sang tao",
    "khcn": "khoa hoc cong nghe",
    "ktxh": "kinh te xa hoi",
    "shtt": "so huu tri tue",
    "ubnd": "uy ban nhan dan",
    "hdnd": "hoi dong nhan dan",
    "hdqt": "hoi dong quan tri",
    "kcn": "khu cong nghiep",
    "cnc": "cong nghe cao",
    "cns": "cong nghe so",
    "cmcn": "cach mang cong nghiep",
    "tptm": "thanh pho thong minh",
    "tttt": "thong tin truyen thong",
    "dnnvv": "doanh nghiep nho va vua",
    "dn": "doanh nghiep",
    "tp": "thanh pho",
    "tphcm": "thanh pho ho chi minh",
    "hcm": "ho chi minh",
    "dh": "dai hoc",
    "thpt": "trung hoc pho thong",
    "bhxh": "bao hiem xa hoi",
    "bhyt": "bao hiem y te",
    "nsnn": "ngan sach nha nuoc",
    "qppl": "quy pham phap luat",
    "vbqppl": "van ban quy pham phap luat",
    "tthc": "thu tuc hanh chinh",
    "cchc": "cai cach hanh chinh",
    "nnl": "nguon nhan luc",
    "gddt": "giao duc dao tao",
    "tw": "trung uong",
    "fdi": "dau tu truc tiep nuoc ngoai",
}
EXPANSIONS = {short: tuple(long.split()) for short, long in _EXPANSIONS.items()}
# Short forms that the syllable pattern parts: KH&CN, KT-XH, TT&TT, GD&ĐT, KH,CN&ĐMST.
PARTED = {
    ("kh", "cn"): ("khoa", "hoc", "cong", "nghe"),
    ("kt", "xh"): ("kinh", "te", "xa", "hoi"),
    ("tt", "tt"): ("thong", "tin", "truyen", "thong"),
    ("gd", "dt"): ("giao", "duc", "dao", "tao"),
}
# «khoa học và công nghệ» and «khoa học, công nghệ» are one thing: the joining word carries nothing between these.
_JOINED = {("hoc", "cong"), ("tin", "truyen"), ("duc", "dao"), ("te", "xa")}
_CONCERNED = {*EXPANSIONS, *(first for first, _ in PARTED), "va"}


def expand(terms: Sequence[str]) -> list[str]:
    """Folded terms with every known short form written out, and `và` dropped inside the names so written."""
    return [term for term, _ in expand_from(terms)]


def expand_from(terms: Sequence[str]) -> list[tuple[str, int | None]]:
    """As `expand`, each term with its position in `terms`, or None where it comes of a short form."""
    out: list[tuple[str, int | None]] = []
    i = 0
    while i < len(terms):
        if terms[i] not in _CONCERNED:  # nearly every term: indexing spends its time here
            out.append((terms[i], i))
            i += 1
            continue
        pair = PARTED.get((terms[i], terms[i + 1])) if i + 1 < len(terms) else None
        long = pair or EXPANSIONS.get(terms[i])
        joins = terms[i] == "va" and 0 < i < len(terms) - 1 and (terms[i - 1], terms[i + 1]) in _JOINED
        if long:
            out += [(word, None) for word in long]
        elif not joins:
            out.append((terms[i], i))
        i += 2 if pair else 1
    return out
