#!/usr/bin/env python3
"""Holds scores on the real corpora to their floors.

  floors.py fidelity RESULT.json...        results of the fidelity scorer, one per export
  floors.py drafts BINARY CORPUS           blueprints drafted from the labelled pages, by score-drafts
  floors.py triage BINARY PAGES.jsonl.gz WORK

Floors are ratchets: raise them when the score has risen. A figure below its floor fails.
"""
import gzip, json, os, shutil, subprocess, sys

FLOORS = {
    "fidelity words": 0.9999,
    "fidelity precision": 0.998,
    "fidelity headings": 0.9999,
    "fidelity list items": 0.999,
    "fidelity cells": 0.998,
    "fidelity code exact": 1.0,
    "fidelity code language": 1.0,
    "fidelity links internal resolve": 1.0,
    "fidelity links anchor": 1.0,
    "fidelity links external": 1.0,
    "fidelity images": 0.975,
    "fidelity task state": 0.975,
    "fidelity expands": 1.0,
    "fidelity macros signalled": 1.0,
    "fidelity attachments bytes": 1.0,
    "fidelity Markdown share": 0.9,
    "drafts step_f1": 0.975,
    "drafts owner_precision": 0.96,
    "drafts owner_recall": 0.89,
    "drafts approver_right": 0.84,
    "drafts due_recall": 0.92,
    "drafts condition_precision": 0.94,
    "drafts condition_recall": 0.77,
    "drafts field_precision": 0.80,
    "drafts field_recall": 0.66,
    "drafts approval_precision": 1.0,
    "drafts approval_recall": 0.92,
    "drafts order_agreement": 0.98,
    "triage precision": 0.97,
    "triage recall": 0.60,
}
# Ceilings, which only go down.
CEILINGS = {
    "losses that no report names": 56,
}
failed = []


def hold(name, value):
    floor = FLOORS[name]
    print(f"{name}: {value:.3f} (floor {floor})")
    if value < floor:
        failed.append(name)


def hold_below(name, value):
    ceiling = CEILINGS[name]
    print(f"{name}: {value} (at most {ceiling})")
    if value > ceiling:
        failed.append(name)


def drafts(binary, corpus):
    here = os.path.dirname(os.path.abspath(__file__))
    environment = dict(os.environ, STEPWRIGHT=binary)
    out = subprocess.run([sys.executable, f"{here}/score-drafts", corpus, "--json"], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    scores = json.loads(out.stdout)
    for name, value in sorted(scores.items()):
        if isinstance(value, (int, float)):
            print(f"  {name}: {value}")
    for name in FLOORS:
        group, _, score = name.partition(" ")
        if group == "drafts":
            hold(name, scores[score])


def triage(binary, pages, work):
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    labels = {}
    for i, line in enumerate(gzip.open(pages, "rt")):
        page = json.loads(line)
        name = f"{i:04d}.md"
        labels[name] = page["label"]
        title = f"# {page['title']}\n\n" if page["title"] else ""
        with open(os.path.join(work, name), "w") as f:
            f.write(title + page["markdown"])
    out = subprocess.run([binary, "triage", "--format", "json", work], stdout=subprocess.PIPE, check=True)
    said = [(labels[row["path"]], row["verdict"]) for row in json.loads(out.stdout)]
    called = [label for label, verdict in said if verdict == "procedure"]
    right = sum(label == "procedure" for label in called)
    # A mixed page holds a procedure: calling it one is half right, and neither counted for nor against.
    wrong = sum(label == "reference" for label in called)
    hold("triage precision", right / max(1, right + wrong))
    hold("triage recall", right / max(1, sum(label == "procedure" for label, _ in said)))


def fidelity(*results):
    totals = {}
    missing = unreported = raw = length = 0
    for path in results:
        result = json.load(open(path))
        missing += len(result["missing"])
        unreported += sum(result["unreported"].values())
        raw += result["raw html share"][0]
        length += result["raw html share"][1]
        for name, (have, need) in result["totals"].items():
            old = totals.get(name, (0, 0))
            totals[name] = (old[0] + have, old[1] + need)
    totals["Markdown share"] = (length - raw, length)
    for name in (floor.removeprefix("fidelity ") for floor in FLOORS if floor.startswith("fidelity ")):
        have, need = totals[name]
        hold(f"fidelity {name}", have / max(1, need))
    hold_below("losses that no report names", unreported)
    print(f"pages missing: {missing}")
    if missing:
        failed.append("pages missing")


if __name__ == "__main__":
    {"fidelity": fidelity, "drafts": drafts, "triage": triage}[sys.argv[1]](*sys.argv[2:])
    if failed:
        raise SystemExit("below the floor: " + ", ".join(failed))
