//! What tests share: running the binary in a folder of its own, making git repositories.

pub(crate) mod repo;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

/// The binary with a quiet environment: no colour, no settings from outside, a fixed clock.
pub(crate) fn stepwright(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stepwright"))
        .args(args)
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", dir)
        .env("SOURCE_DATE_EPOCH", "1795305600") // 2026-11-22
        .output()
        .expect("the binary runs")
}

/// Writes a file below `dir`, making its folders.
pub(crate) fn write(dir: &Path, path: &str, text: &str) {
    let full = dir.join(path);
    std::fs::create_dir_all(full.parent().expect("has a parent")).expect("folder");
    std::fs::write(full, text).expect("file");
}

/// stdout and stderr as text, and the exit code.
pub(crate) fn said(output: &Output) -> (String, String, i32) {
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
        output.status.code().unwrap_or(-1),
    )
}

/// Every file below `dir` with its bytes, by relative path.
pub(crate) fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    fn visit(dir: &Path, root: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                visit(&path, root, out);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                out.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut out = BTreeMap::new();
    visit(dir, dir, &mut out);
    out
}
