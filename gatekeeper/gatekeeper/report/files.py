"""The report as a file that can be mailed: HTML that needs nothing else, or PDF."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.report.figures import figures_for
from gatekeeper.report.page import Page, page_of
from gatekeeper.report.paper import pdf_of
from gatekeeper.settings import Settings
from gatekeeper_queue.school import School
from gatekeeper_queue.terms import Span

STYLES = Path(__file__).parents[1] / "web" / "static" / "report.css"
FORMATS = (".html", ".pdf")


def report_page(school: School, settings: Settings, span: Span) -> Page:
    """Count and word the report on these days."""
    with school.database.read() as session:
        figures = figures_for(school, session, span)
    return page_of(figures, settings.school_name)


def report_file(school: School, settings: Settings, span: Span, ending: str) -> bytes:
    """The report in the format of a file that ends so. Raises `ValueError` for another one."""
    if ending.lower() not in FORMATS:
        raise ValueError(f"The report can be written as {' or '.join(FORMATS)}, not '{ending}'.")
    page = report_page(school, settings, span)
    if ending.lower() == ".pdf":
        return pdf_of(page)
    from gatekeeper.web.site import make_templates

    template = make_templates(school, settings).get_template("files/report.html")
    return template.render(page=page, styles=STYLES.read_text(encoding="utf-8")).encode()
