"""The demo's story, told once from top to bottom: bank, try-out, analysis, curation, operational sitting, release.

Staff acts are the operations that the pages call, done by the demo's own accounts. Candidates' acts go through the
running server, by the runner's contract. Nothing here is computed that the platform does not compute for everybody.
"""

import os
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, object_session

from exam.model import Enrolment, Form, Purpose, Score, ScoringRun, Sitting, Step
from exam.operations import release, scoring
from exam.operations.forms import assemble_form, create_administration
from exam.operations.sittings import open_sitting
from itembank import queries as bank
from itembank.model import CurationAct, ItemStatistics
from itembank.operations import PROPOSED, decide_verdict
from testing_platform import jobs
from testing_platform.config import PREFIX, Settings, load
from testing_platform.database import migrate
from testing_platform.demo import database_file
from testing_platform.demo.bank import furnish_bank
from testing_platform.demo.cast import Cast, invite
from testing_platform.demo.planted import PLANTED
from testing_platform.demo.population import TRYOUT_ABILITY, Population
from testing_platform.demo.progress import Progress
from testing_platform.demo.rooms import RoomPlan, prepare, sit
from testing_platform.demo.server import Server, ended_in_order
from testing_platform.demo.summary import OpenRoom, Outcome, VerdictLine, tell
from testing_platform.wiring import Platform, build, utc_now

TRYOUT_PER_FORM = 300
OPERATIONAL = 200
OPERATIONAL_ABILITY = 0.7  # people who come prepared; the try-out's stood at 0.2


def run(*, folder: Path, port: int, stop: bool) -> None:
    """Play the story on a fresh database in a folder, then serve it until Ctrl+C unless told to stop."""
    started = time.monotonic()
    platform, server = _prepared(folder, port)
    story = Story(platform, server)
    cast, population = story.furnish()  # before the server starts, which would otherwise invite its own first admin
    with ended_in_order(), story.server as server:
        outcome = story.play(cast, population)
        tell(outcome, seconds=time.monotonic() - started, origin=server.origin, is_staying=not stop)
        if not stop:
            server.wait()
    platform.database.dispose()


def _prepared(folder: Path, port: int) -> tuple[Platform, Server]:
    # Whatever can be refused is refused before the demo of before is thrown away.
    database_file.require_demo(folder)
    settings = _settings(folder, port)
    server = Server(settings)
    server.refuse_taken_port()
    database_file.rebuild(settings.data)
    platform = build(settings)
    migrate(platform.database.engine)
    database_file.mark_as_demo(platform.database)
    return platform, server


def _settings(folder: Path, port: int) -> Settings:
    # Settings of a real installation in this shell's environment must not leak into the demo.
    ours = {name: value for name, value in os.environ.items() if name == PREFIX + "LOG_LEVEL"}
    return load(ours, data=folder, port=port, secret=SecretStr(""))


@dataclass
class Story:
    """The loop, act by act; each stage leaves what the next one needs."""

    platform: Platform
    server: Server
    progress: Progress = field(default_factory=Progress)

    def furnish(self) -> tuple[Cast, Population]:
        """The bank and the people."""
        with (
            self.progress.stage(
                "Bank: blueprints, the shipped items (four of them spoiled), an account for every role"
            ),
            self.platform.database.transaction() as session,
        ):
            cast = invite(session, now=utc_now())
            return cast, Population(furnish_bank(session, cast, now=utc_now()))

    def play(self, cast: Cast, population: Population) -> Outcome:
        """The whole loop."""
        with self.progress.stage("Try-out: two overlapping forms that cover every indicator, six rooms"):
            tryout, forms = self._assemble(cast, "UC-1", "Uji coba 1", Purpose.TRYOUT, codes=("UC-1-A", "UC-1-B"))
            rooms = [
                plan
                for number, form in enumerate(forms)
                for plan in prepare(
                    self.platform,
                    cast,
                    form,
                    title=f"Uji coba, paket {form.code}",
                    n_candidates=TRYOUT_PER_FORM,
                    first_number=1 + number * TRYOUT_PER_FORM,
                )
            ]
        self._sit(rooms, population, ability=TRYOUT_ABILITY, what="Try-out")
        with self.progress.stage("Analysis: classical, Rasch, 2PL, verdicts") as stage:
            arguments = {"administration": str(tryout)}
            jobs.analyse_administration(self.platform, arguments, cast.psychometrician.account_id, stage.percent)
        with self.progress.stage("Curation: the psychometrician accepts every verdict, items move"):
            verdicts = self._curate(cast, tryout)
        with self.progress.stage("Operational form of operational items, three rooms"):
            _, (form,) = self._assemble(cast, "UT-1", "Uji tulis 1", Purpose.OPERATIONAL, codes=("UT-1-A",))
            first = 1 + 2 * TRYOUT_PER_FORM
            plans = prepare(self.platform, cast, form, title="Uji tulis", n_candidates=OPERATIONAL, first_number=first)
        self._sit(plans, population, ability=OPERATIONAL_ABILITY, what="Operational sitting")
        with self.progress.stage("Key check by two people, scoring run, release by two people"):
            scored = self._decide(cast, form)
        with self.progress.stage("A room that stays open"):
            open_room = self._open_a_room(cast, forms[0])
        return self._outcome(cast, verdicts, scored=scored, open_room=open_room, plans=plans)

    def _assemble(
        self, cast: Cast, code: str, title: str, purpose: Purpose, *, codes: Sequence[str]
    ) -> tuple[uuid.UUID, list[Form]]:
        with self.platform.database.transaction() as session:
            now = utc_now()
            administration = create_administration(
                session, code=code, title=title, purpose=purpose, actor=cast.bank_manager, now=now
            )
            forms = [
                assemble_form(
                    session,
                    administration=administration,
                    specification_code="uji-tulis-40",
                    code=form_code,
                    title=f"{title}, paket {form_code[-1]}",
                    seed=seed,
                    purpose=purpose,
                    actor=cast.bank_manager,
                    now=now,
                    keys=self.platform.keys,
                    allow_demo=True,
                )
                for seed, form_code in enumerate(codes, start=1)
            ]
            return administration.public_id, forms

    def _sit(self, plans: Sequence[RoomPlan], population: Population, *, ability: float, what: str) -> None:
        for number, plan in enumerate(plans, start=1):
            with self.progress.stage(f"{what}: room {number} of {len(plans)}, {len(plan.cards)} candidates") as stage:
                sit(
                    self.platform,
                    self.server,
                    plan,
                    population,
                    ability=ability,
                    seed=plan.sitting,
                    report=stage.percent,
                )

    def _curate(self, cast: Cast, administration: uuid.UUID) -> list[VerdictLine]:
        with self.platform.database.transaction() as session:
            return [
                self._accept(cast, statistics) for statistics in bank.administration_statistics(session, administration)
            ]

    def _accept(self, cast: Cast, statistics: ItemStatistics) -> VerdictLine:
        session = object_session(statistics)
        assert session is not None  # noqa: S101 - read in the transaction of the caller
        target = PROPOSED[statistics.verdict][0]
        decide_verdict(
            session,
            statistics,
            act=CurationAct.ACCEPTED,
            target=target,
            reason="",
            actor=cast.psychometrician,
            now=utc_now(),
        )
        code = statistics.version.item.code
        planted = {plant.code: plant.explanation for plant in PLANTED}
        reasons = tuple(dict.fromkeys(str(reason["code"]) for reason in statistics.reasons))
        return VerdictLine(code, planted.get(code, ""), statistics.verdict, target.value, reasons)

    def _decide(self, cast: Cast, form: Form) -> uuid.UUID:
        database = self.platform.database
        with database.transaction() as session:
            held = session.get_one(Form, form.id)
            keys = scoring.propose_key_set(
                session, held, changes=[], reason="", actor=cast.psychometrician, now=utc_now()
            )
            for signer in (cast.committee, cast.second_committee):
                scoring.sign_key_set(session, keys, digest=keys.digest, actor=signer, now=utc_now())
        scored = jobs.score_form(database, form.public_id, actor=cast.psychometrician, now=utc_now())
        with database.transaction() as session:
            run_ = session.scalars(select(ScoringRun).where(ScoringRun.public_id == scored)).one()
            proposed = release.propose_release(session, run_, digest=run_.digest, actor=cast.committee, now=utc_now())
            release.approve_release(session, proposed, digest=run_.digest, actor=cast.second_committee, now=utc_now())
        return scored

    def _open_a_room(self, cast: Cast, form: Form) -> OpenRoom:
        plan = prepare(
            self.platform,
            cast,
            form,
            title="Ruang terbuka untuk mencoba",
            n_candidates=2 * len(cast.sites),
            first_number=1 + 2 * TRYOUT_PER_FORM + OPERATIONAL,
        )[0]
        with self.platform.database.transaction() as session:
            sitting = session.get_one(Sitting, plan.sitting)
            open_sitting(session, sitting, actor=plan.proktor, now=utc_now())
            cards = tuple((card.participant_number, card.pin) for card in plan.cards)
            return OpenRoom(title=sitting.title, start_code=plan.start_code, cards=cards)

    def _outcome(
        self,
        cast: Cast,
        verdicts: list[VerdictLine],
        *,
        scored: uuid.UUID,
        open_room: OpenRoom,
        plans: Sequence[RoomPlan],
    ) -> Outcome:
        with self.platform.database.reading() as session:
            run_ = (
                session.scalars(
                    select(ScoringRun)
                    .where(ScoringRun.public_id == scored)
                    .options(joinedload(ScoringRun.scores).joinedload(Score.attempt)),
                )
                .unique()
                .one()
            )
            raws = [score.raw_score for score in run_.scores]
            passing = -(-run_.pass_percent * run_.n_scored_items // 100)
            nearest = min(run_.scores, key=lambda score: abs(score.raw_score - passing))
            shown = session.get_one(Enrolment, nearest.attempt.enrolment_id)
            card = next(c for plan in plans for c in plan.cards if c.participant_number == shown.participant_number)
            return Outcome(
                n_steps=session.scalar(select(func.count()).select_from(Step)) or 0,
                n_tryout=2 * TRYOUT_PER_FORM,
                verdicts=verdicts,
                n_scored=run_.n_attempts,
                n_passed=run_.n_passed,
                mean_score=100 * sum(raws) / len(raws) / run_.n_scored_items,
                standard_error=nearest.standard_error or 0.0,
                p_true_pass_at_cut=nearest.p_true_pass,
                alpha=run_.uncertainty.get("alpha"),
                result_card=(card.participant_number, card.result_code),
                open_room=open_room,
                accounts=cast.accounts,
                password=cast.password,
            )
