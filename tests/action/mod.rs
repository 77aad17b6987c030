//! The action's script, run as GitHub runs it: pull requests, merge queue, main, forks, shallow checkouts, schedules. `gh` is a stand-in
//! that writes down what it was asked.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::repo::{Repo, git};
use crate::support::write;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.github/actions/stepwright/stepwright.sh");

const PAGE: &str = "---\nkind: procedure\nowner: fin-lead\nreviewed: 2025-01-01\nreview-every: 6 months\n---\n# Refund\n\n1. The agent checks the order.\n2. The finance lead must approve the refund.\n3. The agent pays the money back.\n";
const BLUEPRINT: &str = "blueprint: 1\nid: refund\ntitle: Refund\nsource: {page: content/refund.md}\nroles:\n  agent: {title: Agent}\n  fin-lead: {title: Finance lead}\nsteps:\n  - {id: check, title: Check the order, owner: agent}\n  - id: approve\n    title: Approve the refund\n    approval: {by: fin-lead, blocks: [pay]}\n  - {id: pay, title: Pay the money back, owner: agent, due: 1 day}\n";

/// A runner: a checkout, a scratch folder, a stand-in for `gh`.
struct Runner {
    work: PathBuf,
    scratch: tempfile::TempDir,
    event: Vec<(String, String)>,
}

/// What a step left behind.
struct Step {
    code: i32,
    log: String,
    outputs: String,
    summary: String,
    calls: String,
}

impl Runner {
    fn new(work: &Path, event: &[(&str, &str)]) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        write(
            scratch.path(),
            "bin/gh",
            "#!/bin/sh\nprintf '%s\\n' \"$*\" >>\"$CALLS\"\n[ ! -e \"$REFUSE\" ] || { echo 'HTTP 403' >&2; exit 1; }\ncase \"$*\" in *--paginate*) cat \"$ANSWER\" 2>/dev/null ;; esac\nexit 0\n",
        );
        let gh = scratch.path().join("bin/gh");
        Command::new("chmod").arg("+x").arg(&gh).status().unwrap();
        let event = event.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Self { work: work.to_owned(), scratch, event }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn step(&self, mode: &str, inputs: &[(&str, &str)]) -> Step {
        for name in ["outputs", "summary", "calls"] {
            std::fs::write(self.file(name), "").unwrap();
        }
        let binary = Path::new(env!("CARGO_BIN_EXE_stepwright")).parent().unwrap();
        let path = format!("{}:{}:/usr/local/bin:/usr/bin:/bin", self.file("bin").display(), binary.display());
        let out = Command::new("bash")
            .args([SCRIPT, mode])
            .current_dir(&self.work)
            .env_clear()
            .envs([("PATH", path.as_str()), ("HOME", "/nonexistent"), ("SOURCE_DATE_EPOCH", "1795305600"), ("CI", "true")])
            .envs([("GITHUB_REPOSITORY", "acme/docs")])
            .env("RUNNER_TEMP", self.scratch.path())
            .env("GITHUB_OUTPUT", self.file("outputs"))
            .env("GITHUB_STEP_SUMMARY", self.file("summary"))
            .env("CALLS", self.file("calls"))
            .env("ANSWER", self.file("answer"))
            .env("REFUSE", self.file("refuse"))
            .envs(self.event.iter().map(|(k, v)| (k.as_str(), v.as_str())))
            .envs(inputs.iter().copied())
            .output()
            .unwrap();
        let read = |name: &str| std::fs::read_to_string(self.file(name)).unwrap();
        Step {
            code: out.status.code().unwrap_or(-1),
            log: format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr)),
            outputs: read("outputs"),
            summary: read("summary"),
            calls: read("calls"),
        }
    }
}

/// main with a stale procedure and an old broken link, and a clone in which a branch changed something.
fn pull_request(change: impl FnOnce(&mut Repo)) -> (Repo, tempfile::TempDir, PathBuf) {
    let mut repo = Repo::new();
    repo.write("stepwright.yaml", "site: {title: Finance}\n")
        .write("roles.yaml", "agent: {title: Agent}\nfin-lead: {title: Finance lead}\n")
        .write("content/refund.md", PAGE)
        .write("content/refund.blueprint.yaml", BLUEPRINT)
        .write("content/terms.md", "# Terms\n\nAn old [broken](nowhere.md) link.\n");
    repo.commit("2025-01-01", "Ada", "Write pages");
    git(repo.path(), &["branch", "trunk"]);
    change(&mut repo);
    repo.commit("2026-11-20", "Bob", "Change");
    let dir = tempfile::tempdir().unwrap();
    let url = format!("file://{}", repo.path().display());
    git(dir.path(), &["clone", "-q", &url, "clone"]);
    let work = dir.path().join("clone");
    (repo, dir, work)
}

const FROM_HERE: [(&str, &str); 3] = [("GITHUB_BASE_REF", "trunk"), ("PR_NUMBER", "7"), ("PR_HEAD_REPOSITORY", "acme/docs")];

fn weaken(repo: &mut Repo) {
    repo.write(
        "content/refund.blueprint.yaml",
        &BLUEPRINT.replace("    approval: {by: fin-lead, blocks: [pay]}\n", "    owner: fin-lead\n"),
    );
}

#[test]
fn a_weakened_gate_is_red_on_the_right_line_and_commented_once() {
    let (_repo, _dir, work) = pull_request(weaken);
    let runner = Runner::new(&work, &FROM_HERE);
    assert_eq!(runner.step("history", &[]).code, 0);
    let install = runner.step("install", &[]);
    assert!(install.code == 0 && install.outputs.contains("stepwright-version=0."), "{}", install.log);

    let run = runner.step("run", &[]);
    assert_eq!(run.code, 1, "{}", run.log);
    assert!(run.log.contains("::error file=content/refund.blueprint.yaml,line=10,title=process%3A danger::"), "{}", run.log);
    assert!(!run.log.contains("::error file=content/terms.md"), "the old broken link is not annotated: {}", run.log);
    assert!(run.outputs.contains("exit-code=1\n") && run.outputs.contains("errors=0\n"), "{}", run.outputs);
    assert!(run.summary.contains("## stepwright: fails, 1 danger"), "{}", run.summary);
    let sarif = run.outputs.lines().find_map(|l| l.strip_prefix("sarif-file=")).unwrap();
    let sarif: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(sarif).unwrap()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");

    let first = runner.step("comment", &[]);
    assert_eq!(first.code, 0, "{}", first.log);
    assert!(first.calls.contains("--method POST repos/acme/docs/issues/7/comments"), "{}", first.calls);
    std::fs::write(runner.file("answer"), "4711\n4712\n").unwrap();
    let second = runner.step("comment", &[]);
    assert!(second.calls.contains("--method PATCH repos/acme/docs/issues/comments/4711 "), "{}", second.calls);
    assert!(!second.calls.contains("POST"), "{}", second.calls);
}

#[test]
fn a_typo_in_a_stale_page_is_green() {
    let (_repo, _dir, work) = pull_request(|repo| {
        repo.write("content/refund.md", &PAGE.replace("pays the money", "pays teh money"));
    });
    let run = Runner::new(&work, &FROM_HERE).step("run", &[]);
    assert_eq!(run.code, 0, "{}", run.log);
    assert!(run.outputs.contains("exit-code=0\n") && run.outputs.contains("findings=0\n"), "{}", run.outputs);
    assert!(run.summary.contains("reviews that are due"), "{}", run.summary);
}

#[test]
fn main_is_judged_whole_and_a_baseline_makes_it_green() {
    let (_repo, _dir, work) = pull_request(weaken);
    let runner = Runner::new(&work, &[]);
    let run = runner.step("run", &[]);
    assert_eq!(run.code, 1, "{}", run.log);
    assert!(run.log.contains("::error file=content/terms.md,line=3"), "{}", run.log);
    // The old broken link, and a review late beyond its grace: on the default branch both count.
    assert!(run.outputs.contains("errors=2\n"), "{}", run.outputs);
    let binary = env!("CARGO_BIN_EXE_stepwright");
    assert!(Command::new(binary).args(["lint", "--write-baseline"]).current_dir(&work).output().unwrap().status.success());
    assert_eq!(runner.step("run", &[]).code, 0, "what was accepted is not failed");
    assert_eq!(runner.step("run", &[("MERGE_BASE_SHA", "origin/trunk")]).code, 1, "a merge queue sees the weakened gate");
}

#[test]
fn a_fork_gets_the_report_and_no_comment_and_a_weak_token_is_no_failure() {
    let (_repo, _dir, work) = pull_request(weaken);
    let fork = Runner::new(&work, &[("GITHUB_BASE_REF", "trunk"), ("PR_NUMBER", "7"), ("PR_HEAD_REPOSITORY", "mallory/docs")]);
    assert_eq!(fork.step("run", &[]).code, 1);
    let comment = fork.step("comment", &[]);
    assert_eq!((comment.code, comment.calls.as_str()), (0, ""), "{}", comment.log);
    assert!(comment.log.contains("::notice title=stepwright::no comment on a pull request from a fork"), "{}", comment.log);

    let runner = Runner::new(&work, &FROM_HERE);
    runner.step("run", &[]);
    write(runner.scratch.path(), "refuse", "");
    let comment = runner.step("comment", &[]);
    assert_eq!(comment.code, 0, "{}", comment.log);
    assert!(comment.log.contains("the token cannot"), "{}", comment.log);
}

#[test]
fn a_shallow_checkout_is_stopped_first_with_the_fix() {
    let (repo, _dir, _work) = pull_request(weaken);
    let (_keep, clone) = repo.shallow_clone(1);
    let step = Runner::new(&clone, &FROM_HERE).step("history", &[]);
    assert_eq!(step.code, 2);
    assert!(
        step.log.starts_with("::error title=stepwright::this checkout is cut off") && step.log.contains("fetch-depth: 0"),
        "{}",
        step.log
    );
    assert_eq!(step.log.lines().count(), 1, "one command, its line ends escaped");
    assert!(step.outputs.contains("exit-code=2"));
}

#[test]
fn a_download_is_held_against_its_checksum() {
    let (_repo, _dir, work) = pull_request(weaken);
    let runner = Runner::new(&work, &[]);
    write(runner.scratch.path(), "served/stepwright", "#!/bin/sh\necho stepwright 9.9.9\n");
    let url = format!("file://{}", runner.file("served/stepwright").display());
    let without = runner.step("install", &[("INPUT_DOWNLOAD_URL", &url)]);
    assert!(without.code == 2 && without.log.contains("without sha256"), "{}", without.log);
    let wrong = runner.step("install", &[("INPUT_DOWNLOAD_URL", &url), ("INPUT_SHA256", "00")]);
    assert!(wrong.code == 2 && wrong.log.contains("nothing was run"), "{}", wrong.log);
    let sum = Command::new("sha256sum").arg(runner.file("served/stepwright")).output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap().split(' ').next().unwrap().to_owned();
    let inputs = [("INPUT_DOWNLOAD_URL", url.as_str()), ("INPUT_SHA256", sum.as_str()), ("INPUT_VERSION", "v9.9.9")];
    let right = runner.step("install", &inputs);
    assert!(right.code == 0 && right.outputs.contains("stepwright-version=9.9.9"), "{}{}", right.log, right.outputs);
    let other = runner.step("install", &[("INPUT_VERSION", "9.9.9")]);
    assert!(other.code == 2 && other.log.contains("is wanted"), "{}", other.log);
}

#[test]
fn a_schedule_opens_updates_and_closes_one_issue_per_role() {
    let (_repo, _dir, work) = pull_request(|repo| {
        repo.write("content/x.md", "# X\n");
    });
    let runner = Runner::new(&work, &[]);
    let first = runner.step("owners", &[]);
    assert_eq!(first.code, 0, "{}", first.log);
    assert!(first.calls.contains("--method POST repos/acme/docs/issues --raw-field title=Reviews due: fin-lead"), "{}", first.calls);
    let answer = "12 <!-- stepwright:reviews:fin-lead -->\n13 <!-- stepwright:reviews:gone-role -->\n";
    std::fs::write(runner.file("answer"), answer).unwrap();
    let second = runner.step("owners", &[]);
    assert!(second.calls.contains("--method PATCH repos/acme/docs/issues/12 --field body=@"), "{}", second.calls);
    assert!(second.calls.contains("--method PATCH repos/acme/docs/issues/13 --raw-field state=closed"), "{}", second.calls);
    assert!(!second.calls.contains("POST"), "{}", second.calls);
}
