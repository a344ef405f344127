"""What the demo's region file says about kinds of sources, and about single ones."""

from __future__ import annotations

__all__ = ["OF_KIND", "OF_SOURCE"]

#: Explanations of a kind, above its first source.
OF_KIND = {
    "gz": (
        "Art „xzufi“: eine Lieferung im Format XZuFi, als Datei, Archiv oder Ordner mit index.txt.",
        'silence = "absence": Was hier fehlt, gibt es nicht. silence = "nothing": Schweigen heißt nichts.',
    ),
    "csv": ("Art „list“: eine Tabelle. Welche Spalte was bedeutet, steht unter [source.columns].",),
    "log": (
        "Art „bereitstelldienst“: ein Strom von Änderungen, nur mit Zugang (docs/bereitstelldienst.md).",
        "Die erste Nacht liest alles, jede weitere nur, was seither kam.",
    ),
    "pvog": (
        "Art „pvog“: der Suchdienst des Portalverbunds, gefragt nach Gebiet und Schlüssel (docs/pvog.md).",
        "Er weiß nicht alles: Dass er nichts zeigt, heißt für sich allein nichts.",
    ),
    "citko": (
        "Art „portal“: Serviceportale eines bekannten Produkts, hier eines je Stadt (docs/portale.md).",
        "Was einen Antrag beginnt, wird nie geöffnet; dass das Portal den Link zeigt, ist der Beleg.",
    ),
    "liferay": (
        "Art „portal“ für eine einzige Kommune: location und ein Gebiet statt tenants.",
        "Dieses Profil kennt ein vollständiges Verzeichnis; darum bedeutet das Schweigen des Portals etwas.",
    ),
    "participation": (
        "Art „portal“ für eine Plattform mit einem Pfad je Kommune. Ein Vorhaben belegt eine Leistung.",
    ),
    "site": (
        "Art „site“: die eigene Website einer Kommune (docs/websites.md). lists sind die Seiten, die",
        "zusammen jede Leistung nennen; include, wenn angegeben, die Muster der Seiten über Leistungen.",
    ),
    "dashboard": (
        "Art „dashboard“: eine zweite Meinung (docs/zweite-meinung.md). Sie zählt für keine Zelle;",
        "„lueckenlos crosscheck“ zeigt, wo sie anderes sagt.",
    ),
}
#: Remarks on single sources.
OF_SOURCE = {
    "bund": "Beschreibt, was der Bund anbietet. Dass hier etwas fehlt, sagt über eine Stadt nichts.",
    "land-nrw": "Das Gleiche für das Land; ein Ordner mit index.txt und mehreren Dateien.",
    "kreis-recklinghausen": "Spricht nur für den Kreis, zeigt aber auch, was er für seine Städte betreibt.",
    "ost-vest": "Vier Städte mit gemeinsamer Redaktion; welche, zeigt die Lieferung selbst.",
    "gladbeck": "In der zweiten Nacht fehlt die Hälfte: die Lieferung wird angehalten.",
    "marl": "In der dritten Nacht bricht die Datei in der Mitte ab.",
    "bottrop": "Liefert in der ersten Nacht alles, danach nur noch Änderungen.",
    "gelsenkirchen": "Eine Umfrage. Was sie nicht enthält, wurde nie gefragt.",
    "gelsenkirchen-bau": "Vollständig, aber nur für ein Thema.",
    "herne": "In der ersten Nacht gestört: niemand weiß, was Herne anbietet.",
    "bereitstelldienst": "In der zweiten Nacht läuft der Zugang mittendrin ab und wird erneuert.",
    "pvog": "In der zweiten Nacht ist die alte Version abgeschaltet; der letzte gute Stand bleibt.",
    "serviceportale": "In der zweiten Nacht zeigt das Portal von Bottrop eine Fehlerseite (mit Status 200).",
    "portal-haltern-am-see": "In der zweiten Nacht eine Fehlerseite: Was fehlt, gilt dann nicht als Lücke.",
    "web-herten": "In der zweiten Nacht nicht erreichbar.",
    "web-gladbeck": "In der dritten Nacht gibt es keine robots.txt: Dann wird keine Seite geöffnet.",
}
