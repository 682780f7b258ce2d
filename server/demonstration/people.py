"""The demonstration's staff: about fifty accounts of all roles, with logins one can guess and one password.

The password is published on purpose; a register filled by `demo` must never serve real citizens.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from protocol.complaint import Language
from protocol.settings import COORDINATION, Grant, Role
from server import accounts
from server.accounts import Account, NewAccount

PASSWORD = "Chekaya-Demo-2026"  # noqa: S105 (published with the demonstration accounts)
DOMAIN = "demo.test"

TEAM_ADMINISTRATION = "ONEE-EAU"
TEAM_UNIT = "ONEE-EAU-RSK"

_AGENT, _HEAD = (Role.AGENT,), (Role.SUPERVISOR, Role.VALIDATOR)
_BOSS = (*_HEAD, Role.AGENT)


@dataclass(frozen=True, slots=True)
class _Post:
    login: str
    name_fr: str
    name_ar: str
    roles: tuple[Role, ...]
    administration: str
    unit: str = ""
    language: Language = Language.FRENCH


_AR = Language.ARABIC
_TEAM = (
    _Post("agent.onee", "Leïla Bennis", "ليلى بنيس", _AGENT, TEAM_ADMINISTRATION, TEAM_UNIT),
    _Post("agent2.onee", "Omar Senhaji", "عمر الصنهاجي", _AGENT, TEAM_ADMINISTRATION, TEAM_UNIT, _AR),
    _Post("agent3.onee", "Karima Alaoui", "كريمة العلوي", _AGENT, TEAM_ADMINISTRATION, TEAM_UNIT),
    _Post(
        "superviseur.onee", "Nezha Fassi", "نزهة الفاسي",
        (Role.SUPERVISOR, Role.AGENT), TEAM_ADMINISTRATION, TEAM_UNIT,
    ),
    _Post(
        "validateur.onee", "Hassan Idrissi", "حسن الإدريسي",
        (Role.VALIDATOR,), TEAM_ADMINISTRATION, TEAM_UNIT,
    ),
    _Post("signataire.onee", "Abdelhak Tazi", "عبد الحق التازي", (Role.SIGNATORY,), TEAM_ADMINISTRATION),
    _Post("bureau.onee", "Zohra Naciri", "الزهرة الناصري", (Role.REGISTRY_CLERK,), TEAM_ADMINISTRATION),
    _Post("mediateur.onee", "Driss Kettani", "إدريس الكتاني", (Role.OMBUDSMAN_LIAISON,), TEAM_ADMINISTRATION),
    _Post("direction.onee", "Samia Berrada", "سامية برادة", _HEAD, TEAM_ADMINISTRATION, "", _AR),
    _Post("agent.onee-centre", "Mehdi Tahiri", "المهدي الطاهري", _AGENT, TEAM_ADMINISTRATION),
    _Post("coordination", "Samir Lahlou", "سمير لحلو", (Role.COORDINATION,), COORDINATION),
    _Post("coordination2", "Houda Chraïbi", "هدى الشرايبي", (Role.COORDINATION,), COORDINATION, "", _AR),
    _Post("administrateur", "Anas Filali", "أنس الفيلالي", (Role.ADMINISTRATOR,), COORDINATION),
    _Post("auditeur", "Malika Zerhouni", "مليكة الزرهوني", (Role.AUDITOR,), COORDINATION),
)  # fmt: skip

_PAIRS = (
    ("ONEE-ELEC", "elec", "Youssef Amrani", "يوسف العمراني", "Rachida Saadi", "رشيدة السعدي"),
    ("CNSS", "cnss", "Nadia Bouhaddou", "نادية بوحدو", "Khalid Rami", "خالد رامي"),
    ("SANTE", "sante", "Imane Sabri", "إيمان صبري", "Tarik Ouazzani", "طارق الوزاني"),
    ("EDUCATION", "education", "Brahim Oubella", "إبراهيم أوبلا", "Souad Drissi", "سعاد الدريسي"),
    ("DGCT", "communes", "Salma Cherkaoui", "سلمى الشرقاوي", "Said Jaouhari", "سعيد الجوهري"),
    ("DGSN", "dgsn", "Adil Rahmouni", "عادل الرحموني", "Hanane Kabbaj", "حنان القباج"),
    ("DGI", "dgi", "Ghizlane Slaoui", "غزلان السلاوي", "Hamid Benkirane", "حميد بنكيران"),
    ("ANCFCC", "ancfcc", "Ayoub Mernissi", "أيوب المرنيسي", "Latifa Hilali", "لطيفة الهلالي"),
    ("JUSTICE", "justice", "Loubna Sefrioui", "لبنى الصفريوي", "Nabil Iraqi", "نبيل العراقي"),
    ("INTERIEUR", "interieur", "Hicham Raji", "هشام الراجي", "Amina Filali", "أمينة الفيلالي"),
)
"""Administrations with an agent (first) and a supervisor (second)."""

_SINGLES = (
    ("SRM-CS", "srm-cs", "Othmane Najib", "عثمان نجيب"),
    ("ESRI", "esri", "Sanae Belhaj", "سناء بلحاج"),
    ("MAECAMRE", "consulats", "Zakaria Fahmi", "زكرياء فهمي"),
    ("TGR", "tgr", "Naïma Gharbi", "نعيمة الغربي"),
    ("ADII", "douane", "Mustapha Haddad", "مصطفى حداد"),
    ("CMR", "cmr", "Btissam Jebli", "ابتسام الجبلي"),
    ("NARSA", "narsa", "Jamal Laaroussi", "جمال العروسي"),
    ("TRANSPORT", "transport", "Asmae Ouali", "أسماء الوالي"),
    ("EQUIPEMENT", "equipement", "Lahcen Aït Ben Ali", "لحسن آيت بن علي"),
    ("ONCF", "oncf", "Meryem Qadiri", "مريم القادري"),
    ("BARID", "barid", "Noureddine Tounsi", "نور الدين التونسي"),
    ("ANRT", "anrt", "Chaïmae Zouiten", "شيماء الزويتن"),
    ("HABITAT", "habitat", "Ismaïl Daoudi", "إسماعيل الداودي"),
    ("AGRICULTURE", "agriculture", "Rkia Essaïdi", "رقية السعيدي"),
    ("EMPLOI", "emploi", "Rachid Lamrini", "رشيد المريني"),
    ("OFPPT", "ofppt", "Ikram Moutaouakil", "إكرام المتوكل"),
    ("SOLIDARITE", "solidarite", "Fatiha Nejjar", "فتيحة النجار"),
    ("ADM", "autoroutes", "Karim Ouahbi", "كريم وهبي"),
)
"""Administrations where one person does everything."""


def _posts() -> tuple[_Post, ...]:
    agents = tuple(_Post(f"agent.{short}", fr, ar, _AGENT, code) for code, short, fr, ar, _, _ in _PAIRS)
    bosses = tuple(
        _Post(f"superviseur.{short}", fr, ar, _BOSS, code, "", _AR) for code, short, _, _, fr, ar in _PAIRS
    )
    alone = tuple(_Post(f"agent.{short}", fr, ar, _BOSS, code) for code, short, fr, ar in _SINGLES)
    return (*_TEAM, *agents, *bosses, *alone)


def open_accounts(
    connection: Connection, now: datetime, entropy: Callable[[int], bytes]
) -> tuple[Account, ...]:
    """Open the accounts that are not there yet; all have PASSWORD. In the order of the table."""
    known = {account.login: account for account in accounts.every(connection)}
    password_hash = accounts.hash_password(PASSWORD)
    opened = []
    for post in _posts():
        login = f"{post.login}@{DOMAIN}"
        opened.append(
            known.get(login)
            or accounts.add(
                connection,
                NewAccount(
                    login=login,
                    name_fr=post.name_fr,
                    name_ar=post.name_ar,
                    language=post.language,
                    grants=tuple(
                        Grant(role=role, administration=post.administration, unit=post.unit)
                        for role in post.roles
                    ),
                    main_unit=post.unit,
                ),
                password_hash=password_hash,
                now=now,
                entropy=entropy,
            )
        )
    return tuple(opened)


@dataclass(frozen=True, slots=True)
class Staff:
    """Who can act on a complaint, by role."""

    people: Sequence[Account]
    _found: dict[tuple[Role, str, str], tuple[Account, ...]] = field(default_factory=dict)

    def of(self, role: Role, administration: str, unit: str) -> tuple[Account, ...]:
        """Accounts that hold `role` there: those of the unit first, then those of all units."""
        key = role, administration, unit
        if key not in self._found:
            self._found[key] = self._search(role, administration, unit)
        return self._found[key]

    def _search(self, role: Role, administration: str, unit: str) -> tuple[Account, ...]:
        found = [
            (grant.unit == "", one)
            for one in self.people
            for grant in one.grants
            if grant.role == role and grant.administration == administration and grant.unit in ("", unit)
        ]
        return tuple(one for _, one in sorted(found, key=lambda pair: pair[0]))
