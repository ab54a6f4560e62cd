"""The pages, one module per area of work. A view parses, calls one operation, and presents."""

from flask import Blueprint


def blueprints() -> list[Blueprint]:
    """All areas, in the order in which they are registered."""
    from testing_platform.web import (
        admin,
        analysis_pages,
        auth,
        authoring,
        authoring_typing,
        bank,
        blueprints_map,
        blueprints_pages,
        emergency,
        forms,
        home,
        outage_approval,
        outages,
        proctoring,
        receipts,
        results,
        review,
        room_notes,
        room_papers,
        runner,
        scoring,
        seals,
        site_setup,
        sitting_accommodations,
        sittings,
        tasks,
    )

    return [
        home.bp,
        auth.bp,
        runner.bp,
        bank.bp,
        blueprints_map.bp,
        blueprints_pages.bp,
        tasks.bp,
        authoring.bp,
        authoring_typing.bp,
        review.bp,
        forms.bp,
        scoring.bp,
        results.bp,
        site_setup.bp,
        receipts.bp,
        seals.bp,
        admin.bp,
        sittings.bp,
        sitting_accommodations.bp,
        proctoring.bp,
        outages.bp,
        outage_approval.bp,
        emergency.bp,
        room_notes.bp,
        room_papers.bp,
        analysis_pages.bp,
    ]
