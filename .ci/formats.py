#!/usr/bin/env python3
"""A tree with 30,000 findings, and what the hosts of our reports ask of them.

  formats.py tree FOLDER           makes the tree, as a git repository of two commits
  formats.py check REPORTS TREE    holds the reports against the documented rules and limits of GitHub, GitLab and reviewdog
  formats.py pages FOLDER          makes a tree whose reviews are due
  formats.py owners ICS ATOM       holds a calendar and a feed of reviews against RFC 5545 and RFC 4287
"""
import gzip, json, os, re, subprocess, sys
from urllib.parse import unquote

from lxml import etree

PAGES, ERRORS, WARNINGS, INFOS = 600, 20, 20, 10
TOTAL = PAGES * (ERRORS + WARNINGS + INFOS)
# What page texts and names may do to a format that forgets to escape.
NASTY = ["<b>&amp;", "]]> -->", "::error::x", "%0A::warning::", "a | b", "\"q\" 'r'", "naïve 漢字 🙂", "@everyone #1", "\x1b[31m\x08", "```", "<script>"]
FOLDERS = ["plain", "with space", "ünïcode", "100%25", "a,b;c=d"]


def tree(folder):
    os.makedirs(folder)
    git = lambda *words: subprocess.run(["git", "-C", folder, "-c", "user.name=T", "-c", "user.email=t@example.org", *words], check=True, capture_output=True)
    write(f"{folder}/stepwright.yaml", "content: content\n")
    # Links to a wiki count where pages came from it.
    origin = '---\nsource: {system: confluence, id: "1", url: "https://acme.atlassian.net/wiki/spaces/OPS/pages/1/Start"}\n---\n'
    write(f"{folder}/content/index.md", origin + "# Start\n\nThe first page of this handbook says where to look for what, so that nobody has to ask twice about it.\n")
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-qm", "Start")
    for page in range(PAGES):
        lines = [f"# Page {page}", ""]
        for n in range(ERRORS):
            lines += [f"Look {NASTY[(page + n) % len(NASTY)]} at [page {n}](gone-{n}-{'é' * (n % 3)}.md).", ""]
        for n in range(WARNINGS):
            lines += [f"TODO {n} {NASTY[(page * 3 + n) % len(NASTY)]}", ""]
        for n in range(INFOS):
            lines += [f"See [wiki {n}](https://acme.atlassian.net/wiki/spaces/OPS/pages/{page}{n:02}/Name) {NASTY[n]}.", ""]
        write(f"{folder}/content/{FOLDERS[page % len(FOLDERS)]}/page-{page:03}.md", "\n".join(lines))
    git("add", "-A")
    git("commit", "-qm", "Everything")


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Checks:
    def __init__(self, reports, tree):
        self.reports, self.tree, self.faults = reports, tree, []
        self.lines = {}
        for folder, _, files in os.walk(tree):
            for name in files:
                if name.endswith(".md"):
                    path = os.path.join(folder, name)
                    self.lines[os.path.relpath(path, tree)] = open(path, encoding="utf-8").read().split("\n")

    def that(self, right, words):
        if not right and words not in self.faults:
            self.faults.append(words)

    def read(self, name):
        return open(f"{self.reports}/{name}", "rb").read()

    def place(self, format, path, line):
        self.that(path in self.lines, f"{format}: no file {path}")
        self.that(1 <= line <= len(self.lines.get(path, [])), f"{format}: no line {line} in {path}")

    def json(self):
        report = json.loads(self.read("json"))
        summary = report["summary"]
        self.that(summary["errors"] == PAGES * ERRORS, f"json: {summary} instead of {PAGES * ERRORS} errors")
        self.that(sum(summary.values()) == len(report["findings"]) >= TOTAL, f"json: {summary} does not add up")
        lines = [json.loads(line) for line in self.read("json-lines").decode().splitlines()]
        self.that(lines == report["findings"], "json-lines: other findings than json")
        self.total = len(lines)
        concise = self.read("concise").decode().splitlines()
        self.that(len(concise) == self.total, f"concise: {len(concise)} lines for {self.total} findings")
        self.that(not any(line.startswith(("::", "##[")) for line in concise), "concise: a line that a runner takes for a command")

    # docs.github.com, SARIF support for code scanning
    def sarif(self):
        raw = self.read("sarif")
        self.that(len(gzip.compress(raw)) <= 10_000_000, "sarif: over 10 MB gzipped")
        log = json.loads(raw)
        self.that(log["version"] == "2.1.0" and len(log["runs"]) == 1, "sarif: version or runs")
        run = log["runs"][0]
        rules, results = run["tool"]["driver"]["rules"], run["results"]
        self.that(0 < len(results) <= 5_000, f"sarif: {len(results)} results, GitHub keeps 5,000")
        levels = ["error", "warning", "note"]
        order = [levels.index(r["level"]) for r in results]
        self.that(order == sorted(order), "sarif: not the most severe first")
        note = run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
        self.that(note.startswith(f"{self.total - len(results)} of {self.total} findings are left out"), f"sarif: says {note}")
        prints = [r["partialFingerprints"]["primaryLocationLineHash"] + str(r["locations"]) + r["ruleId"] for r in results]
        self.that(len(set(prints)) == len(prints), "sarif: equal fingerprints at one place")
        for rule in rules:
            for key in ("shortDescription", "fullDescription"):
                self.that(0 < len(rule[key]["text"]) <= 1024, f"sarif: {key} of {rule['id']}")
            self.that(rule["help"]["text"] and rule["help"]["markdown"], f"sarif: help of {rule['id']}")
            self.that(len(rule["properties"]["tags"]) <= 10, f"sarif: tags of {rule['id']}")
            self.that(rule["properties"]["precision"] in ("very-high", "high", "medium", "low"), f"sarif: precision of {rule['id']}")
            self.that(rule["properties"]["problem.severity"] in ("error", "warning", "recommendation"), f"sarif: severity of {rule['id']}")
        for result in results:
            self.that(rules[result["ruleIndex"]]["id"] == result["ruleId"], "sarif: ruleIndex points elsewhere")
            self.that(result["message"]["text"].strip(), "sarif: empty message")
            place = result["locations"][0]["physicalLocation"]
            uri, region = place["artifactLocation"]["uri"], place["region"]
            self.that(re.fullmatch(r"[A-Za-z0-9._~%/-]+", uri), f"sarif: not a URI: {uri}")
            self.place("sarif", unquote(uri), region["startLine"])
            self.that(region["startLine"] == region["endLine"] and region["startColumn"] < region["endColumn"], "sarif: region is not one line")

    # docs.gitlab.com, Code Quality report format
    def gitlab(self):
        raw = self.read("gitlab")
        self.that(not raw.startswith(b"\xef\xbb\xbf"), "gitlab: byte-order mark")
        entries = json.loads(raw)
        self.that(len(entries) == self.total, f"gitlab: {len(entries)} entries")
        self.that(len({e["fingerprint"] for e in entries}) == len(entries), "gitlab: equal fingerprints, which GitLab shows as one")
        for entry in entries:
            self.that(all(isinstance(entry[k], str) and entry[k] for k in ("description", "check_name", "fingerprint")), "gitlab: an empty field")
            self.that(entry["severity"] in ("info", "minor", "major", "critical", "blocker"), f"gitlab: severity {entry['severity']}")
            self.that(not entry["location"]["path"].startswith(("./", "/")), "gitlab: path is not relative to the repository")
            self.place("gitlab", entry["location"]["path"], entry["location"]["lines"]["begin"])

    # docs.gitlab.com, Unit test reports; and its limit of 250,000 objects in a document
    def junit(self):
        raw = self.read("junit")
        self.that(len(raw) < 30_000_000, f"junit: {len(raw)} bytes")
        document = etree.fromstring(raw)
        schema = etree.XMLSchema(etree.parse(os.path.join(os.path.dirname(os.path.abspath(__file__)), "junit.xsd")))
        self.that(schema.validate(document), f"junit: {schema.error_log.last_error}")
        self.that(sum(1 + len(e.attrib) for e in document.iter()) < 250_000, "junit: more objects than GitLab reads")
        cases, failed = document.findall(".//testcase"), document.findall(".//failure")
        self.that(int(document.get("tests")) == len(cases) and int(document.get("failures")) == len(failed), "junit: counts do not add up")
        for suite in document:
            self.that(int(suite.get("tests")) == len(suite) and int(suite.get("failures")) == len(suite.findall("*/failure")), "junit: counts of a suite")
            names = [(c.get("classname"), c.get("name")) for c in suite]
            self.that(len(set(names)) == len(names), "junit: equal names, of which GitLab keeps one")

    # github.com/reviewdog/reviewdog, proto/rdf; columns count bytes
    def reviewdog(self):
        report = json.loads(self.read("rdjson"))
        lines = [json.loads(line) for line in self.read("rdjsonl").decode().splitlines()]
        self.that(lines == report["diagnostics"] and len(lines) == self.total, "reviewdog: lines and document differ")
        for one in lines:
            self.place("reviewdog", one["location"]["path"], one["location"]["range"]["start"]["line"])
            line = self.lines[one["location"]["path"]][one["location"]["range"]["start"]["line"] - 1]
            self.that(1 <= one["location"]["range"]["start"]["column"] <= len(line.encode()) + 1, "reviewdog: column outside its line")

    # docs.github.com, workflow commands; ten of a level are shown in a step
    def github(self, name, title=None):
        text = self.read(name).decode()
        shown = {"error": 0, "warning": 0, "notice": 0}
        for line in text.splitlines():
            match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
            self.that(match, f"{name}: not a command: {line[:80]}")
            if not match:
                continue
            shown[match[1]] += 1
            properties = dict(p.split("=", 1) for p in match[2].split(","))
            decode = lambda t: t.replace("%3A", ":").replace("%2C", ",").replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
            self.that(set(properties) <= {"file", "line", "col", "endColumn", "endLine", "title"}, f"{name}: properties {set(properties)}")
            if "file" in properties:
                self.place(name, decode(properties["file"]), int(properties["line"]))
        self.that(all(n <= 10 for n in shown.values()), f"{name}: {shown}")
        left = self.total - (sum(shown.values()) - 1)
        self.that(f"::{left} more findings are not shown" in text, f"{name}: does not say that {left} are missing")

    # job summaries take 1 MiB, comments 65,536 characters
    def markdown(self, name):
        text = self.read(name).decode()
        self.that(len(text.encode()) <= 65_536, f"{name}: {len(text.encode())} bytes")
        self.that(text.startswith("<!-- stepwright"), f"{name}: no marker")
        self.that(re.search(r"[\d,]+ findings (more|did not fit)|([\d,]+ more)|[\d,]+ findings more", text), f"{name}: does not say what is missing")
        self.that(text.count("<details") == text.count("</details>"), f"{name}: an open fold")
        # Outside code, nothing of a page may act.
        plain = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
        self.that("@everyone" not in plain and "<script" not in plain and "<b>" not in plain, f"{name}: page text acts as markup")


def check(reports, tree):
    checks = Checks(reports, tree)
    checks.json()
    checks.sarif()
    checks.gitlab()
    checks.junit()
    checks.reviewdog()
    for name in ("github", "review.github"):
        checks.github(name)
    for name in ("markdown", "review.md"):
        checks.markdown(name)
    for fault in checks.faults[:20]:
        print(fault)
    sizes = ", ".join(f"{name} {os.path.getsize(f'{reports}/{name}') // 1000:,} kB" for name in ("sarif", "gitlab", "junit", "rdjson", "github", "markdown", "review.md"))
    print(f"{checks.total:,} findings: {sizes}; {len(checks.faults)} faults")
    raise SystemExit(1 if checks.faults else 0)


def pages(folder):
    """Ten procedures, late, due and never reviewed, with names and titles that a calendar has to escape."""
    for n in range(10):
        reviewed = ["reviewed: 2025-01-10\n", "reviewed: 2026-11-20\n", ""][n % 3]
        title = json.dumps(f"Close, sign; {NASTY[n]} " + "lang " * 20, ensure_ascii=False)
        head = f"---\ntitle: {title}\nkind: procedure\nowner: finance-lead\n{reviewed}review-every: 6 months\n---\n"
        write(f"{folder}/content/{FOLDERS[n % len(FOLDERS)]}/page-{n}.md", f"{head}\n1. Stop it.\n2. Start it.\n")


def owners(ics, atom):
    import icalendar

    raw = open(ics, "rb").read()
    faults = [] if all(len(line) <= 75 for line in raw.split(b"\r\n")) and b"\n" not in raw.replace(b"\r\n", b"") else ["ics: lines are not folded and ended as RFC 5545 asks"]
    calendar = icalendar.Calendar.from_ical(raw)
    events = list(calendar.walk("VEVENT"))
    faults += [f"ics: {error}" for part in [calendar, *events] for error in part.errors]
    faults += [f"ics: an event without {key}" for event in events for key in ("UID", "DTSTAMP", "DTSTART", "SUMMARY") if key not in event]
    if len({event["UID"] for event in events}) != len(events) or len(events) != 7:
        faults.append(f"ics: {len(events)} events, or equal ids")
    a = "{http://www.w3.org/2005/Atom}"
    feed = etree.parse(atom).getroot()
    date = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
    known = {a + n for n in "author category content contributor id link published rights source summary title updated entry generator icon logo subtitle".split()}
    entries = feed.findall(f"{a}entry")
    if feed.tag != f"{a}feed" or len(entries) != 7:
        faults.append(f"atom: {feed.tag}, {len(entries)} entries")
    for one in [feed, *entries]:
        once = all(len(one.findall(a + key)) == 1 for key in ("id", "title", "updated"))
        if not once or not date.fullmatch(one.findtext(f"{a}updated", "")) or not re.fullmatch(r"[a-z][a-z0-9+.-]*:\S+", one.findtext(f"{a}id", "")):
            faults.append(f"atom: id, title or updated of {one.findtext(a + 'title')}")
        if {child.tag for child in one} - known:
            faults.append("atom: an element that RFC 4287 does not have")
    for entry in entries:
        alternate = [l for l in entry.findall(f"{a}link") if l.get("rel", "alternate") == "alternate" and l.get("href")]
        if entry.find(f"{a}content") is None and not alternate:
            faults.append("atom: an entry with neither content nor a link (4.1.2)")
        if entry.find(f"{a}author") is None and feed.find(f"{a}author/{a}name") is None:
            faults.append("atom: nobody wrote it (4.1.1)")
    if len({entry.findtext(f"{a}id") for entry in entries}) != len(entries):
        faults.append("atom: equal ids")
    for fault in faults[:20]:
        print(fault)
    print(f"{len(events)} events, {len(entries)} entries; {len(faults)} faults")
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    {"tree": tree, "check": check, "pages": pages, "owners": owners}[sys.argv[1]](*sys.argv[2:])
