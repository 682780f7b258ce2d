"""Thirty complaints as citizens write them, and the register around them: what fake_desk.py opens with."""

# ruff: noqa: E501 (whole paragraphs of citizens)

from dataclasses import dataclass

from protocol.directory import Administration, AnswerTemplate, Colleague, Profile, Theme, Unit
from protocol.settings import COORDINATION, Chain, Grant, Onboarding, Role, Settings, Staff

ONEE = "ONEE"
RABAT, SALE = "ONEE-CLI-RAB", "ONEE-RES-SAL"
ME = "u-bennis"

ADMINISTRATIONS = (
    Administration(
        code=ONEE,
        name_fr="Office national de l'électricité et de l'eau potable",
        name_ar="المكتب الوطني للكهرباء والماء الصالح للشرب",
        short_fr="ONEE",
        short_ar="المكتب الوطني للكهرباء والماء",
        sector="utilities",
        onboarding=Onboarding.OPERATIONAL,
        place_fr="Rabat",
        place_ar="الرباط",
        head_fr="Le Directeur général",
        head_ar="المدير العام",
    ),
    Administration(
        code="CNSS",
        name_fr="Caisse nationale de sécurité sociale",
        name_ar="الصندوق الوطني للضمان الاجتماعي",
        short_fr="CNSS",
        short_ar="الضمان الاجتماعي",
        sector="social",
        onboarding=Onboarding.OPERATIONAL,
    ),
    Administration(
        code="ANCFCC",
        name_fr="Agence nationale de la conservation foncière, du cadastre et de la cartographie",
        name_ar="الوكالة الوطنية للمحافظة العقارية والمسح العقاري والخرائطية",
        short_fr="ANCFCC",
        short_ar="المحافظة العقارية",
        sector="land",
        onboarding=Onboarding.OPERATIONAL,
    ),
    Administration(
        code="SANTE",
        name_fr="Ministère de la Santé et de la Protection sociale",
        name_ar="وزارة الصحة والحماية الاجتماعية",
        short_fr="Santé",
        short_ar="الصحة",
        sector="health",
        onboarding=Onboarding.OPERATIONAL,
    ),
    Administration(
        code="DGI",
        name_fr="Direction générale des impôts",
        name_ar="المديرية العامة للضرائب",
        short_fr="DGI",
        short_ar="الضرائب",
        sector="taxes",
        onboarding=Onboarding.OPERATIONAL,
    ),
    Administration(
        code="AREF-RSK",
        name_fr="Académie régionale d'éducation et de formation de Rabat-Salé-Kénitra",
        name_ar="الأكاديمية الجهوية للتربية والتكوين لجهة الرباط سلا القنيطرة",
        short_fr="AREF Rabat",
        short_ar="أكاديمية الرباط",
        sector="education",
        onboarding=Onboarding.IN_PREPARATION,
    ),
    Administration(
        code=COORDINATION,
        name_fr="Coordination nationale des réclamations",
        name_ar="التنسيق الوطني للشكايات",
        short_fr="Coordination",
        short_ar="التنسيق الوطني",
        onboarding=Onboarding.OPERATIONAL,
    ),
)

UNITS = (
    Unit(code=RABAT, administration=ONEE, name_fr="Service clientèle Rabat", name_ar="مصلحة الزبناء الرباط"),
    Unit(
        code=SALE,
        administration=ONEE,
        name_fr="Exploitation du réseau Salé",
        name_ar="مصلحة استغلال الشبكة سلا",
    ),
    Unit(code="CNSS-RAB", administration="CNSS", name_fr="Agence Rabat Agdal", name_ar="وكالة الرباط أكدال"),
    Unit(code="CN-TRI", administration=COORDINATION, name_fr="Cellule d'orientation", name_ar="خلية التوجيه"),
)

_PEOPLE = (
    (ME, "Leïla Bennis", "ليلى بنيس", (Role.AGENT, Role.SUPERVISOR, Role.VALIDATOR), RABAT),
    ("u-senhaji", "Omar Senhaji", "عمر الصنهاجي", (Role.AGENT,), RABAT),
    ("u-alaoui", "Karima Alaoui", "كريمة العلوي", (Role.AGENT,), RABAT),
    ("u-tahiri", "Mehdi Tahiri", "المهدي الطاهري", (Role.AGENT,), SALE),
    ("u-fassi", "Nezha Fassi", "نزهة الفاسي", (Role.SUPERVISOR, Role.VALIDATOR), SALE),
    ("u-idrissi", "Hassan Idrissi", "حسن الإدريسي", (Role.SIGNATORY,), ""),
)

COLLEAGUES = (
    *(
        Colleague(
            id=user,
            name_fr=french,
            name_ar=arabic,
            grants=tuple(Grant(role=role, administration=ONEE, unit=unit) for role in roles),
        )
        for user, french, arabic, roles, unit in _PEOPLE
    ),
    Colleague(
        id="u-coord",
        name_fr="Samir Lahlou",
        name_ar="سمير لحلو",
        grants=(Grant(role=Role.COORDINATION, administration=COORDINATION),),
    ),
)

THEMES = (
    Theme(code="water_supply", name_fr="Eau potable", name_ar="الماء الصالح للشرب", sector="utilities"),
    Theme(code="electricity_supply", name_fr="Électricité", name_ar="الكهرباء", sector="utilities"),
    Theme(code="billing", name_fr="Facturation", name_ar="الفوترة", sector="utilities"),
    Theme(code="connection", name_fr="Raccordement", name_ar="الربط بالشبكة", sector="utilities"),
    Theme(code="social_security", name_fr="Sécurité sociale", name_ar="الضمان الاجتماعي", sector="social"),
    Theme(code="land_registry", name_fr="Conservation foncière", name_ar="المحافظة العقارية", sector="land"),
    Theme(code="other", name_fr="Autre", name_ar="غير ذلك"),
)

TEMPLATES = (
    AnswerTemplate(
        id="t1",
        theme="water_supply",
        language="ar",
        title="أشغال على الشبكة",
        text="سيدتي، سيدي،\nجوابا عن شكايتكم، يشرفني أن أخبركم أن أشغال تقوية شبكة الماء جارية بحيكم.",
    ),
    AnswerTemplate(
        id="t2",
        theme="billing",
        language="ar",
        title="تصحيح الفاتورة",
        text="سيدتي، سيدي،\nجوابا عن شكايتكم، أخبركم أنه تقرر تصحيح فاتورتكم على أساس المؤشر المصرح به.",
    ),
    AnswerTemplate(
        id="t3",
        theme="billing",
        language="fr",
        title="Rectification de facture",
        text="Madame, Monsieur,\nEn réponse à votre réclamation, votre facture est rectifiée d'après l'index relevé.",
    ),
)


def settings() -> Settings:
    """The rule book of ONEE in these tests: agents answer directly."""
    return Settings(
        chain=Chain.DIRECT,
        operational=frozenset(a.code for a in ADMINISTRATIONS if a.onboarding == Onboarding.OPERATIONAL),
        units={unit.code: unit.administration for unit in UNITS},
        staff={person.id: Staff(id=person.id, grants=person.grants) for person in COLLEAGUES},
    )


def profile(user: str = ME) -> Profile:
    """The account of one of the COLLEAGUES; coordination works in CN."""
    person = next(person for person in COLLEAGUES if person.id == user)
    first = person.grants[0]
    return Profile(
        id=user,
        login=user.removeprefix("u-"),
        name_fr=person.name_fr,
        name_ar=person.name_ar,
        language="fr",
        grants=(*person.grants, Grant(role=Role.AGENT, administration=ONEE, unit=RABAT)),
        main_administration=first.administration,
        main_unit=first.unit,
    )


@dataclass(frozen=True, slots=True)
class Story:
    """A complaint to build: what was written, by whom, days left until due, and how far it got."""

    object: str
    text: str
    citizen: str
    place: str
    theme: str
    left: int
    stage: str
    administration: str = ONEE
    unit: str = RABAT
    channel: str = "portal"
    type: str = "complaint"
    urgent: bool = False
    files: tuple[str, ...] = ()


STORIES = (
    Story(
        "Raccordement refusé sans motif écrit",
        "Notre coopérative a demandé un branchement triphasé en mai. Le refus nous a été donné oralement au guichet, "
        "sans aucun écrit. Nous demandons le motif de cette décision et les voies de recours.",
        "Coopérative Al Amal", "Tiflet", "connection", -2, "in_progress", channel="walk_in", urgent=True,
    ),
    Story(
        "انقطاعات متكررة للماء منذ ثلاثة أسابيع",
        "أعاني منذ ثلاثة أسابيع من انقطاع الماء الصالح للشرب كل يوم من الساعة 8 صباحا إلى 6 مساء بحي السلام، زنقة 12. "
        "اتصلت بالوكالة مرتين (المرجع B-4471) دون أي جواب. لدي طفلان صغيران وأطلب إصلاح الوضع وتعويضي عن فاتورة شهر شتنبر.",
        "فاطمة الزهراء الإدريسي", "سلا", "water_supply", 8, "noted", files=("photo-robinet.jpg", "facture-septembre.pdf"),
    ),
    Story(
        "Facture estimée malgré relevé transmis",
        "J'ai transmis mon relevé (index 18 452) le 2 septembre par votre application. La facture d'octobre reste estimée "
        "à 1 240 DH, soit le double de ma consommation habituelle.",
        "Youssef Bennani", "Rabat", "billing", 11, "assigned", files=("releve-compteur.jpg",),
    ),
    Story(
        "انقطاع الكهرباء في دوار أولاد علي",
        "كاين انقطاع ديال الضو كل نهار من العصر حتى المغرب فالدوار، والثلاجات تخسرات والناس ما بقات عارفة شنو تدير. "
        "بغينا نعرفو فوقاش غادي يتصلح المحول.",
        "محمد العلوي", "سيدي قاسم", "electricity_supply", 14, "complement",
    ),
    Story(
        "Compteur en panne, index bloqué",
        "L'afficheur du compteur n° 4471-B est éteint depuis le 12 août ; l'index ne bouge plus et je crains un rappel.",
        "Karim Ouazzani", "Kénitra", "billing", 21, "elements",
    ),
    Story(
        "Remboursement de caution après résiliation",
        "Contrat résilié le 30 juin, compteur déposé le jour même. La caution de 800 DH ne m'a pas été rendue.",
        "Salma Tazi", "Rabat", "billing", 26, "in_progress",
    ),
    Story(
        "طلب تعويض عن تلف أجهزة منزلية",
        "بسبب ارتفاع مفاجئ في التيار الكهربائي ليلة 14 أكتوبر تلفت الثلاجة وجهاز التلفاز. أرفق محضر المعاينة وأطلب التعويض.",
        "خديجة برادة", "الرباط", "electricity_supply", 29, "assigned", files=("محضر-معاينة.pdf",),
    ),
    Story(
        "Fuite sur la voie publique non réparée",
        "Une fuite coule devant le n° 18 de la rue Oued Sebou depuis dix jours, malgré trois appels au centre.",
        "Association Hay Salam", "Salé", "water_supply", 33, "in_progress", channel="phone",
    ),
    Story(
        "Erreur de nom sur le contrat d'abonnement",
        "Mon contrat porte « Chraïbi Nadir » au lieu de « Chraïbi Nadia ». La banque refuse le prélèvement.",
        "Nadia Chraïbi", "Skhirate", "billing", 37, "in_progress",
    ),
    Story(
        "تأخر في إصلاح عمود كهربائي مائل",
        "عمود كهربائي مائل أمام مدرسة ابن خلدون يشكل خطرا على التلاميذ. بلغنا عنه منذ شهر دون تدخل.",
        "عبد الرحيم الفيلالي", "تمارة", "electricity_supply", 41, "elements", urgent=True,
    ),
    Story(
        "Délai de branchement d'un local commercial",
        "Devis payé le 3 octobre (4 600 DH), aucun rendez-vous de pose n'est encore fixé pour mon local.",
        "Société Atlas Froid", "Rabat", "connection", 45, "in_progress", channel="email",
    ),
    Story(
        "Attestation de non-redevance non délivrée",
        "Je demande depuis trois semaines une attestation de non-redevance pour la vente de mon appartement.",
        "Hamid Serghini", "Salé", "billing", 52, "assigned",
    ),
    Story(
        "فاتورة مرتفعة بعد تغيير العداد",
        "بعد تغيير العداد في شهر غشت توصلت بفاتورة قدرها 2.350 درهما رغم أن المنزل كان فارغا. أطلب مراجعة المؤشر.",
        "سعيد أمزيان", "الخميسات", "billing", -11, "in_progress",
    ),
    Story(
        "Coupure sans préavis pour une facture payée",
        "L'électricité a été coupée le 4 novembre alors que la facture était payée le 28 octobre (reçu joint).",
        "Rachid El Amrani", "Témara", "electricity_supply", 3, "in_progress", urgent=True, files=("recu-paiement.pdf",),
    ),
    Story(
        "ماء عكر ذو رائحة كريهة",
        "منذ أسبوع والماء يخرج من الصنبور بلون بني ورائحة كريهة في إقامة الياسمين. نطلب تحليل جودة الماء على وجه الاستعجال.",
        "ودادية إقامة الياسمين", "سلا", "water_supply", 5, "assigned", urgent=True,
    ),
    Story(
        "Agence fermée aux heures affichées",
        "L'agence de l'avenue Hassan II était fermée mardi à 15 h, bien que l'affiche indique 16 h 30.",
        "Mounia Kabbaj", "Rabat", "other", 48, "unassigned", type="observation",
    ),
    Story(
        "طلب ربط منزل قروي بشبكة الماء",
        "نحن خمس عائلات بدوار آيت بوزيد نطلب الربط الفردي بشبكة الماء الصالح للشرب، وقد أودعنا الملف كاملا في شهر يونيو.",
        "الحسين آيت بوزيد", "تيفلت", "connection", 17, "unassigned", channel="mail",
    ),
    Story(
        "Double prélèvement de la facture de septembre",
        "Deux prélèvements de 486,20 DH le 5 et le 6 octobre pour la même facture.",
        "Imane Berrada", "Rabat", "billing", 22, "unassigned",
    ),
    Story(
        "Lampadaires éteints rue Ibn Sina",
        "Toute la rue est dans le noir depuis la tempête du 9 novembre ; deux agressions ont déjà eu lieu.",
        "Comité de quartier Agdal", "Rabat", "electricity_supply", 46, "unassigned", channel="call_centre",
    ),
    Story(
        "انخفاض ضغط الماء في الطوابق العليا",
        "ضغط الماء ضعيف جدا من الطابق الثالث فما فوق، ولا يصل الماء إلا بعد منتصف الليل.",
        "نعيمة الصقلي", "الرباط", "water_supply", 38, "unassigned",
    ),
    Story(
        "Proposer le paiement par téléphone mobile",
        "Le paiement mobile interbancaire existe déjà ailleurs ; il éviterait les files d'attente en agence.",
        "Anas Ziani", "Rabat", "billing", 50, "unassigned", type="suggestion",
    ),
    Story(
        "Poteau tombé sur un chemin agricole",
        "Le poteau est couché avec ses fils depuis lundi, les troupeaux passent à côté.",
        "Bouazza Hammou", "Sidi Slimane", "electricity_supply", 1, "unassigned", urgent=True, channel="phone",
    ),
    Story(
        "تأخر تسليم شهادة الإبراء",
        "أودعت طلب شهادة الإبراء يوم 20 أكتوبر ولم أتوصل بها إلى اليوم رغم أداء جميع الفواتير.",
        "زينب الوزاني", "الرباط", "billing", 30, "colleague",
    ),
    Story(
        "Index relevé à la mauvaise adresse",
        "Le releveur a inversé les compteurs des appartements 3 et 4 : nous payons la consommation du voisin.",
        "Driss Lamrani", "Salé", "billing", 9, "colleague",
    ),
    Story(
        "تسرب مياه قرب مدرسة ابتدائية",
        "تسرب كبير للمياه أمام باب المدرسة منذ خمسة أيام، والتلاميذ يمرون وسط الوحل.",
        "جمعية آباء التلاميذ", "سلا", "water_supply", 27, "answered",
    ),
    Story(
        "Changement de titulaire du contrat",
        "Après le décès de mon père, je souhaite mettre le contrat à mon nom ; pièces jointes.",
        "Ilham Cherkaoui", "Rabat", "billing", 34, "answered", files=("acte-deces.pdf", "cin-heritiere.pdf"),
    ),
    Story(
        "تأخر صرف التعويضات العائلية",
        "لم أتوصل بالتعويضات العائلية منذ شهر يوليوز رغم أن المشغل صرح بي بانتظام.",
        "حفيظة بنعمر", "الدار البيضاء", "social_security", 40, "triage", administration=COORDINATION, unit="",
    ),
    Story(
        "Titre foncier non mis à jour après héritage",
        "La réquisition déposée en mars à la conservation d'Agdal n'a reçu aucune suite.",
        "Abdellatif Naciri", "Rabat", "land_registry", 44, "triage", administration=COORDINATION, unit="",
    ),
    Story(
        "غياب طبيب بالمركز الصحي القروي",
        "المركز الصحي بدوار تيزي بلا طبيب منذ ثلاثة أشهر، والممرضة وحدها لا تستطيع استقبال جميع المرضى.",
        "سكان دوار تيزي", "أزيلال", "other", 19, "triage", administration=COORDINATION, unit="",
    ),
    Story(
        "Bourse universitaire jamais versée",
        "Admise boursière en octobre, je n'ai rien reçu ; l'office, la banque et la faculté se renvoient le dossier.",
        "Chaimae Rifi", "Fès", "other", 53, "triage", administration=COORDINATION, unit="", channel="mobile",
    ),
)  # fmt: skip
"""In the order of the rail's first queue; `stage` is read by fake_desk.build."""
