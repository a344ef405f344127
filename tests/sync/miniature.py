"""A reference small enough to be seen at a glance: seven areas, six services, who is competent.

========  ====================  ==================  =================================
ozg_id    service               theme               competent
========  ====================  ==================  =================================
10110     Abfallentsorgung      Bauen & Wohnen      every municipality
10120     Hundesteuer           Hobby & Engagement  every municipality
10130     Jagdschein            Hobby & Engagement  Kreise and kreisfreie Städte
10140     Bewohnerparken        Mobilität & Reisen  every municipality
10150     Altersrente           Arbeit & Ruhestand  the Bund
10160     Kulturförderung       Hobby & Engagement  not known well enough (unresolved)
========  ====================  ==================  =================================
"""

from __future__ import annotations

from catalogue.reference import import_reference
from catalogue.store import Store

__all__ = [
    "BOTTROP",
    "DORSTEN",
    "GLADBECK",
    "KREIS",
    "LAND",
    "import_miniature",
]

LAND = "050000000000"
KREIS = "055620000000"
BOTTROP = "055120000000"
GLADBECK = "055620014014"
DORSTEN = "055620012012"

_TABLES = {
    "area": """\
level,ars,name,parent_ars,kreisfrei,municipal_status
bund,000000000000,Deutschland,,0,
land,050000000000,Nordrhein-Westfalen,000000000000,0,
kreis,055120000000,Bottrop,050000000000,1,
gemeinde,055120000000,Bottrop,055120000000,1,kreisfreie_stadt
kreis,055620000000,Recklinghausen,050000000000,0,
gemeinde,055620014014,Gladbeck,055620000000,0,grosse_kreisangehoerige_stadt
gemeinde,055620012012,Dorsten,055620000000,0,mittlere_kreisangehoerige_stadt
""",
    "ozg_service": """\
ozg_id,title,theme
10110,Abfallentsorgung,Bauen & Wohnen
10120,Hundesteuer,Hobby & Engagement
10130,Jagdschein,Hobby & Engagement
10140,Bewohnerparken,Mobilität & Reisen
10150,Altersrente,Arbeit & Ruhestand
10160,Kulturförderung,Hobby & Engagement
""",
    "leika_service": """\
leika_key,name,ozg_id
99001009004000,Sperrmüll Entsorgung,10110
99001001002000,Abfallgebühr Festsetzung,10110
99102013104000,Hundesteuer Anmeldung,10120
99057001001000,Jagdschein Erteilung,10130
99108001001000,Bewohnerparkausweis Ausstellung,10140
99091001001000,Altersrente Gewährung,10150
99088001001000,Kulturförderung Bewilligung,10160
""",
    "competence": """\
land,ozg_id,primary_tier,confidence
05,10110,gemeinde,hoch
05,10120,gemeinde,hoch
05,10130,kreis,hoch
05,10140,gemeinde,hoch
05,10150,bund,hoch
05,10160,gemeinde,niedrig
""",
}


def import_miniature(store: Store, **changed: str) -> None:
    """Import the reference; ``changed`` gives other content for tables by name."""
    for table, content in {**_TABLES, **changed}.items():
        import_reference(
            store,
            table,
            content.encode(),
            origin="invented",
            licence="none",
            as_of="2025-01-01",
            replace=table in changed,
        )
