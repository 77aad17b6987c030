//! The editable plan of an import: which spaces and pages come in, where to, and what people decided about macros and people.
//!
//! Knows its file; what a decision does is the run's business.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::front::scalar;
use super::notice::Notice;
use super::run::{Assessment, LeftOut, Prepared};
use crate::page::slug;
use crate::text::{Source, schema, yaml};

/// A decision about a space.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct SpacePlan {
    /// Whether it comes in.
    pub import: Option<bool>,
    /// Its folder below the content folder.
    pub folder: Option<String>,
}

/// What to do with text that looks like a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretPlan {
    /// It is none.
    Allow,
    /// Hold the page back.
    Hold,
}

/// A decision about a page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct PagePlan {
    /// Its title, for the reader of the plan.
    pub title: Option<String>,
    /// Whether it comes in.
    pub import: Option<bool>,
    /// Its path below the content folder.
    pub path: Option<String>,
    /// See [`SecretPlan`].
    pub secrets: Option<SecretPlan>,
}

/// A person whom pages name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct PersonPlan {
    /// Pages that mention them, for the reader of the plan.
    pub pages: Option<u64>,
    /// Pages whose properties name them as owner.
    pub owns: Option<u64>,
    /// Id of the role that pages name instead; without one they name the person.
    pub role: Option<String>,
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[schemars(title = "stepwright import plan")]
pub struct Plan {
    /// Spaces by key.
    pub spaces: BTreeMap<String, SpacePlan>,
    /// Pages by id (or file, for exports without ids).
    pub pages: BTreeMap<String, PagePlan>,
    /// People by the name that pages show.
    pub people: BTreeMap<String, PersonPlan>,
}

impl Plan {
    /// Reads the plan at `path`; `None` if there is none. Errors are those of its text, with line and column, all at once.
    pub fn read(path: &Path) -> Result<Option<Self>, Vec<Notice>> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(vec![Notice::error(format!("{} cannot be read", path.display())).why(error.to_string())]),
        };
        let source = Source::new(path.display().to_string(), text);
        let doc = yaml::parse(&source);
        let plan_schema: serde_json::Value = schemars::schema_for!(Self).into();
        let mut problems = doc.problems.clone();
        problems.extend(schema::check(&doc.root, &plan_schema));
        let mut notices: Vec<Notice> = problems
            .iter()
            .map(|p| {
                let at = source.position(p.span.start);
                let notice = Notice::error(format!("{}:{}:{}: {}", path.display(), at.line, at.column, p.message));
                match &p.suggestion {
                    Some(near) => notice.next(format!("did you mean `{near}`?")),
                    None => notice,
                }
            })
            .collect();
        for entry in doc.root.get("pages").map(yaml::Node::entries).unwrap_or_default() {
            let Some(node) = entry.value.get("path") else { continue };
            if let Some(bad) = node.text().filter(|p| !good_path(p)) {
                let at = source.position(node.span.start);
                notices.push(
                    Notice::error(format!("{}:{}:{}: `{bad}` is not a path of a page", path.display(), at.line, at.column))
                        .next("a path ends in .md and stays below the content folder: ops/deploy-2.md"),
                );
            }
        }
        for entry in doc.root.get("people").map(yaml::Node::entries).unwrap_or_default() {
            let Some(node) = entry.value.get("role") else { continue };
            if let Some(bad) = node.text().filter(|role| slug::ascii(role) != *role) {
                let at = source.position(node.span.start);
                notices.push(
                    Notice::error(format!("{}:{}:{}: `{bad}` is not the id of a role", path.display(), at.line, at.column))
                        .next("an id has small letters, digits and hyphens: ops-lead; its title is for roles.yaml"),
                );
            }
        }
        let plan: Option<Self> = serde_json::from_value(doc.root.to_json()).ok();
        if !notices.is_empty() {
            return Err(notices);
        }
        Ok(plan)
    }

    /// The page was named to come in.
    pub fn takes(&self, key: &str) -> bool {
        self.pages.get(key).and_then(|p| p.import) == Some(true)
    }

    /// The page was named to stay out.
    pub fn leaves(&self, key: &str) -> bool {
        self.pages.get(key).and_then(|p| p.import) == Some(false)
    }

    /// The space was named to come in.
    pub fn takes_space(&self, key: &str) -> bool {
        self.spaces.get(key).and_then(|s| s.import) == Some(true)
    }

    /// The space was named to stay out.
    pub fn leaves_space(&self, key: &str) -> bool {
        self.spaces.get(key).and_then(|s| s.import) == Some(false)
    }

    /// The path chosen for a page.
    pub fn path(&self, key: &str) -> Option<&str> {
        self.pages.get(key).and_then(|p| p.path.as_deref())
    }

    /// What looks like a secret on the page is none.
    pub fn allows_secrets(&self, key: &str) -> bool {
        self.pages.get(key).and_then(|p| p.secrets) == Some(SecretPlan::Allow)
    }

    /// Folders chosen for spaces.
    pub fn folders(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.spaces
            .iter()
            .filter_map(|(k, s)| s.folder.as_ref().map(|f| (k.clone(), f.trim_matches('/').to_owned())))
            .filter(|(_, f)| good_folder(f))
    }

    /// The plan for what was prepared: earlier decisions, every space, every page with something to decide, and the people that pages name.
    pub fn of(prepared: &Prepared, found: &Assessment) -> Self {
        let mut out = prepared.plan.clone();
        out.people.retain(|_, person| person.role.as_ref().is_some_and(|role| !role.is_empty()));
        for person in out.people.values_mut() {
            (person.pages, person.owns) = (None, None);
        }
        for (name, person) in &found.people {
            let slot = out.people.entry(name.clone()).or_default();
            (slot.pages, slot.owns) = (Some(person.pages), Some(person.owns));
            // What roles.yaml says stays there.
            if slot.role.is_none() && person.role.is_none() {
                slot.role = Some(String::new());
            }
        }
        for at in &found.secrets {
            let slot = out.pages.entry(prepared.keys[*at].clone()).or_default();
            slot.title = Some(prepared.package.pages[*at].title.clone());
            slot.secrets.get_or_insert(SecretPlan::Hold);
        }
        let spaces: BTreeSet<&String> = prepared.package.pages.iter().filter_map(|p| p.space.as_ref()).collect();
        for key in spaces {
            let slot = out.spaces.entry(key.clone()).or_default();
            let any = prepared.package.pages.iter().zip(&prepared.take).any(|(p, t)| *t && p.space.as_ref() == Some(key));
            slot.import.get_or_insert(any);
            if slot.folder.is_none() {
                slot.folder = prepared.folders.get(key).cloned();
            }
        }
        for (at, why) in &prepared.left_out {
            if matches!(why, LeftOut::Restricted | LeftOut::BelowRestricted | LeftOut::DeletedHere) {
                let slot = out.pages.entry(prepared.keys[*at].clone()).or_default();
                slot.title = Some(prepared.package.pages[*at].title.clone());
                slot.import.get_or_insert(false);
            }
        }
        let blocked: Vec<&str> = prepared.notices().filter(|n| n.blocks).map(|n| n.what.as_str()).collect();
        for (at, page) in prepared.package.pages.iter().enumerate().filter(|(at, _)| prepared.take[*at]) {
            let key = &prepared.keys[at];
            if blocked.iter().any(|b| b.contains(&format!("({key})"))) {
                let slot = out.pages.entry(key.clone()).or_default();
                slot.title = Some(page.title.clone());
                slot.path.get_or_insert_with(|| prepared.layout.pages[at].clone());
            }
        }
        out
    }

    /// Its text, with a word on how to edit it.
    pub fn text(&self, name: &str) -> String {
        let mut out = format!(
            "# Plan of the import `{name}`. Edit it, then run `stepwright import run` with the same export.\n\
             # A page may be named by its id: import (true or false), path (below the content folder), secrets (allow).\n"
        );
        if !self.people.is_empty() {
            out.push_str("# A person may be given a role by its id, here or in roles.yaml: pages then name the role instead.\n");
        }
        out.push_str("spaces:\n");
        for (key, space) in &self.spaces {
            let _ = writeln!(out, "  {}:", scalar(key));
            line(&mut out, "import", space.import.map(|b| b.to_string()));
            line(&mut out, "folder", space.folder.as_deref().map(scalar));
        }
        if self.spaces.is_empty() {
            out.truncate(out.len() - 1);
            out.push_str(" {}\n");
        }
        if !self.pages.is_empty() {
            out.push_str("pages:\n");
        }
        for (key, page) in &self.pages {
            let _ = writeln!(out, "  {}:", scalar(key));
            line(&mut out, "title", page.title.as_deref().map(scalar));
            line(&mut out, "import", page.import.map(|b| b.to_string()));
            line(&mut out, "path", page.path.as_deref().map(scalar));
            line(&mut out, "secrets", page.secrets.map(|s| if s == SecretPlan::Allow { "allow" } else { "hold" }.to_owned()));
        }
        if !self.people.is_empty() {
            out.push_str("people:\n");
        }
        let mut people: Vec<_> = self.people.iter().collect();
        people.sort_by_key(|(name, person)| (std::cmp::Reverse(person.pages.max(person.owns)), *name));
        for (name, person) in people {
            let counts = [("pages", person.pages), ("owns", person.owns)].into_iter().filter_map(|(key, n)| Some(format!("{key}: {}", n?)));
            let role = person.role.as_deref().map(|role| format!("role: {}", scalar(role)));
            let _ = writeln!(out, "  {}: {{{}}}", scalar(name), counts.chain(role).collect::<Vec<_>>().join(", "));
        }
        out
    }
}

fn line(out: &mut String, key: &str, value: Option<String>) {
    if let Some(value) = value {
        let _ = writeln!(out, "    {key}: {value}");
    }
}

fn good_folder(folder: &str) -> bool {
    !folder.is_empty() && !folder.contains('\\') && folder.split('/').all(|p| !p.is_empty() && !p.starts_with('.'))
}

fn good_path(path: &str) -> bool {
    path.ends_with(".md") && good_folder(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_back_and_every_fault_has_its_place() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut plan = Plan::default();
        plan.spaces.insert("OPS".into(), SpacePlan { import: Some(true), folder: Some("ops".into()) });
        let page = PagePlan { title: Some("A: b".into()), path: Some("ops/a.md".into()), ..PagePlan::default() };
        plan.pages.insert("48562177".into(), page);
        let person = PersonPlan { pages: Some(3), owns: Some(0), role: Some("ops-lead".into()) };
        plan.people.insert("Jo Doe".into(), person);
        std::fs::write(file.path(), plan.text("wiki")).unwrap();
        assert_eq!(Plan::read(file.path()).unwrap(), Some(plan));
        std::fs::write(
            file.path(),
            "spaces:\n  OPS:\n    imprt: true\npages:\n  \"1\":\n    path: ../x.md\npeople:\n  Jo Doe: {role: Ops Lead}\n",
        )
        .unwrap();
        let said = Plan::read(file.path()).unwrap_err();
        assert!(said[0].what.contains(":3:5: ") && said[0].next.as_deref() == Some("did you mean `import`?"), "{said:?}");
        assert!(said[1].what.contains("is not a path of a page"));
        assert!(said[2].what.ends_with(":8:18: `Ops Lead` is not the id of a role"), "{said:?}");
    }
}
