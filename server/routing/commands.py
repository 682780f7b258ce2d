"""`chekaya-server route …`: learn from texts, files and corrections; look into a decision; measure it.

What a person does with the versions (list, shadow, promote, retire) is in `version_commands`.
"""

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from protocol.settings import COORDINATION
from resources.catalogue import LANGUAGES
from server import directory
from server.commands import CommandFailed, add_data_options, opened
from server.routing import corrections, evaluation, making, shelf, training, version_commands, versions
from server.routing.keywords import BadRules
from server.routing.lessons import Lesson, gather, of_samples
from server.routing.live import FOLDER, installed
from server.routing.model import BadModel, Model
from server.routing.router import Why
from server.routing.samples import BadSamples, Samples, read_samples
from server.routing.training import OneLabelOnly
from server.routing.versions import State
from server.routing.wording import Wording

Action = Callable[[argparse.Namespace, Wording], int]


def add_parser(subparsers: Any) -> None:
    """Add `route` and its actions."""
    route = subparsers.add_parser("route", help="routing by content: train, evaluate, explain, versions")
    actions = route.add_subparsers(dest="action", required=True, metavar="ACTION")
    training_ = actions.add_parser("train", help="make a model: own texts, CSV files, people's corrections")
    training_.add_argument("--csv", type=Path, nargs="+", default=[], metavar="FILE.csv")
    training_.add_argument("--with-corrections", action="store_true", help="learn what people moved")
    training_.add_argument("--skip-faults", action="store_true", help="pass over faulty lines and count them")
    training_.add_argument("--as", dest="use", choices=["ready", "shadow"], default="ready")
    training_.set_defaults(act=_train)
    explaining = actions.add_parser("explain", help="where a text would go, and the words that decided")
    explaining.add_argument("text", help="the text; - reads standard input")
    explaining.add_argument("--theme", default="", metavar="CODE")
    explaining.add_argument("--region", default="", metavar="CODE", help="HCP code, two digits")
    explaining.set_defaults(act=_explain)
    _add_evaluate(actions)
    version_commands.add_parsers(actions)
    for name, action in actions.choices.items():
        if name != "evaluate":
            add_data_options(action)
        action.add_argument("--language", choices=LANGUAGES, default="", help="of what is said")
    route.set_defaults(run=run)


def _add_evaluate(actions: Any) -> None:
    measuring = actions.add_parser("evaluate", help="measure on texts kept apart from a CSV file")
    measuring.add_argument("--csv", type=Path, required=True, metavar="FILE.csv")
    measuring.add_argument(
        "--time-split", action="store_true", help="keep the last fifth apart (the file is in order of time)"
    )
    measuring.add_argument("--data", type=Path, metavar="DIR", help="judge an installed model on the file")
    measuring.add_argument("--config", type=Path, metavar="FILE.toml")
    measuring.add_argument("--version", default="", help="with --data: this one instead of the current")
    measuring.add_argument("--skip-faults", action="store_true")
    measuring.add_argument("--json", action="store_true", help="print one JSON object")
    measuring.set_defaults(act=_evaluate)


def run(args: argparse.Namespace) -> int:
    """Run the chosen action; 0, or 2 with a few lines on standard error when the input is not usable."""
    wording = Wording(args.language)
    try:
        action: Action = args.act
        return action(args, wording)
    except OneLabelOnly as error:
        said = [wording("bad.one_label", label=str(error))]
    except (BadSamples, BadModel) as error:
        said = wording.bad(error)
    except BadRules as error:
        said = [wording("bad.rules", why=str(error))]
    except version_commands.Refused as error:
        said = [wording(error.code, **error.values)]
    print(*said, sep="\n", file=sys.stderr)
    return 2


def _told(wording: Wording) -> Callable[[int], None]:
    return lambda count: print(wording.count("rows_read", count), file=sys.stderr, flush=True)


def _train(args: argparse.Namespace, wording: Wording) -> int:
    now = datetime.now(UTC)
    with opened(args) as (config, register):
        routing = config.data / FOLDER
        making.first(register, routing, now)
        with register.reading() as connection:
            codes = {entry.code for entry in directory.administrations(connection)}
            corrected = corrections.stored(connection) if args.with_corrections else ()
        lessons = gather(
            making.OWN_TEXTS,
            args.csv,
            corrected,
            known=frozenset(codes - {COORDINATION}),
            skip_faults=args.skip_faults,
            progress=_told(wording),
        )
        for source in lessons.sources:
            print(wording("learnt_file", name=source.name, read=source.read, kept=source.kept))
        made = making.make(
            register,
            routing,
            lessons,
            now=now,
            step=lambda name: print(wording(f"step.{name}"), file=sys.stderr, flush=True),
        )
        if args.use == State.SHADOW and made.state != State.CURRENT:
            with register.transaction() as connection:
                versions.put_beside(connection, made.version)
        with register.reading() as connection:
            made = versions.get(connection, made.version)
    print(*version_commands.described(made, wording), sep="\n")
    return 0


def _explain(args: argparse.Namespace, wording: Wording) -> int:
    from protocol.complaint import Place

    text = sys.stdin.read() if args.text == "-" else args.text
    if not text.strip():
        raise BadSamples("empty_text")
    with opened(args) as (config, register):
        router = installed(register, config.data, datetime.now(UTC))
        with register.reading() as connection:
            open_to = directory.settings_for(connection, COORDINATION).operational
    place = Place(region=args.region)
    routed = router.route(text=text, theme=args.theme, place=place, operational=open_to)
    why = wording(f"why.{Why(routed.why)}")
    print(f"{routed.administration} {routed.unit}".rstrip(), f"({why})")
    for code, confidence in routed.routing.ranked:
        print(f"  {confidence:6.1%}  {code}")
    print(wording("words", words=", ".join(routed.routing.words) or "–"))
    for heard in router.keywords.listen(text).values():
        terms = ", ".join(heard.terms)
        print(wording("rule", code=heard.administration, weight=f"{heard.weight:g}", terms=terms))
    return 0


def _evaluate(args: argparse.Namespace, wording: Wording) -> int:
    samples = read_samples(args.csv, skip_faults=args.skip_faults, progress=_told(wording))
    if args.data:
        model = _installed_model(args)
        fair = evaluation.unlearnt(model, samples)
        _refuse_none(args.csv, fair, "all_learnt")
        judged = evaluation.judge(model, fair, left_out=len(samples) - len(fair))
    else:
        seen, unseen = evaluation.split(samples, by_time=args.time_split)
        _refuse_none(args.csv, unseen, "too_few")
        judged = evaluation.judge(training.learn(_as_lessons(seen, args.time_split)), unseen)
    if args.json:
        print(json.dumps(dataclasses.asdict(judged)))
        return 0
    print(*wording.figures(judged.figures), sep="\n")
    if judged.left_out:
        print(wording.count("left_out", judged.left_out))
    print()
    print(*_table(judged.by_label, wording), sep="\n")
    return 0


def _as_lessons(samples: Samples, in_order: bool) -> Sequence[Lesson]:
    lessons = of_samples(samples)
    return lessons if in_order else [dataclasses.replace(one, is_dated=False) for one in lessons]


def _installed_model(args: argparse.Namespace) -> Model:
    with opened(args) as (config, register):
        with register.reading() as connection:
            chosen = versions.get(connection, args.version) if args.version else versions.current(connection)
        if chosen is None:
            raise CommandFailed(f"no model in {args.data} yet: start the server or run `route train`")
        return shelf.fetch(config.data / FOLDER, chosen.version, chosen.facts.sha256)


def _table(rows: Sequence[evaluation.LabelFigures], wording: Wording) -> list[str]:
    names = [wording(f"column.{name}") for name in ("label", "n", "precision", "recall", "f1")]
    lines = ["\t".join(names)]
    lines += [
        f"{one.label}\t{one.texts}\t{one.precision:.2f}\t{one.recall:.2f}\t{one.f1:.2f}" for one in rows
    ]
    return lines


def _refuse_none(file: Path, samples: Samples, code: str) -> None:
    if not len(samples):
        raise BadSamples(code, file=file.name)
