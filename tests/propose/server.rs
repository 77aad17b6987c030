//! A git server over HTTP: `git http-backend` behind a few lines of server, with a password in front.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// `ada:secret`, as a browser would send it.
const PASSWORD: &str = "Basic YWRhOnNlY3JldA==";

/// Serves the bare repositories below `folder`; gives the port. The thread ends with the test binary.
pub(super) fn serve(folder: PathBuf) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            std::thread::spawn(move || answer(&stream, &folder));
        }
    });
    port
}

fn answer(stream: &TcpStream, folder: &Path) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return };
    let mut headers = std::collections::BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let get = |name: &str| headers.get(name).cloned().unwrap_or_default();
    let mut body = vec![0; get("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    let mut out = stream;
    if get("authorization") != PASSWORD {
        let refused =
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"git\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        out.write_all(refused.as_bytes()).unwrap();
        return;
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut backend = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "ada")
        .env("REQUEST_METHOD", method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", get("content-type"))
        .env("CONTENT_LENGTH", get("content-length"))
        .env("HTTP_CONTENT_ENCODING", get("content-encoding"))
        .env("GIT_PROTOCOL", get("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    backend.stdin.take().unwrap().write_all(&body).unwrap();
    let made = backend.wait_with_output().unwrap().stdout;
    let end = made.windows(4).position(|w| w == b"\r\n\r\n").map_or(made.len(), |at| at + 4);
    let head = String::from_utf8_lossy(&made[..end]).into_owned();
    let status = head.lines().find_map(|l| l.strip_prefix("Status: ")).unwrap_or("200 OK").to_owned();
    out.write_all(format!("HTTP/1.1 {status}\r\nConnection: close\r\n{head}").as_bytes()).unwrap();
    out.write_all(&made[end..]).unwrap();
}
