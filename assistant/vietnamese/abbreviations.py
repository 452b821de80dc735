"""Short forms of Vietnamese administration, written out so that both forms are one thing to search; knows no index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

# Folded short form -> folded long form. Only forms that mean one thing in official documents («AI» is also «ai», who),
# and none that mostly ends numbers (TT-BKHCN).
_EXPANSIONS = {
    # authorities and offices
    "ubnd": "uy ban nhan dan",
    "hdnd": "hoi dong nhan dan",
    "ubmttq": "uy ban mat tran to quoc",
    "mttq": "mat tran to quoc",
    "tand": "toa an nhan dan",
    "tandtc": "toa an nhan dan toi cao",
    "vksnd": "vien kiem sat nhan dan",
    "tw": "trung uong",
    "cand": "cong an nhan dan",
    "qdnd": "quan doi nhan dan",
    "gddt": "giao duc dao tao",
    "gtvt": "giao thong van tai",
    "khcn": "khoa hoc cong nghe",
    "khdt": "ke hoach dau tu",
    "ldtbxh": "lao dong thuong binh xa hoi",
    "nnptnt": "nong nghiep phat trien nong thon",
    "tnmt": "tai nguyen moi truong",
    "tttt": "thong tin truyen thong",
    "vhttdl": "van hoa the thao du lich",
    # places
    "tp": "thanh pho",
    "tphcm": "thanh pho ho chi minh",
    "hcm": "ho chi minh",
    "kcn": "khu cong nghiep",
    "kcnc": "khu cong nghe cao",
    "ccn": "cum cong nghiep",
    "kkt": "khu kinh te",
    # science, technology, the digital
    "attt": "an toan thong tin",
    "cds": "chuyen doi so",
    "cmcn": "cach mang cong nghiep",
    "cnc": "cong nghe cao",
    "cns": "cong nghe so",
    "cntt": "cong nghe thong tin",
    "csdl": "co so du lieu",
    "dmst": "doi moi sang tao",
    "dvctt": "dich vu cong truc tuyen",
    "shtt": "so huu tri tue",
    "tptm": "thanh pho thong minh",
    # economy and money
    "ctcp": "cong ty co phan",
    "dn": "doanh nghiep",
    "dnnn": "doanh nghiep nha nuoc",
    "dnnvv": "doanh nghiep nho va vua",
    "dntn": "doanh nghiep tu nhan",
    "fdi": "dau tu truc tiep nuoc ngoai",
    "gtgt": "gia tri gia tang",
    "hdqt": "hoi dong quan tri",
    "htx": "hop tac xa",
    "ktxh": "kinh te xa hoi",
    "nsdp": "ngan sach dia phuong",
    "nsnn": "ngan sach nha nuoc",
    "nstw": "ngan sach trung uong",
    "tncn": "thu nhap ca nhan",
    "tndn": "thu nhap doanh nghiep",
    "tnhh": "trach nhiem huu han",
    "ttdb": "tieu thu dac biet",
    "xdcb": "xay dung co ban",
    # people, work, school, health
    "attp": "an toan thuc pham",
    "vsattp": "ve sinh an toan thuc pham",
    "atvsld": "an toan ve sinh lao dong",
    "bhtn": "bao hiem that nghiep",
    "bhxh": "bao hiem xa hoi",
    "bhyt": "bao hiem y te",
    "cbccvc": "can bo cong chuc vien chuc",
    "cccd": "can cuoc cong dan",
    "cmnd": "chung minh nhan dan",
    "dh": "dai hoc",
    "dhqg": "dai hoc quoc gia",
    "gplx": "giay phep lai xe",
    "hdld": "hop dong lao dong",
    "nld": "nguoi lao dong",
    "nnl": "nguon nhan luc",
    "nsdld": "nguoi su dung lao dong",
    "nvqs": "nghia vu quan su",
    "thcs": "trung hoc co so",
    "thpt": "trung hoc pho thong",
    "tnld": "tai nan lao dong",
    # law and administration
    "blds": "bo luat dan su",
    "blhs": "bo luat hinh su",
    "blld": "bo luat lao dong",
    "blttds": "bo luat to tung dan su",
    "bltths": "bo luat to tung hinh su",
    "cchc": "cai cach hanh chinh",
    "dkkd": "dang ky kinh doanh",
    "qlnn": "quan ly nha nuoc",
    "qppl": "quy pham phap luat",
    "thads": "thi hanh an dan su",
    "ttds": "to tung dan su",
    "tthc": "thu tuc hanh chinh",
    "tths": "to tung hinh su",
    "vbqppl": "van ban quy pham phap luat",
    "vphc": "vi pham hanh chinh",
    "xhcn": "xa hoi chu nghia",
    # land, building, surroundings
    "bvmt": "bao ve moi truong",
    "bdkh": "bien doi khi hau",
    "dtm": "danh gia tac dong moi truong",
    "gcn": "giay chung nhan",
    "gcnqsdd": "giay chung nhan quyen su dung dat",
    "gpmb": "giai phong mat bang",
    "gpxd": "giay phep xay dung",
    "pccc": "phong chay chua chay",
    "qsdd": "quyen su dung dat",
}
EXPANSIONS = {short: tuple(long.split()) for short, long in _EXPANSIONS.items()}
# Short forms that the syllable pattern parts: KH&CN, KT-XH, TT&TT, GD&ĐT, KH,CN&ĐMST.
_PARTED = {
    "cnh hdh": "cong nghiep hoa hien dai hoa",
    "gd dt": "giao duc dao tao",
    "kh cn": "khoa hoc cong nghe",
    "kh dt": "ke hoach dau tu",
    "kt xh": "kinh te xa hoi",
    "nn ptnt": "nong nghiep phat trien nong thon",
    "r d": "nghien cuu phat trien",
    "tn mt": "tai nguyen moi truong",
    "tt tt": "thong tin truyen thong",
}
PARTED = {(short.split()[0], short.split()[1]): tuple(long.split()) for short, long in _PARTED.items()}
# «khoa học và công nghệ» and «khoa học, công nghệ» are one thing: the joining word carries nothing between these.
_JOINED = {("hoc", "cong"), ("tin", "truyen"), ("duc", "dao"), ("te", "xa"), ("hoach", "dau"), ("nguyen", "moi")}
_JOINED |= {("cuu", "phat"), ("nghiep", "phat"), ("thao", "du"), ("binh", "xa"), ("hoa", "hien")}
# «TW» in the number of a document, `57-NQ/TW`, names no authority of the sentence.
_OF_THE_PARTY = {"nq", "ct", "kl", "qd", "hd", "td", "bc", "cv", "tb", "qc"}
_CONCERNED = {*EXPANSIONS, *(first for first, _ in PARTED), "va"}


def is_one_name(before: str, after: str) -> bool:
    """Whether a `và` between these folded words stands inside a name: `Khoa học và Công nghệ`."""
    return (before, after) in _JOINED


def expand(terms: Sequence[str]) -> list[str]:
    """Folded terms with every known short form written out, and `và` dropped inside the names so written."""
    out: list[str] = []
    done = 0
    for start, stop, long in _short_forms(terms):
        out += terms[done:start]
        out += long
        done = stop
    out += terms[done:]
    return out


def expand_from(terms: Sequence[str]) -> list[tuple[str, int | None]]:
    """As `expand`, each term with its position in `terms`, or None where it comes of a short form."""
    out: list[tuple[str, int | None]] = []
    done = 0
    for start, stop, long in _short_forms(terms):
        out += zip(terms[done:start], range(done, start), strict=True)
        out += ((word, None) for word in long)
        done = stop
    out += zip(terms[done:], range(done, len(terms)), strict=True)
    return out


def _short_forms(terms: Sequence[str]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Where a short form starts and stops, and its long form; a `và` that joins nothing has an empty one."""
    done = 0
    for i in [i for i, term in enumerate(terms) if term in _CONCERNED]:  # few: indexing spends its time here
        if i < done or (terms[i] == "tw" and i and terms[i - 1] in _OF_THE_PARTY):
            continue
        pair = PARTED.get((terms[i], terms[i + 1])) if i + 1 < len(terms) else None
        joins = terms[i] == "va" and 0 < i < len(terms) - 1 and (terms[i - 1], terms[i + 1]) in _JOINED
        long = pair or EXPANSIONS.get(terms[i]) or (() if joins else None)
        if long is not None:
            done = i + (2 if pair else 1)
            yield i, done, long
