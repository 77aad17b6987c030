//! Addresses of a wiki, as far as an import needs them: which server, which path, and where a link leads.
//!
//! Knows text only. That a secret goes to one server alone hangs on [`Address::origin`].

/// An absolute `http` or `https` address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// `https://wiki.example.com:8443`: scheme, host in lower case, port unless it is the usual one.
    pub(super) origin: String,
    /// Path and query, beginning with `/`.
    pub(super) path: String,
}

impl Address {
    /// Reads an address; `Err` says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = text.trim().split_once("://").ok_or("it does not begin with https://")?;
        let scheme = scheme.to_ascii_lowercase();
        let usual = match scheme.as_str() {
            "https" => ":443",
            "http" => ":80",
            _ => return Err("it does not begin with https://"),
        };
        let rest = rest.split('#').next().unwrap_or(rest);
        let cut = rest.find(['/', '?', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(cut);
        if authority.contains('@') {
            return Err("it holds a user name or password; those come from the environment");
        }
        let authority = authority.to_ascii_lowercase();
        let authority = authority.strip_suffix(usual).unwrap_or(&authority);
        if authority.is_empty() || authority.chars().any(|c| !(c.is_alphanumeric() || "-._:[]".contains(c))) {
            return Err("it names no host");
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        if path.chars().any(|c| c.is_control() || c == ' ' || c == '\\') {
            return Err("its path holds characters that no address has");
        }
        Ok(Self { origin: format!("{scheme}://{authority}"), path })
    }

    /// Whether what is sent there can be read on the way. A machine talking to itself is safe.
    pub(super) fn open_to_listeners(&self) -> bool {
        let Some(host) = self.origin.strip_prefix("http://") else { return false };
        let host = if host.starts_with('[') {
            host.split(']').next().unwrap_or(host).trim_start_matches('[')
        } else {
            host.split(':').next().unwrap_or(host)
        };
        let this_machine = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        !this_machine
    }

    /// Where `link` leads, seen from here: absolute, from the host's root, or relative to the last slash.
    pub(super) fn join(&self, link: &str) -> Result<Self, &'static str> {
        if link.contains("://") && !link.starts_with('/') {
            return Self::parse(link);
        }
        if let Some(rest) = link.strip_prefix("//") {
            let scheme = self.origin.split("://").next().unwrap_or("https");
            return Self::parse(&format!("{scheme}://{rest}"));
        }
        if link.starts_with('/') {
            return Self::parse(&format!("{}{link}", self.origin));
        }
        let folder = self.path.split('?').next().and_then(|p| p.rsplit_once('/')).map_or("", |(folder, _)| folder);
        Self::parse(&format!("{}{folder}/{link}", self.origin))
    }

    /// The whole address.
    pub(super) fn text(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }

    /// The address without its query, for messages: queries may hold signatures.
    pub(super) fn shown(&self) -> String {
        format!("{}{}", self.origin, self.path.split('?').next().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_apart_and_links_resolved() {
        let origin = |t: &str| Address::parse(t).unwrap().origin;
        assert_eq!(origin("HTTPS://Wiki.Example.com:443/x?y"), "https://wiki.example.com");
        assert_ne!(origin("https://wiki.example.com/"), origin("http://wiki.example.com/"));
        assert_ne!(origin("https://wiki.example.com/"), origin("https://wiki.example.com:8443/"));
        assert_eq!(origin("https://a.example?next=https://b.example/"), "https://a.example");
        for bad in [
            "wiki.example.com",
            "ftp://x/",
            "https://",
            "https://jo:secret@wiki.example.com/",
            "https://a b/",
            "https://a.example\\@b.example/",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
        let base = Address::parse("https://a.example/wiki/rest/api/content?start=0").unwrap();
        let to = |link: &str| base.join(link).unwrap().text();
        assert_eq!(to("/wiki/x?y=1"), "https://a.example/wiki/x?y=1");
        assert_eq!(to("next"), "https://a.example/wiki/rest/api/next");
        assert_eq!(to("//b.example/f"), "https://b.example/f");
        assert_eq!(to("http://b.example/f"), "http://b.example/f");
    }

    #[test]
    fn only_this_machine_may_be_spoken_to_in_clear() {
        let open = |t: &str| Address::parse(t).unwrap().open_to_listeners();
        assert!(open("http://wiki.example.com/") && open("http://10.0.0.1:8090/") && open("http://localhost.example.com/"));
        assert!(
            !open("http://127.0.0.1:8090/")
                && !open("http://localhost/")
                && !open("http://[::1]:80/")
                && !open("https://wiki.example.com/")
        );
    }
}
