//! The server of the preview: files of one folder, a script that waits for news, nothing else. Loopback unless told otherwise.

use std::fs;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tiny_http::{Header, Request, Response, Server, StatusCode};

use super::Live;
use crate::page::corpus::percent_decode;

/// Where the preview's own addresses begin.
const OWN: &str = "/-stepwright/";
/// How long a browser's question is held back when there is no news.
const PATIENCE: Duration = Duration::from_secs(25);
/// Ports tried after the wanted one, when it is taken.
const TRIES: u16 = 20;

/// A server that is bound to its address.
pub struct Preview {
    server: Arc<Server>,
    root: PathBuf,
    live: Arc<Live>,
    address: SocketAddr,
}

impl std::fmt::Debug for Preview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Preview").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Preview {
    /// Binds to `host`, on `port` or the next free one.
    pub fn bind(host: &str, port: u16, root: PathBuf, live: Arc<Live>) -> io::Result<Self> {
        let mut last = io::Error::other("no address");
        for port in port..=port.saturating_add(TRIES) {
            let address = (host, port).to_socket_addrs()?.next().ok_or_else(|| io::Error::other("the host has no address"))?;
            match Server::http(address) {
                Ok(server) => {
                    let address = server.server_addr().to_ip().unwrap_or(address);
                    return Ok(Self { server: Arc::new(server), root, live, address });
                }
                Err(error) => last = io::Error::other(error.to_string()),
            }
        }
        Err(last)
    }

    /// The address it answers at.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until the process ends. A thread per request: browsers hold one open each while they wait for news.
    pub fn run(&self) {
        for request in self.server.incoming_requests() {
            let (root, live, loopback) = (self.root.clone(), Arc::clone(&self.live), self.address.ip().is_loopback());
            std::thread::spawn(move || answer(request, &root, &live, loopback));
        }
    }
}

fn answer(request: Request, root: &Path, live: &Live, loopback: bool) {
    let host = request.headers().iter().find(|h| h.field.equiv("Host")).map(|h| h.value.as_str().to_owned()).unwrap_or_default();
    // A page elsewhere may point a name of its own at this machine; it must not get to read the preview.
    let response = if loopback && !is_loopback_name(&host) {
        plain(403, "text/plain; charset=utf-8", b"This preview answers on localhost only.\n".to_vec())
    } else {
        respond(request.url(), root, live)
    };
    // A browser that went away is no trouble of ours.
    let _ = request.respond(response);
}

fn is_loopback_name(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]" | "")
}

type Answer = Response<io::Cursor<Vec<u8>>>;

fn respond(url: &str, root: &Path, live: &Live) -> Answer {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    if let Some(own) = path.strip_prefix(OWN) {
        return match own {
            "live.js" => plain(200, "text/javascript; charset=utf-8", include_bytes!("live.js").to_vec()),
            "live.css" => plain(200, "text/css; charset=utf-8", include_bytes!("live.css").to_vec()),
            "news" => {
                let get = |key: &str| {
                    query.split('&').find_map(|p| p.strip_prefix(key)?.strip_prefix('=')).map(percent_decode).unwrap_or_default()
                };
                let seen = get("seen").parse().unwrap_or(0);
                plain(200, "application/json", live.wait(seen, &get("output"), &get("page"), PATIENCE).into_bytes())
            }
            _ => missing(root, live),
        };
    }
    let Some(mut file) = inside(root, &percent_decode(path)) else { return missing(root, live) };
    if file.is_dir() {
        file.push("index.html");
    }
    match fs::read(&file) {
        Ok(bytes) if file.extension().is_some_and(|e| e == "html") => page(200, bytes, &output_name(root, &file), live),
        Ok(bytes) => plain(200, content_type(&file), bytes),
        Err(_) => missing(root, live),
    }
}

fn missing(root: &Path, live: &Live) -> Answer {
    page(
        404,
        fs::read(root.join("404.html")).unwrap_or_else(|_| b"<!doctype html><title>Not found</title>Not found.".to_vec()),
        "404.html",
        live,
    )
}

/// A page with the script that waits for news. The page's policy lets nothing be fetched, so it is widened by just that.
fn page(code: u16, bytes: Vec<u8>, output: &str, live: &Live) -> Answer {
    let html = String::from_utf8_lossy(&bytes).replacen("default-src 'none';", "default-src 'none'; connect-src 'self';", 1);
    let tags = format!(
        "<link rel=\"stylesheet\" href=\"{OWN}live.css\"><script src=\"{OWN}live.js\" data-output=\"{}\" data-seen=\"{}\" defer></script></body>",
        crate::site::html::escaped(output),
        live.version(),
    );
    plain(code, "text/html; charset=utf-8", html.replacen("</body>", &tags, 1).into_bytes())
}

fn output_name(root: &Path, file: &Path) -> String {
    let relative = file.strip_prefix(root).unwrap_or(file);
    crate::text::path::slashed(relative)
}

/// The file an address names, if it lies in the folder.
fn inside(root: &Path, path: &str) -> Option<PathBuf> {
    let relative = Path::new(path.trim_start_matches('/'));
    relative.components().all(|c| matches!(c, Component::Normal(n) if !n.to_string_lossy().starts_with('.'))).then(|| root.join(relative))
}

fn plain(code: u16, kind: &str, bytes: Vec<u8>) -> Answer {
    let header = |name: &str, value: &str| Header::from_bytes(name, value).ok();
    let mut response = Response::from_data(bytes).with_status_code(StatusCode(code));
    for header in [header("Content-Type", kind), header("Cache-Control", "no-store"), header("X-Content-Type-Options", "nosniff")]
        .into_iter()
        .flatten()
    {
        response.add_header(header);
    }
    response
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|e| e.to_str()).unwrap_or("") {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "xml" => "application/xml",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        "md" | "txt" | "csv" | "yaml" | "yml" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_folder_are_served_and_only_to_this_machine() {
        let root = Path::new("/site");
        assert_eq!(inside(root, "/ops/a.html"), Some(PathBuf::from("/site/ops/a.html")));
        for bad in ["/../etc/passwd", "/ops/../../x", "/.stepwright-files", "//etc/passwd/../x"] {
            assert_eq!(inside(root, bad), None, "{bad}");
        }
        assert!(is_loopback_name("localhost:8380") && is_loopback_name("127.0.0.1") && is_loopback_name("[::1]:8380"));
        assert!(!is_loopback_name("evil.example:8380"));
    }

    #[test]
    fn a_page_gets_the_script_and_may_ask_for_news() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.html"), "<meta content=\"default-src 'none'; x\"><body>Hi</body>").unwrap();
        let mut text = String::new();
        io::Read::read_to_string(&mut respond("/a.html", dir.path(), &Live::default()).into_reader(), &mut text).unwrap();
        assert!(text.contains("connect-src 'self'") && text.contains("data-output=\"a.html\""), "{text}");
        assert_eq!(respond("/b.html", dir.path(), &Live::default()).status_code(), StatusCode(404));
    }
}
