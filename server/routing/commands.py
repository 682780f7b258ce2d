"""`chekaya-server route train|explain|evaluate`: learn from a CSV file, look into a decision, measure it."""

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from server.routing import evaluation
from server.routing.keywords import BadRules
from server.routing.model import BadModel, load
from server.routing.router import TEXTS, Router, Why, learn
from server.routing.samples import BadSamples, Samples, read_samples
from server.routing.training import OneLabelOnly, train

FOLDER = "routing"
REASONS = {
    Why.CONTENT: "by its content",
    Why.NAMED: "named by the citizen",
    Why.DOUBTFUL: "below the threshold: triage by national coordination",
    Why.NOT_OPERATIONAL: "not operational yet: triage by national coordination",
}


def add_parser(subparsers: Any) -> None:
    """Add `route` and its three actions."""
    route = subparsers.add_parser("route", help="routing by content: train, explain, evaluate")
    actions = route.add_subparsers(dest="action", required=True, metavar="ACTION")
    training = actions.add_parser("train", help="learn a model from a CSV file with columns text and label")
    training.add_argument("file", type=Path, nargs="?", default=TEXTS, metavar="FILE.csv")
    training.add_argument("--data", type=Path, required=True, metavar="DIR", help="data folder of the server")
    explaining = actions.add_parser("explain", help="where a text would go, and the words that decided")
    explaining.add_argument("text", help="the text; - reads standard input")
    explaining.add_argument("--data", type=Path, required=True, metavar="DIR")
    explaining.add_argument("--theme", default="", metavar="CODE")
    explaining.add_argument("--region", default="", metavar="CODE", help="HCP code, two digits")
    measuring = actions.add_parser("evaluate", help="measure on texts kept apart from a CSV file")
    measuring.add_argument("file", type=Path, metavar="FILE.csv")
    measuring.add_argument(
        "--time-split", action="store_true", help="keep the last fifth apart (the file is in order of time)"
    )
    measuring.add_argument("--data", type=Path, metavar="DIR", help="judge the installed model on all texts")
    measuring.add_argument("--json", action="store_true", help="print one JSON object")
    route.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the chosen action; 0, or 2 with one line on standard error when the input is not usable."""
    actions = {"train": _train, "explain": _explain, "evaluate": _evaluate}
    try:
        return actions[args.action](args)
    except OneLabelOnly as error:
        print(f"route: only one label ({error}): there is nothing to choose between", file=sys.stderr)
    except FileNotFoundError as error:
        print(f"route: no model in {error}: run `route train` first", file=sys.stderr)
    except (BadSamples, BadModel, BadRules) as error:
        print(f"route: {error}", file=sys.stderr)
    return 2


def _train(args: argparse.Namespace) -> int:
    model = learn(args.data / FOLDER, args.file)
    print(f"model {model.version}: {model.learnt_from} texts, {len(model.labels)} labels")
    print(f"nine in ten right from confidence {model.threshold:.2f}, temperature {model.temperature:.2f}")
    return 0


def _explain(args: argparse.Namespace) -> int:
    from protocol.complaint import Place

    text = sys.stdin.read() if args.text == "-" else args.text
    if not text.strip():
        raise BadSamples("the text is empty")
    router = Router.load(args.data / FOLDER)
    routed = router.route(text=text, theme=args.theme, place=Place(region=args.region))
    print(f"{routed.administration} {routed.unit}".rstrip(), f"({REASONS[routed.why]})")
    for code, confidence in routed.routing.ranked:
        print(f"  {confidence:6.1%}  {code}")
    print("words:", ", ".join(routed.routing.words) or "none")
    for heard in router.keywords.listen(text).values():
        print(f"rule {heard.administration} +{heard.weight:g}:", ", ".join(heard.terms))
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    samples = read_samples(args.file)
    if args.data:
        figures = evaluation.evaluate(load(args.data / FOLDER), samples)
    else:
        seen, unseen = evaluation.split(samples, by_time=args.time_split)
        _refuse_too_few(args.file, unseen)
        figures = evaluation.evaluate(train(seen.texts, seen.labels), unseen)
    if args.json:
        print(json.dumps(dataclasses.asdict(figures)))
    else:
        print(*evaluation.lines(figures), sep="\n")
    return 0


def _refuse_too_few(file: Path, unseen: Samples) -> None:
    if not len(unseen):
        raise BadSamples(f"{file}: five texts a label are needed to keep one apart")
