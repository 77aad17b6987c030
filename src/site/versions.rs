//! Versions of the docs side by side: the current one at the root of the site, each older one whole in a folder of its own, with links to the same page
//! in the others.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::SiteError;
use super::plan::Plan;
use super::routes;

/// A version as the others link to it.
#[derive(Debug)]
struct Version {
    name: String,
    /// Its folder in the output with a slash at the end; empty for the current one.
    folder: String,
    home: String,
    pages: BTreeSet<String>,
}

/// All versions of a site; the first is the current one.
#[derive(Debug)]
pub struct Versions(Vec<Version>);

/// A version as templates see it.
#[derive(Debug, Clone, Serialize)]
pub struct VersionLink {
    /// Its name.
    pub name: String,
    /// The same page there, else the start of that version.
    pub url: String,
    /// It is the one that is read.
    pub here: bool,
    /// The address is that of the same page.
    pub same: bool,
}

/// Folder of the version `name` in the output.
pub fn folder(name: &str) -> String {
    format!("{name}/")
}

/// Lets the plans of all versions, the current one first, know each other. An older version may not have the name of a folder or file of the
/// current one.
pub fn tie(plans: &mut [Plan<'_>], names: &[String]) -> Result<(), SiteError> {
    let all: Vec<Version> = plans
        .iter()
        .zip(names)
        .enumerate()
        .map(|(n, (plan, name))| Version {
            name: name.clone(),
            folder: if n == 0 { String::new() } else { folder(name) },
            home: plan.sections[0].output.clone(),
            pages: plan.pages_written().map(str::to_owned).collect(),
        })
        .collect();
    // The theme's files and the search index of the current version lie beside them.
    let mut names: BTreeSet<String> = ["assets", "search"].into_iter().map(str::to_owned).collect();
    for version in &all[1..] {
        if plans[0].taken.has_below(&version.folder) || !names.insert(version.name.to_lowercase()) {
            return Err(SiteError::Version { name: version.name.clone() });
        }
    }
    let all = Arc::new(Versions(all));
    for (n, plan) in plans.iter_mut().enumerate() {
        plan.tie(Arc::clone(&all), n);
    }
    Ok(())
}

impl Versions {
    /// Links from the file `path` of version `here` to all versions.
    pub fn links(&self, here: usize, path: &str) -> Vec<VersionLink> {
        let from = format!("{}{path}", self.0[here].folder);
        let link = |(n, version): (usize, &Version)| {
            let same = version.pages.contains(path);
            let to = format!("{}{}", version.folder, if same { path } else { &version.home });
            VersionLink { name: version.name.clone(), url: routes::relative(&from, &to), here: n == here, same }
        };
        self.0.iter().enumerate().map(link).collect()
    }

    /// True if the current version has a page at this path.
    pub fn current_has(&self, path: &str) -> bool {
        self.0[0].pages.contains(path)
    }
}
