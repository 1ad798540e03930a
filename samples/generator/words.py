"""Words for random pages. All names and journals are invented."""

from __future__ import annotations

TOPICS = (
    "Evening light and rest", "Hedgerow width and songbirds", "School gardens and vegetables", "Tidal pools",
    "Bread with ancient grains", "Walking meetings", "Urban moss", "Shared bicycles and commuting", "Honeybee foraging",
    "Library visits and wellbeing", "Rain gardens", "Peat restoration", "Choir singing and breathing", "River otters",
    "Soil fungi under oak", "Reading aloud to toddlers", "Cold-water seagrass", "Slow tourism", "Community kitchens",
    "Roof insulation and warmth", "Owl migration", "Handwriting and recall", "Lake ice", "Volunteer weather records",
    "Low-cost air sensors", "Dune grasses", "Village bakeries", "Balcony tomatoes", "Knitting circles", "Night buses",
)  # fmt: skip
SETTINGS = (
    "in fourteen coastal towns", "across three valleys", "among first-year students", "in northern lowlands",
    "on small islands", "after mild winters", "in shared housing", "along restored rivers", "at high altitude",
    "in rural clinics", "near old orchards", "during long summers", "in mid-sized cities", "among retired teachers",
)  # fmt: skip
STUDIES = (
    "a cohort study", "a systematic review", "a field experiment", "a qualitative study", "a mixed-methods study",
    "evidence from diaries", "a ten-year record", "a cross-sectional survey", "a pilot trial", "lessons & limits",
)  # fmt: skip
SOURCES = (
    "Light, Health & Society", "Journal of Hedgerow Ecology", "Annals of Gentle Engineering", "Quiet Places",
    "Proceedings of the Lakeland Academy of Sciences", "Open Garden Research", "Acta Limnologica Inventa",
    "Commons & Cities (Online Edition)", "Slow Science Letters", "Bulletin of Rural Medicine", "Tideline",
    "International Journal of Everyday Mobility", "Reviews in Bread Science", "Nordic Notes on Peat (0000001X)",
    "Archives of Family Reading", "Weather, Water and Soil",
)  # fmt: skip
GIVEN = (
    "Maren", "Tobias", "Ilse", "Noor", "Jonas", "Amara", "Yuki", "Petra", "Oluwaseun", "Léa", "Miguel", "Hana",
    "Søren", "Ines", "Dmitri", "Farida", "Callum", "Wei", "Zofia", "Arjun", "Marta", "Elif", "Tomás", "Greta",
)  # fmt: skip
FAMILY = (
    "Aldous", "Okonjo-Reyes", "van Dremmel", "Hartwick", "Sabbagh", "Lindqvist", "Moreau", "Takeda", "Brennock",
    "Kowalik", "Iyer", "Fernhill", "Oduya", "Castellane", "Marlow", "Petrak", "Sørholt", "Quillfeather", "Banerjee",
    "Duarte", "Wexford", "Nakagawa-Lund", "Ó Ceallaigh", "Zeller",
)  # fmt: skip
SENTENCES = (
    "We followed {n} households over {m} seasons.",
    "Participants kept diaries, and {p}% returned all of them.",
    "The effect was small but steady (95% CI {m} to {n}).",
    "No difference was seen between neighbouring sites.",
    "These findings suggest that modest changes can last.",
    "Data came from {n} volunteers in {m} places.",
    "Earlier work had disagreed about the direction of the effect.",
    "We describe the method in full and share all materials.",
    "Of the {n} samples, {p}% could be read twice.",
    "What remains unknown is how long the change holds.",
    "Costs stayed below {n} a year for each site.",
    "Interviews showed that people valued the quiet most.",
)
COUNTRIES = (
    "United States", "United Kingdom", "Germany", "Spain", "Brazil", "Canada", "Japan", "India", "Portugal", "Norway",
    "Iran, Islamic Republic of", "Korea, Republic of", "South Africa", "Mexico", "France", "Australia", "Chile",
)  # fmt: skip
TYPES = (
    "Members of the public",
    "Scientists",
    "Practitioners (doctors, other healthcare professionals)",
    "Science communicators (journalists, bloggers, editors)",
)
STATUSES = (
    "Student > Ph. D. Student", "Researcher", "Student > Master", "Student > Bachelor", "Student > Doctoral Student",
    "Professor > Associate Professor", "Professor", "Lecturer > Senior Lecturer", "Student > Postgraduate",
)  # fmt: skip
DISCIPLINES = (
    "Agricultural and Biological Sciences", "Medicine and Dentistry", "Psychology", "Social Sciences", "Engineering",
    "Environmental Science", "Biochemistry, Genetics and Molecular Biology", "Nursing and Health Professions",
    "Business, Management and Accounting", "Earth and Planetary Sciences", "Computer Science", "Arts and Humanities",
)  # fmt: skip
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
HOSTS = ("www.altmetric.com", "www.altmetric.com", "www.altmetric.com", "bmc.altmetric.com", "plos.altmetric.com")

UNITS = {
    "news": ("news outlet", "news outlets"),
    "blogs": ("blog", "blogs"),
    "policy": ("policy source", "policy sources"),
    "twitter": ("X user", "X users"),
    "patent": ("patent", "patents"),
    "peer_reviews": ("peer review site", "peer review sites"),
    "weibo": ("weibo user", "weibo users"),
    "facebook": ("Facebook page", "Facebook pages"),
    "wikipedia": ("Wikipedia page", "Wikipedia pages"),
    "googleplus": ("Google+ user", "Google+ users"),
    "reddit": ("Redditor", "Redditors"),
    "f1000": ("research highlight platform", "research highlight platforms"),
    "video": ("YouTube creator", "YouTube creators"),
    "q&a": ("Q&A thread", "Q&A threads"),
    "bluesky": ("Bluesky user", "Bluesky users"),
}
OLD_UNITS = {"twitter": ("tweeter", "tweeters"), "video": ("video uploader", "video uploaders")}
FREQUENCY = {
    "news": (0.35, 1.0),
    "blogs": (0.41, 0.5),
    "policy": (0.16, 0.3),
    "twitter": (0.77, 2.0),
    "patent": (0.05, 0.3),
    "peer_reviews": (0.04, 0.0),
    "weibo": (0.05, 0.2),
    "facebook": (0.40, 0.6),
    "wikipedia": (0.19, 0.5),
    "googleplus": (0.15, 0.4),
    "reddit": (0.10, 0.3),
    "f1000": (0.02, 0.0),
    "video": (0.09, 0.2),
    "q&a": (0.03, 0.0),
    "bluesky": (0.08, 1.0),
}
"""The share of pages that have a source, and how its counts grow with the score (log-normal)."""
