//! `stepwright propose` against a bare repository and against a git server over HTTP: what arrives there, what is left alone here.

mod server;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::repo::git;
use crate::support::{said, write};

const PAGE: &str = "---\ntitle: Refund\n---\n# Refund\n\n1. The clerk asks for the refund.\n2. The CFO must approve the refund before it is paid.\n3. The clerk pays the money back.\n";

const BLUEPRINT: &str = "blueprint: 1
id: refund
title: Refund
source: {page: content/fin/refund.md}
control: {approvers: [cfo]}
steps:
  - {id: ask, title: Ask for the refund, owner: clerk, review: [{code: owner-vague, at: owner, evidence: \"@ada <b>asks</b>\"}]}
  - {id: approve, title: Approve the refund, approval: {by: cfo, not-same-as: [ask]}}
  - {id: pay, title: Pay the money back, owner: clerk}
";

/// A clone with one page, of a bare repository.
struct World {
    dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { dir: tempfile::tempdir().unwrap() };
        git(world.dir.path(), &["init", "-q", "--bare", "-b", "main", "srv/docs.git"]);
        git(world.dir.path(), &["clone", "-q", "srv/docs.git", "work"]);
        let work = world.work();
        git(&work, &["checkout", "-q", "-B", "main"]);
        git(&work, &["config", "user.name", "Ada"]);
        git(&work, &["config", "user.email", "ada@example.org"]);
        write(&work, "stepwright.yaml", "site: {title: Docs}\n");
        write(
            &work,
            "roles.yaml",
            "cfo: {title: Chief financial officer, people: [Grace Hopper], github: [\"@acme/cfo\"]}\nclerk: {title: Clerk}\n",
        );
        write(&work, ".github/CODEOWNERS", "/content/fin/ @acme/finance\n");
        write(&work, ".gitignore", ".stepwright/cache/\n");
        write(&work, "content/fin/refund.md", PAGE);
        git(&work, &["add", "-A"]);
        git(&work, &["commit", "-q", "-m", "Begin"]);
        git(&work, &["push", "-q", "-u", "origin", "main"]);
        write(&work, "content/fin/refund.blueprint.yaml", BLUEPRINT);
        world
    }

    fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    fn bare(&self) -> PathBuf {
        self.dir.path().join("srv/docs.git")
    }

    fn there(&self, args: &[&str]) -> String {
        git(&self.bare(), args)
    }

    fn propose(&self, args: &[&str]) -> (String, String, i32) {
        said(&propose(&self.work(), args, &[]))
    }
}

fn propose(work: &Path, args: &[&str], env: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stepwright"))
        .arg("propose")
        .args(args)
        .current_dir(work)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", work.parent().unwrap())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("SOURCE_DATE_EPOCH", "1795305600")
        .envs(env.iter().copied())
        .output()
        .unwrap()
}

#[test]
fn a_draft_arrives_as_a_branch_and_nothing_here_is_touched() {
    let world = World::new();
    let work = world.work();
    // Work of a person: staged, changed and untracked.
    write(&work, "content/fin/other.md", "# Other\n");
    git(&work, &["add", "content/fin/other.md"]);
    write(&work, "stepwright.yaml", "site: {title: Docs, description: Half done}\n");
    write(&work, "notes.txt", "mine\n");
    let state = |w: &Path| (git(w, &["status", "--porcelain"]), git(w, &["rev-parse", "HEAD"]), git(w, &["ls-files", "-s"]));
    let before = state(&work);

    let (out, err, code) = world.propose(&["--yes"]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(state(&work), before);
    assert_eq!(world.there(&["diff", "--name-status", "main", "stepwright/refund"]), "A\tcontent/fin/refund.blueprint.yaml\n");
    assert_eq!(world.there(&["show", "stepwright/refund:content/fin/refund.blueprint.yaml"]), BLUEPRINT);
    let log = world.there(&["log", "--format=%an %s", "main..stepwright/refund"]);
    assert_eq!(log, "Ada Add blueprint: Refund\n");
    assert!(err.contains("branch stepwright/refund, 1 commit, 1 file; reviewers @acme/cfo @acme/finance"), "{err}");
    assert!(err.contains("propose: pushed stepwright/refund to origin; text in .stepwright/cache/pull-request.md;"), "{err}");

    // The text: every part is there, roles and accounts but no people, page words mention nobody.
    for part in ["## What", "## Why", "## Evidence", "## Doubts to settle", "## Risk", "## Who approves"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(
        out.contains("- [ ] `content/fin/refund.blueprint.yaml` `ask` owner (owner-vague): \"@\u{200b}ada &lt;b>asks&lt;/b>\""),
        "{out}"
    );
    assert!(out.contains("- Chief financial officer (`cfo`), approves the document: @acme/cfo"), "{out}");
    assert!(out.contains("- @acme/finance, CODEOWNERS of `content/fin/refund.blueprint.yaml`"), "{out}");
    assert!(!out.contains("Grace"), "{out}");
    let kept = std::fs::read_to_string(work.join(".stepwright/cache/pull-request.md")).unwrap();
    assert_eq!(kept, out);
}

#[test]
fn a_second_run_goes_on_where_the_first_left_off() {
    let world = World::new();
    world.propose(&["--yes"]);
    let first = world.there(&["rev-parse", "stepwright/refund"]);
    let (_, err, code) = world.propose(&["--yes"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(world.there(&["rev-parse", "stepwright/refund"]), first, "nothing new, no commit");

    write(&world.work(), "content/fin/refund.blueprint.yaml", &BLUEPRINT.replace("Pay the money back", "Pay it back"));
    let (_, err, code) = world.propose(&["--yes"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(world.there(&["rev-parse", "stepwright/refund^"]), first, "added on top");

    // Merged: the branch says nothing new any more.
    world.there(&["update-ref", "refs/heads/main", "refs/heads/stepwright/refund"]);
    let (_, err, code) = world.propose(&["--yes"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("nothing to propose, every blueprint is as on origin/main"), "{err}");
}

/// Another person's clone, with the branch checked out.
fn colleague(world: &World) -> PathBuf {
    git(world.dir.path(), &["clone", "-q", "-b", "stepwright/refund", "srv/docs.git", "colleague"]);
    world.dir.path().join("colleague")
}

#[test]
fn what_a_colleague_pushed_is_never_overwritten() {
    let world = World::new();
    world.propose(&["--yes"]);
    let other = colleague(&world);
    write(&other, "content/fin/refund.blueprint.yaml", &BLUEPRINT.replace("clerk", "bookkeeper"));
    git(&other, &["commit", "-q", "-a", "-m", "Name the bookkeeper"]);
    git(&other, &["push", "-q"]);
    let theirs = world.there(&["rev-parse", "stepwright/refund"]);

    write(&world.work(), "content/fin/refund.blueprint.yaml", &BLUEPRINT.replace("Pay the money back", "Pay it back"));
    let (_, err, code) = world.propose(&["--yes"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("content/fin/refund.blueprint.yaml was changed on stepwright/refund by somebody"), "{err}");
    assert!(err.contains("= next: take it over (git checkout"), "{err}");
    assert_eq!(world.there(&["rev-parse", "stepwright/refund"]), theirs);

    // An amended commit of ours is theirs as well, although our trailer is still in it.
    git(&other, &["reset", "-q", "--hard", "HEAD^"]);
    write(&other, "content/fin/refund.blueprint.yaml", &BLUEPRINT.replace("clerk", "bookkeeper"));
    git(&other, &["commit", "-q", "-a", "--amend", "--no-edit"]);
    git(&other, &["push", "-q", "--force"]);
    let amended = world.there(&["rev-parse", "stepwright/refund"]);
    let (_, err, code) = world.propose(&["--yes"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("went different ways here and on origin"), "{err}");
    git(&world.work(), &["update-ref", "-d", "refs/heads/stepwright/refund"]);
    let (_, err, code) = world.propose(&["--yes"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("by somebody"), "{err}");
    assert_eq!(world.there(&["rev-parse", "stepwright/refund"]), amended);
}

#[test]
fn a_colleagues_other_files_stay_on_the_branch() {
    let world = World::new();
    world.propose(&["--yes"]);
    let other = colleague(&world);
    write(&other, "content/fin/why.md", "# Why\n");
    git(&other, &["add", "-A"]);
    git(&other, &["commit", "-q", "-m", "Say why"]);
    git(&other, &["push", "-q"]);
    let theirs = world.there(&["rev-parse", "stepwright/refund"]);
    write(&world.work(), "content/fin/refund.blueprint.yaml", &BLUEPRINT.replace("Pay the money back", "Pay it back"));
    let (_, err, code) = world.propose(&["--yes"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(world.there(&["rev-parse", "stepwright/refund^"]), theirs);
    assert_eq!(world.there(&["show", "stepwright/refund:content/fin/why.md"]), "# Why\n");
}

#[test]
fn what_main_gained_meanwhile_is_kept_and_a_clash_is_named() {
    let world = World::new();
    git(world.dir.path(), &["clone", "-q", "srv/docs.git", "other"]);
    let other = world.dir.path().join("other");
    write(&other, "content/fin/late.blueprint.yaml", &BLUEPRINT.replace("id: refund", "id: late"));
    git(&other, &["add", "-A"]);
    git(&other, &["commit", "-q", "-m", "Late"]);
    git(&other, &["push", "-q"]);
    let (_, err, code) = world.propose(&["--yes"]);
    assert_eq!(code, 0, "{err}");
    // On top of today's main, without taking `late` away although it is not here.
    assert_eq!(world.there(&["diff", "--name-status", "main", "stepwright/refund"]), "A\tcontent/fin/refund.blueprint.yaml\n");

    write(&other, "content/fin/refund.blueprint.yaml", &BLUEPRINT.replace("clerk", "bookkeeper"));
    git(&other, &["add", "-A"]);
    git(&other, &["commit", "-q", "-m", "The same one"]);
    git(&other, &["push", "-q"]);
    let (_, err, code) = world.propose(&["--yes"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("content/fin/refund.blueprint.yaml was changed on origin/main too"), "{err}");
}

#[test]
fn nothing_leaves_the_machine_unasked() {
    let world = World::new();
    let (out, err, code) = world.propose(&[]);
    assert_eq!(code, 2, "{out}{err}");
    assert!(err.contains("= next: --yes pushes, --no-push makes the branch only"), "{err}");
    let (out, err, code) = world.propose(&["--dry-run"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("# Add blueprint: Refund\n\n## What\n"), "{out}");
    assert_eq!(git(&world.work(), &["branch", "--list", "stepwright/*"]), "");
    let (_, err, code) = world.propose(&["--no-push"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(git(&world.work(), &["branch", "--list", "stepwright/*"]), "  stepwright/refund\n");
    assert_eq!(world.there(&["branch", "--list", "stepwright/*"]), "");
    // A branch somebody works on is not moved under them.
    git(&world.work(), &["checkout", "-q", "-f", "stepwright/refund"]);
    write(&world.work(), "content/fin/refund.blueprint.yaml", &BLUEPRINT.replace("Pay the money back", "Pay it back"));
    let (_, err, code) = world.propose(&["--yes"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("stepwright/refund is checked out"), "{err}");
}

#[test]
fn a_blueprint_with_errors_is_not_proposed() {
    let world = World::new();
    write(&world.work(), "content/fin/refund.blueprint.yaml", &BLUEPRINT.replace("not-same-as: [ask]", "not-same-as: [nobody]"));
    let (_, err, code) = world.propose(&["--yes"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("content/fin/refund.blueprint.yaml is not proposed, it has errors"), "{err}");
    assert_eq!(world.there(&["branch", "--list", "stepwright/*"]), "");
}

#[test]
fn a_repository_in_a_subfolder_without_a_remote_gets_a_branch() {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q", "-b", "main"]);
    git(dir.path(), &["config", "user.name", "Ada"]);
    git(dir.path(), &["config", "user.email", "ada@example.org"]);
    let docs = dir.path().join("docs");
    write(&docs, "stepwright.yaml", "site: {title: Docs}\n");
    write(&docs, "content/fin/refund.md", PAGE);
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-q", "-m", "Begin"]);
    write(&docs, "content/fin/refund.blueprint.yaml", BLUEPRINT);
    let (_, err, code) = said(&propose(&docs, &["--no-push"], &[]));
    assert_eq!(code, 0, "{err}");
    assert_eq!(git(dir.path(), &["diff", "--name-only", "main", "stepwright/refund"]), "docs/content/fin/refund.blueprint.yaml\n");
}

#[test]
fn a_git_server_over_http_takes_it_with_the_users_own_credentials() {
    let world = World::new();
    git(&world.bare(), &["config", "http.receivepack", "true"]);
    let port = server::serve(world.dir.path().join("srv"));
    let url = format!("http://127.0.0.1:{port}/docs.git");
    git(&world.work(), &["remote", "set-url", "origin", &url]);
    let (_, err, code) = world.propose(&["--yes"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("error: cannot reach origin"), "{err}");

    let store = world.dir.path().join("credentials");
    std::fs::write(&store, format!("http://ada:secret@127.0.0.1%3a{port}\n")).unwrap();
    git(&world.work(), &["config", "credential.helper", &format!("store --file={}", store.display())]);
    let (out, err, code) = world.propose(&["--yes"]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(world.there(&["show", "stepwright/refund:content/fin/refund.blueprint.yaml"]), BLUEPRINT);
    assert!(err.contains(&format!("= next: open https://127.0.0.1:{port}/docs/compare/main...stepwright/refund")), "{err}");
    assert!(!out.contains("secret") && !err.contains("secret"));

    // A server that refuses: the branch stands here, the message says what the server said.
    git(&world.bare(), &["config", "http.receivepack", "false"]);
    write(&world.work(), "content/fin/refund.blueprint.yaml", &BLUEPRINT.replace("Pay the money back", "Pay it back"));
    let (_, err, code) = world.propose(&["--yes"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("origin did not take stepwright/refund") && err.contains("403"), "{err}");
}

#[cfg(unix)]
#[test]
fn gh_opens_it_where_it_knows_the_host_and_leaves_an_open_one_alone() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    // The address is a host's; what stands for ssh runs the command here.
    let repo = format!("git.example.org{}", world.bare().display());
    git(&world.work(), &["remote", "set-url", "origin", &format!("ssh://git@{repo}")]);
    let bin = world.dir.path().join("bin");
    let script = format!(
        "#!/bin/sh\necho \"$*\" >>{0}/calls\ncase \"$1 $2\" in\n'auth status') [ \"$4\" = git.example.org ];;\n'pr list') cat {0}/open 2>/dev/null;;\n'pr create') for a; do last=$a; done; cp \"$last\" {0}/body; echo https://git.example.org/acme/docs/pull/7 | tee {0}/open;;\nesac\n",
        world.dir.path().display()
    );
    write(&bin, "gh", &script);
    std::fs::set_permissions(bin.join("gh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    write(&bin, "as-ssh", "#!/bin/sh\nfor a; do last=$a; done\nexec sh -c \"$last\"\n");
    std::fs::set_permissions(bin.join("as-ssh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let ssh = bin.join("as-ssh").display().to_string();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let run = || said(&propose(&world.work(), &["--yes"], &[("PATH", &path), ("GIT_SSH_COMMAND", &ssh)]));
    let (out, err, code) = run();
    assert_eq!((out.as_str(), code), ("opened https://git.example.org/acme/docs/pull/7\n", 0), "{err}");
    let calls = std::fs::read_to_string(world.dir.path().join("calls")).unwrap();
    let repo = repo.trim_end_matches(".git");
    assert!(calls.contains(&format!("--repo {repo} --head stepwright/refund --base main --title Add blueprint: Refund")), "{calls}");
    assert!(calls.contains("pr edit https://git.example.org/acme/docs/pull/7 --add-reviewer acme/cfo"), "{calls}");
    assert!(std::fs::read_to_string(world.dir.path().join("body")).unwrap().starts_with("## What\n"));
    let (out, _, code) = run();
    assert_eq!(code, 0);
    assert!(out.starts_with("already open: https://git.example.org/acme/docs/pull/7"), "{out}");
    assert_eq!(calls.matches("pr create").count(), 1);
}
