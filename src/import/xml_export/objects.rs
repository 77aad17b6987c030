//! `entities.xml` as a stream of flat objects: class, id, properties. One object in memory at a time.
//!
//! The grammar is Hibernate's: `object` elements below `hibernate-generic`, each with `id`, `property` and `collection` children. Knows nothing of what
//! the classes mean. Broken markup costs the object it stands in, never the rest: the next `<object` begins afresh.

use std::io::Read;

use quick_xml::Reader;
use quick_xml::errors::SyntaxError;
use quick_xml::events::{BytesStart, Event};

use super::clean::{CUT, Clean, Mended};

/// A property's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Text, as written.
    Text(String),
    /// A reference: class and id.
    Ref(String, String),
    /// A collection of references: ids.
    Ids(Vec<String>),
}

/// One `object`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Object {
    /// Class without package.
    pub(super) class: String,
    /// Its id; empty for composite ids.
    pub(super) id: String,
    /// Properties that are not null.
    pub(super) properties: Vec<(String, Value)>,
    /// Line where it begins.
    pub(super) line: u64,
    /// A text in it was longer than the limit and was cut.
    pub(super) cut: bool,
}

impl Object {
    /// Text of a property, untrimmed; `None` if null or empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Text of a property, trimmed; `None` if blank.
    pub(super) fn word(&self, name: &str) -> Option<&str> {
        self.text(name).map(str::trim).filter(|t| !t.is_empty())
    }

    /// The id a property refers to.
    pub(super) fn reference(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Ref(_, id) if !id.is_empty() => Some(id),
            _ => None,
        }
    }

    /// The class a property refers to.
    pub(super) fn reference_class(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Ref(class, _) => Some(class),
            _ => None,
        }
    }

    /// The ids in a collection.
    pub(super) fn ids(&self, name: &str) -> &[String] {
        match self.get(name) {
            Some(Value::Ids(ids)) => ids,
            _ => &[],
        }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.properties.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }
}

/// How a stream ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// With the root's end.
    Whole,
    /// In the middle.
    Cut {
        /// The last line there is.
        line: u64,
        /// What was open: class and id of the object, if one was.
        inside: Option<(String, String)>,
    },
    /// The root is another one.
    Foreign(String),
    /// The container gave no more bytes.
    Failed {
        /// The last line there is.
        line: u64,
        /// What the container says.
        why: String,
    },
}

/// A place where markup was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// Line.
    pub(super) line: u64,
    /// What the parser says.
    pub(super) why: String,
    /// The object that was lost with it.
    pub(super) inside: Option<(String, String)>,
}

/// What reading brought besides objects.
#[derive(Debug)]
pub(super) struct Outcome {
    /// How it ended.
    pub(super) end: End,
    /// Broken places, the first hundred.
    pub(super) broken: Vec<Broken>,
    /// What the byte stream needed.
    pub(super) mended: Mended,
    /// The root's `datetime`.
    pub(super) datetime: Option<String>,
}

/// Reads all objects whose class `wanted` accepts and hands each to `take` as it comes. `progress` learns the bytes read so far.
pub(super) fn read(
    input: &mut dyn Read,
    limit: u64,
    wanted: &dyn Fn(&str) -> bool,
    progress: &dyn Fn(u64),
    take: &mut dyn FnMut(Object),
) -> Outcome {
    let mut reader = parser(Clean::new(input, limit));
    let mut state = State::new(wanted, take, usize::try_from(limit).unwrap_or(usize::MAX));
    let mut broken = Vec::new();
    let mut buf = Vec::new();
    let mut told = 0;
    let end = loop {
        buf.clear();
        match reader.read_event_into(&mut buf) {
            Ok(Event::Eof) => break state.at_end(),
            Ok(event) => {
                if let Some(end) = state.event(&event) {
                    break end;
                }
            }
            Err(quick_xml::Error::Io(error)) => break End::Failed { line: state.line, why: error.to_string() },
            // The parser calls markup unclosed only when the input is over.
            Err(quick_xml::Error::Syntax(error)) if error != SyntaxError::InvalidBangMarkup => break state.at_end(),
            Err(error) => {
                if broken.len() < 100 {
                    broken.push(Broken { line: state.line, why: error.to_string(), inside: state.inside() });
                }
                state.object = None;
                state.path.clear();
                // After an error the parser calls itself done; a fresh one goes on where it stood.
                reader = parser(reader.into_inner());
            }
        }
        let taken = reader.get_ref().taken;
        if taken - told >= 1 << 20 {
            told = taken;
            progress(taken);
        }
    };
    Outcome { end, broken, mended: reader.get_ref().mended, datetime: state.datetime.take() }
}

fn parser<R: std::io::BufRead>(input: R) -> Reader<R> {
    let mut reader = Reader::from_reader(input);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    config.expand_empty_elements = true;
    reader
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Id,
    Property,
    Collection,
    Member,
    Other,
}

struct State<'a> {
    wanted: &'a dyn Fn(&str) -> bool,
    take: &'a mut dyn FnMut(Object),
    limit: usize,
    line: u64,
    root: bool,
    whole: bool,
    datetime: Option<String>,
    object: Option<Object>,
    skipped: bool,
    path: Vec<Element>,
    name: String,
    class: String,
    text: String,
    reference: Option<String>,
    ids: Vec<String>,
}

impl<'a> State<'a> {
    fn new(wanted: &'a dyn Fn(&str) -> bool, take: &'a mut dyn FnMut(Object), limit: usize) -> Self {
        Self {
            wanted,
            take,
            limit,
            line: 1,
            root: false,
            whole: false,
            datetime: None,
            object: None,
            skipped: false,
            path: Vec::new(),
            name: String::new(),
            class: String::new(),
            text: String::new(),
            reference: None,
            ids: Vec::new(),
        }
    }

    fn inside(&self) -> Option<(String, String)> {
        self.object.as_ref().map(|o| (o.class.clone(), o.id.clone()))
    }

    fn at_end(&self) -> End {
        if self.whole { End::Whole } else { End::Cut { line: self.line, inside: self.inside() } }
    }

    /// Takes one event; an end stops reading.
    fn event(&mut self, event: &Event<'_>) -> Option<End> {
        match event {
            Event::Start(tag) => {
                if self.root {
                    self.start(tag);
                } else if tag.name().as_ref() == "hibernate-generic" {
                    self.root = true;
                    self.datetime = attribute(tag, "datetime");
                } else {
                    return Some(End::Foreign(tag.name().as_ref().to_owned()));
                }
                self.line += lines(tag);
            }
            Event::End(tag) => match tag.name().as_ref() {
                "hibernate-generic" => self.whole = true,
                "object" => self.finish(),
                _ => self.end(),
            },
            Event::Text(text) => {
                self.push(text);
                self.line += lines(text);
            }
            Event::CData(text) => {
                self.push(text);
                self.line += lines(text);
            }
            Event::GeneralRef(name) => self.push_reference(name),
            Event::Comment(text) => self.line += lines(text),
            Event::DocType(text) => self.line += lines(text),
            _ => {}
        }
        None
    }

    fn start(&mut self, tag: &BytesStart<'_>) {
        if tag.name().as_ref() == "object" {
            let class = attribute(tag, "class").unwrap_or_default();
            let class = class.rsplit('.').next().unwrap_or_default().to_owned();
            self.skipped = !(self.wanted)(&class);
            self.object = Some(Object { class, line: self.line, ..Object::default() });
            self.path.clear();
            return;
        }
        if self.object.is_none() || self.path.len() > 64 {
            return;
        }
        let element = match tag.name().as_ref() {
            "id" => Element::Id,
            "property" => Element::Property,
            "collection" => Element::Collection,
            "element" => Element::Member,
            _ => Element::Other,
        };
        if self.skipped {
            self.path.push(element);
            return;
        }
        match element {
            Element::Property | Element::Collection if self.path.is_empty() => {
                self.name = attribute(tag, "name").unwrap_or_default();
                self.class = String::from(attribute(tag, "class").unwrap_or_default().rsplit('.').next().unwrap_or_default());
                self.text.clear();
                self.reference = None;
                self.ids.clear();
            }
            Element::Id => self.text.clear(),
            Element::Member => self.text.clear(),
            _ => {}
        }
        self.path.push(element);
    }

    fn push(&mut self, text: &str) {
        let counts = !self.skipped && matches!(self.path.last(), Some(Element::Id | Element::Property | Element::Member));
        let Some(object) = self.object.as_mut().filter(|_| counts) else { return };
        if self.text.len() + text.len() > self.limit.saturating_add(CUT.len()) {
            object.cut = true;
            return;
        }
        self.text.push_str(text);
        if self.text.ends_with(CUT) {
            self.text.truncate(self.text.len() - CUT.len());
            object.cut = true;
        }
    }

    fn push_reference(&mut self, name: &quick_xml::events::BytesRef<'_>) {
        if let Ok(Some(c)) = name.resolve_char_ref() {
            self.push(c.encode_utf8(&mut [0; 4]));
            return;
        }
        match &**name {
            "amp" => self.push("&"),
            "lt" => self.push("<"),
            "gt" => self.push(">"),
            "quot" => self.push("\""),
            "apos" => self.push("'"),
            // Declared entities are never expanded; their names stay visible.
            other => self.push(&format!("&{other};")),
        }
    }

    fn end(&mut self) {
        let Some(element) = self.path.pop() else { return };
        let Some(object) = self.object.as_mut().filter(|_| !self.skipped) else { return };
        match (element, self.path.last()) {
            (Element::Id, None) => object.id = String::from(std::mem::take(&mut self.text).trim()),
            (Element::Id, Some(Element::Property)) => self.reference = Some(std::mem::take(&mut self.text).trim().to_owned()),
            (Element::Id, Some(Element::Member)) => {
                self.ids.push(std::mem::take(&mut self.text).trim().to_owned());
                self.path.pop();
                self.path.push(Element::Other);
            }
            (Element::Property, None) => {
                let name = std::mem::take(&mut self.name);
                let text = std::mem::take(&mut self.text);
                match self.reference.take() {
                    Some(id) => object.properties.push((name, Value::Ref(std::mem::take(&mut self.class), id))),
                    None if text.is_empty() => {}
                    None => object.properties.push((name, Value::Text(text))),
                }
            }
            (Element::Collection, None) => {
                let ids = std::mem::take(&mut self.ids);
                if !ids.is_empty() {
                    object.properties.push((std::mem::take(&mut self.name), Value::Ids(ids)));
                }
            }
            _ => {}
        }
    }

    fn finish(&mut self) {
        self.path.clear();
        if let Some(object) = self.object.take() {
            (self.take)(object);
        }
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.html_attributes().with_checks(false).flatten().find(|a| a.key.as_ref() == name)?;
    Some(found.value.into_owned())
}

fn lines(text: &str) -> u64 {
    text.bytes().filter(|b| *b == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(xml: &str, limit: u64) -> (Vec<Object>, Outcome) {
        let mut out = Vec::new();
        let outcome = read(&mut xml.as_bytes(), limit, &|_| true, &|_| {}, &mut |o| out.push(o));
        (out, outcome)
    }

    const PAGE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<hibernate-generic datetime="2025-01-31 09:00:00.000">
<object class="Page" package="com.atlassian.confluence.pages">
<id name="id">101</id>
<property name="title"><![CDATA[Mail & relay]]></property>
<property name="plain">a &lt;b&gt; &#228;&nbsp;c</property>
<property name="originalVersion"/>
<property name="space" class="Space" package="x.spaces"><id name="id">7</id></property>
<collection name="children" class="java.util.Collection"><element class="Page" package="x"><id name="id">102</id></element><element class="Page" package="x"><id name="id">103</id>
</element></collection>
</object>
</hibernate-generic>"#;

    #[test]
    fn the_three_shapes_of_value() {
        let (objects, outcome) = objects(PAGE, 1 << 20);
        let page = &objects[0];
        assert_eq!((page.id.as_str(), page.word("title"), page.line), ("101", Some("Mail & relay"), 3));
        assert_eq!(page.text("plain"), Some("a <b> ä&nbsp;c"));
        assert_eq!((page.reference("space"), page.reference_class("space")), (Some("7"), Some("Space")));
        assert_eq!(page.ids("children"), ["102", "103"]);
        assert!(page.text("originalVersion").is_none());
        assert_eq!(outcome.end, End::Whole);
    }

    #[test]
    fn cut_off_foreign_and_oversized() {
        let cut = &PAGE[..PAGE.find("<collection").unwrap()];
        let (none, outcome) = objects(cut, 1 << 20);
        assert!(none.is_empty());
        assert_eq!(outcome.end, End::Cut { line: 9, inside: Some(("Page".into(), "101".into())) });
        let inside_text = &PAGE[..PAGE.find("relay").unwrap()];
        assert!(matches!(objects(inside_text, 1 << 20).1.end, End::Cut { .. }));
        assert_eq!(objects("<entity-engine-xml><Issue/></entity-engine-xml>", 99).1.end, End::Foreign("entity-engine-xml".into()));
        let big = PAGE.replace("Mail & relay", &"x".repeat(5000));
        let (objects, outcome) = objects(&big, 1000);
        assert_eq!(objects.len(), 1, "{outcome:?}");
        assert!(objects[0].cut && objects[0].text("title").unwrap().len() <= 5000);
        assert_eq!((objects[0].ids("children").len(), outcome.end), (2, End::Whole));
    }

    #[test]
    fn a_broken_object_costs_only_itself() {
        let broken = PAGE.replace("</object>", "</object><object class=\"Page\"><id name=\"id\">104</id><property name=\"a\">x</propertY></collection><!x><object class=\"Page\" package=\"p\"><id name=\"id\">105</id></object>");
        let (objects, outcome) = objects(&broken, 1 << 20);
        assert!(objects.iter().any(|o| o.id == "101") && objects.iter().any(|o| o.id == "105"), "{objects:?} {outcome:?}");
    }
}
