//! What an import tells the person at the terminal: one type for errors, warnings and remarks, each with its reason and what to do next.

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Stops the run, or something that should be there is not.
    Error,
    /// Something is left behind.
    Warning,
    /// Worth knowing.
    Info,
}

impl Level {
    /// The label's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// One thing said about an import.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// How bad.
    pub level: Level,
    /// What happened, and where; stands alone.
    pub what: String,
    /// Why.
    pub why: Option<String>,
    /// What to do next.
    pub next: Option<String>,
    /// Nothing can go on before it is answered.
    pub blocks: bool,
}

impl Notice {
    fn new(level: Level, what: impl Into<String>) -> Self {
        Self { level, what: what.into(), why: None, next: None, blocks: false }
    }

    /// An error.
    pub fn error(what: impl Into<String>) -> Self {
        Self::new(Level::Error, what)
    }

    /// A warning.
    pub fn warning(what: impl Into<String>) -> Self {
        Self::new(Level::Warning, what)
    }

    /// A remark.
    pub fn info(what: impl Into<String>) -> Self {
        Self::new(Level::Info, what)
    }

    /// With its reason.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// With what to do next.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// Nothing goes on before it is answered.
    #[must_use]
    pub fn blocking(mut self) -> Self {
        self.blocks = true;
        self
    }
}

/// A number as people read it: `61,865,984`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1 page`, `2 pages`.
pub fn plural(n: u64, one: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {one}{s}", count(n))
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_grouped() {
        assert_eq!(super::count(61_865_984), "61,865,984");
        assert_eq!(super::count(999), "999");
        assert_eq!(super::plural(1, "page"), "1 page");
    }
}
