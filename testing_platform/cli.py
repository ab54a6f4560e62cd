"""The command line. Each command is a few lines here and the work elsewhere; `docs/commands.md` describes them all.

Exit codes: 0 done, 1 `verify` found something broken or `items lint` an error, 2 bad input or a setting to mend,
3 an estimate did not converge, or `verify` found nothing outside the database that proves anything.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy.exc import OperationalError

from itembank.errors import ItemBankError
from testing_platform import __version__, logs
from testing_platform.config import Settings, load
from testing_platform.database import current_revision, migrate, require_current
from testing_platform.errors import PlatformError
from testing_platform.wiring import build, utc_now

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; errors that a person can mend are told in words, without a traceback."""
    options = parser().parse_args(arguments)
    command: Command = options.command
    try:
        ended = command(options)
        sys.stdout.flush()
        sys.exit(ended)
    except (PlatformError, ItemBankError) as error:
        print(f"testing-platform: {error}", file=sys.stderr)
        sys.exit(2)
    except OperationalError as error:
        print(f"testing-platform: The database cannot be used: {error.orig}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:  # whoever reads what we print has read enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        sys.exit(130)


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = argparse.ArgumentParser(prog="testing-platform", description="Computer-based examinations.")
    top.add_argument("--version", action="version", version=f"testing-platform {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    serve = _add(commands, "serve", _serve, "serve the platform on this machine")
    serve.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to listen on (default: 8000)")

    _add_site(commands)

    worker = _add(commands, "worker", _worker, "do long jobs and close overdue attempts; serve starts one")
    worker.add_argument("--parent", type=int, help="stop when this process is no longer the parent")

    migrating = _add(commands, "migrate", _migrate, "bring the database to the newest revision")
    migrating.add_argument("--revision", default="head", help="another revision than the newest")

    _add(commands, "seed", _seed, "load the shipped blueprints, form specifications and items into the bank")

    _add_bank(commands)
    _add_checklist(commands)
    _add_blueprint(commands)
    _add_analysis(commands)
    _add_proofs(commands)

    demo = _add(commands, "demo", _demo, "play the whole loop on a database of its own, then serve it")
    demo.add_argument("--exit", action="store_true", dest="stop", help="stop after the summary")
    demo.add_argument("--data", type=Path, default=Path("data/demo"), help="folder of the demo (default: data/demo)")
    demo.add_argument("--port", type=int, default=8000, help="port to serve on (default: 8000)")
    return top


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, command: Command, help_text: str
) -> argparse.ArgumentParser:
    added = commands.add_parser(name, help=help_text, description=help_text[0].upper() + help_text[1:] + ".")
    added.set_defaults(command=command)
    return added


def _add_site(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from testing_platform.tls import command

    site = commands.add_parser("site", help="prepare a site", description="Prepare a site.")
    parts = site.add_subparsers(metavar="PART", required=True)
    command.add_arguments(_add(parts, "certificate", _certificate, "make or renew the certificate of this server"))


def _add_bank(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from testing_platform import items_command

    items_command.add_arguments(commands)


def _add_checklist(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from testing_platform import checklist_command

    checklist = commands.add_parser("checklist", help="the criteria of reviews", description="The criteria of reviews.")
    parts = checklist.add_subparsers(metavar="PART", required=True)
    show = _add(parts, "show", checklist_command.show, "print the criteria that new reviews are written with")
    load_part = _add(parts, "load", checklist_command.load, "write new reviews with another checklist from now on")
    checklist_command.add_arguments(show, load_part)


def _add_blueprint(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from testing_platform import blueprint_command

    blueprint = commands.add_parser("blueprint", help="read blueprints", description="Read blueprints.")
    parts = blueprint.add_subparsers(metavar="PART", required=True)
    show = _add(parts, "show", blueprint_command.show, "print blueprints with their indicators")
    coverage = _add(parts, "coverage", blueprint_command.coverage, "print how many items each indicator has")
    blueprint_command.add_arguments(show, coverage)


def _add_analysis(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from analysis.commands import analyze, calibrate, simulate

    analyze.add_arguments(_add(commands, "analyze", analyze.run, "analyse answers from a file, without a database"))
    calibrate.add_arguments(_add(commands, "calibrate", calibrate.run, "estimate item parameters from a file"))
    simulate.add_arguments(_add(commands, "simulate", simulate.run, "make a try-out whose truth is known"))


def _add_proofs(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verify = _add(commands, "verify", _verify, "prove how a sitting went, or name the first step that is broken")
    verify.add_argument("sitting", nargs="?", metavar="SITTING", help="public id of one sitting (default: all)")
    verify.add_argument(
        "--anchors",
        action="append",
        type=Path,
        default=[],
        metavar="PATH",
        help="file or folder of heads that were kept elsewhere, besides the server's own; may be given several times",
    )
    verify.add_argument("--receipt", type=Path, metavar="FILE", help="a candidate's receipt, to be held against it all")
    verify.add_argument("--json", action="store_true", help="write the verdict as JSON")
    _add(commands, "public-key", _public_key, "print the key by which others check what this installation signs")


def _settings(options: argparse.Namespace) -> Settings:
    given = {name: getattr(options, name, None) for name in ("host", "port")}
    return load(**{name: value for name, value in given.items() if value is not None})


def _serve(options: argparse.Namespace) -> int:
    from testing_platform.serving import serve

    serve(_settings(options))
    return 0


def _certificate(options: argparse.Namespace) -> int:
    from testing_platform.tls import command

    return command.run(options, load() if options.port is None else load(port=options.port))


def _worker(options: argparse.Namespace) -> int:
    from testing_platform.worker import Worker

    settings = load()
    logs.configure(settings)
    platform = build(settings)
    require_current(platform.database.engine)
    Worker(platform, parent=options.parent).run()
    return 0


def _migrate(options: argparse.Namespace) -> int:
    settings = load()
    settings.data.mkdir(parents=True, exist_ok=True)
    engine = build(settings).database.engine
    migrate(engine, options.revision)
    print(f"The database is at revision {current_revision(engine)}.")
    return 0


def _seed(_options: argparse.Namespace) -> int:
    from itembank.operations import seed_shipped_bank
    from registry.actor import SYSTEM

    database = build(load()).database
    require_current(database.engine)
    with database.transaction() as session:
        report = seed_shipped_bank(session, actor=SYSTEM, now=utc_now())
    print(
        f"Added {len(report.blueprints)} blueprints, {len(report.specifications)} form specifications and "
        f"{len(report.items)} items; {report.n_present} were there before and stay as they are."
    )
    if report.left_out:
        print(f"Left out, because this installation changed their indicators: {', '.join(report.left_out)}.")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from testing_platform import verifying

    return verifying.run(options)


def _public_key(_options: argparse.Namespace) -> int:
    print(build(load()).keys.public.hex())
    return 0


def _demo(options: argparse.Namespace) -> int:
    from testing_platform.demo.story import run

    run(folder=options.data, port=options.port, stop=options.stop)
    return 0
