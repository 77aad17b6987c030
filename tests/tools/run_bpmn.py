#!/usr/bin/env python3
"""Runs exported BPMN in SpiffWorkflow and holds what happens against the blueprints.

usage: run_bpmn.py BLUEPRINT_DIR BPMN_DIR [RUNS]

What each YAML has to mean to any reader may stand in ../expected/ID.json.

The meaning of order, gates, skipping and refusal is written here a second time, from the format's documentation, so that a fault in the
exporter is not repeated by its test. Needs SpiffWorkflow and PyYAML.
"""
import json
import pathlib
import random
import sys

import yaml
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState


class Process:
    """A blueprint, as far as a run is concerned."""

    def __init__(self, data):
        self.id = data["id"]
        self.steps = {s["id"]: s for s in data["steps"]}
        self.names = [s["id"] for s in data["steps"]]
        self.inputs = data.get("inputs", [])
        orders = {p["id"]: p.get("order") for p in data.get("phases", [])}
        default = data.get("order", "strict")
        waits, previous, at = {}, set(), 0
        while at < len(self.names):
            phase = data["steps"][at].get("phase")
            end = at
            while end < len(self.names) and data["steps"][end].get("phase") == phase:
                end += 1
            order = orders.get(phase) or default
            group = self.names[at:end]
            for i, name in enumerate(group):
                step = self.steps[name]
                if "after" in step:
                    waits[name] = set(step["after"])
                elif order == "strict" and i > 0:
                    waits[name] = {group[i - 1]}
                else:
                    waits[name] = set(previous)
            inner = set().union(*(waits[n] for n in group))
            previous = {n for n in group if n not in inner}
            at = end
        self.held = {}
        for i, name in enumerate(self.names):
            approval = self.approval(name)
            if approval:
                blocks = approval.get("blocks", "rest")
                self.held[name] = self.names[i + 1:] if blocks == "rest" else blocks
                for other in self.held[name]:
                    waits[other].add(name)
        self.before = {n: self.closure(n, waits) for n in self.names}

    def approval(self, name):
        approval = self.steps[name].get("approval")
        return {"by": approval} if isinstance(approval, str) else approval

    @staticmethod
    def closure(name, waits):
        seen, todo = set(), list(waits[name])
        while todo:
            n = todo.pop()
            if n not in seen:
                seen.add(n)
                todo.extend(waits[n])
        return seen

    def holds(self, name, data):
        when = self.steps[name].get("when")
        if when is None:
            return True
        if "all" in when:
            return all(self.test(t, data) for t in when["all"])
        if "any" in when:
            return any(self.test(t, data) for t in when["any"])
        return self.test(when, data)

    @staticmethod
    def test(test, data):
        value = data.get(variable(test["ref"]))
        empty = value in (None, "", [])
        (operator, wanted), = ((k, v) for k, v in test.items() if k != "ref")
        return {
            "is": lambda: value == wanted,
            "is-not": lambda: value != wanted,
            "is-any-of": lambda: value in wanted,
            "contains": lambda: not empty and wanted in value,
            "contains-not": lambda: empty or wanted not in value,
            "more-than": lambda: value is not None and value > wanted,
            "less-than": lambda: value is not None and value < wanted,
            "empty": lambda: empty == wanted,
        }[operator]()


def py(name):
    return name.replace("-", "_")


def variable(ref):
    parts = ref.split(".")
    if parts[0] == "inputs":
        return "inputs_" + py(parts[1])
    return "outcome_" + py(parts[1]) if parts[2] == "outcome" else f"{py(parts[1])}__{py(parts[2])}"


def answer(field, rng):
    kind = field["type"]
    if kind == "choice":
        return rng.choice(field["options"])
    if kind == "yes-no":
        return rng.random() < 0.5
    if kind == "number":
        return rng.choice([-500, 0, 50, 101, 5000])
    return "x"


def run(process, spec, rng, refusals):
    """One run; `refusals`: how often each gate says no before it says yes. Returns what happened."""
    workflow = BpmnWorkflow(spec)
    for field in process.inputs:
        workflow.task_tree.data["inputs_" + py(field["id"])] = answer(field, rng)
    truth = dict(workflow.task_tree.data)
    by_task = {}
    for name in process.names:
        by_task[py(name)] = name
    done, ran, stopped, left = set(), set(), None, dict(refusals)
    rounds = {}
    for _ in range(4000):
        workflow.do_engine_steps()
        ready = workflow.get_tasks(state=TaskState.READY, manual=True)
        if not ready:
            break
        task = rng.choice(ready)
        key = task.task_spec.name.split("__")[0]
        name = by_task[key]
        step = process.steps[name]
        assert process.holds(name, truth), f"{name} runs although its condition does not hold"
        for other in process.before[name]:
            settled = other in done or not process.holds(other, truth)
            assert settled, f"{name} runs before {other} is finished"
        assert stopped is None, f"{name} runs after a refusal ended the run"
        for field in step.get("fields", []):
            task.data[f"{py(name)}__{py(field['id'])}"] = truth[f"{py(name)}__{py(field['id'])}"] = answer(field, rng)
        approval = process.approval(name)
        ran.add(name)
        if approval:
            need = approval.get("need", "any")
            by = approval["by"] if isinstance(approval["by"], list) else [approval["by"]]
            votes = len(by) if need == "all" else 1 if need == "any" else need
            says_no = left.get(name, 0) > 0
            task.data["outcome_" + py(name)] = "rejected" if says_no else "approved"
            if says_no:
                left[name] -= 1
                rounds[name] = 0
                back = approval.get("on-reject", "stop")
                if back == "stop":
                    stopped = name
                else:
                    target = back["back-to"]
                    again = {n for n in process.names if n == target or (target in process.before[n] and n in process.before[name])}
                    done -= again | {name}
            else:
                rounds[name] = rounds.get(name, 0) + 1
                if rounds[name] == votes:
                    rounds[name] = 0
                    done.add(name)
        elif step.get("everyone"):
            rounds[name] = rounds.get(name, 0) + 1
            if rounds[name] == len(step["owner"]):
                rounds[name] = 0
                done.add(name)
        else:
            done.add(name)
        task.run()
    assert workflow.is_completed(), "the run is stuck"
    if stopped is None:
        for name in process.names:
            assert name in done or not process.holds(name, truth), f"{name} was never reached"
    return ran, stopped, left


def main():
    blueprints, exported = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 6
    count = {"files": 0, "runs": 0, "stopped": 0, "sent back": 0, "gates": 0}
    for path in sorted(blueprints.rglob("*.blueprint.yaml")):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        expected = blueprints.parent / "expected" / f"{data['id']}.json"
        if expected.exists():
            assert data == json.loads(expected.read_text(encoding="utf-8")), f"{path} means something else to PyYAML"
        process = Process(data)
        parser = BpmnParser()
        parser.add_bpmn_file(str(exported / f"{process.id}.bpmn"))
        spec = parser.get_spec("process_" + py(process.id))
        count["files"] += 1
        count["gates"] += len(process.held)
        reached, gates = set(), sorted(process.held)
        for n in range(runs + 2 * len(gates)):
            rng = random.Random(f"{process.id}/{n}")
            # First nobody refuses, then each gate alone, then at random.
            refusals = {}
            if 0 < n <= len(gates):
                refusals = {gates[n - 1]: 1}
            elif n > len(gates):
                refusals = {g: rng.choice([0, 0, 1, 2]) for g in gates}
            try:
                ran, stopped, left = run(process, spec, rng, refusals)
            except AssertionError as error:
                sys.exit(f"{path}, run {n}: {error}")
            reached |= ran
            count["runs"] += 1
            count["stopped"] += stopped is not None
            count["sent back"] += sum(refusals.values()) - sum(left.values()) - (stopped is not None)
    print("bpmn runs: passes,", ", ".join(f"{v} {k}" for k, v in count.items()))


main()
