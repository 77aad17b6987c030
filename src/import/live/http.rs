//! Asking a wiki over HTTP: patient where patience helps, quick to say what is wrong where it does not.
//!
//! Reads only. The token goes to the server that was named and to no other, whatever redirects and links say. Names the HTTP client; knows nothing of what
//! the answers mean.

use std::io::{self, Read as _, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::http::{HeaderMap, StatusCode};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::address::Address;
use crate::import::notice::Notice;

/// The largest answer read, in bytes. 250 pages of 1 MiB each fit.
const MAX_ANSWER: u64 = 256 << 20;
/// Redirects followed.
const MAX_HOPS: usize = 5;

/// How long one waits for a wiki.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Tries of one request.
    pub tries: u32,
    /// Pause after the first failure; each further one is twice as long.
    pub pause: Duration,
    /// The longest pause the wiki may ask for.
    pub longest: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { tries: 6, pause: Duration::from_secs(1), longest: Duration::from_secs(15 * 60) }
    }
}

/// Who reads.
#[derive(Clone, Default)]
pub struct Account {
    /// E-mail address (Cloud) or user name, where the token wants one.
    pub name: Option<String>,
    /// API token or personal access token.
    pub token: Option<String>,
}

impl Account {
    fn header(&self) -> Option<String> {
        use base64::Engine as _;
        let token = self.token.as_deref()?;
        Some(match &self.name {
            Some(name) => format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{name}:{token}"))),
            None => format!("Bearer {token}"),
        })
    }
}

/// A wiki cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Not an address, or not a safe one.
    #[error("{address} cannot be used as the address of a wiki")]
    Address {
        /// As given.
        address: String,
        /// What is wrong.
        why: String,
    },
    /// The wiki says no.
    #[error("the wiki answers {status} to {address}")]
    Status {
        /// Status code.
        status: u16,
        /// What was asked.
        address: String,
        /// What the wiki says about it.
        said: Option<String>,
        /// A token was sent.
        token: bool,
    },
    /// The wiki wants to be left alone for longer than one waits.
    #[error("the wiki asks to wait {seconds} s before {address} is asked again")]
    Busy {
        /// Seconds.
        seconds: u64,
        /// What was asked.
        address: String,
    },
    /// No answer, or none that came to its end.
    #[error("{address} gives no whole answer")]
    Broken {
        /// What was asked.
        address: String,
        /// The last failure.
        why: String,
        /// How often it was tried.
        tries: u32,
    },
    /// An answer of another kind.
    #[error("{address} answers with something that is not the Confluence API")]
    Form {
        /// What was asked.
        address: String,
        /// What came.
        why: String,
    },
    /// What was fetched cannot be kept.
    #[error("{path} cannot be written")]
    Write {
        /// The file.
        path: String,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// A person stopped it.
    #[error("stopped while reading the wiki")]
    Stopped,
}

impl HttpError {
    /// The status, if the wiki answered with one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether it concerns the one thing asked for, and others may be had all the same.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Status { status, .. } => !matches!(status, 401 | 407 | 429),
            Self::Form { .. } => true,
            _ => false,
        }
    }

    /// What, why, what to do next.
    pub fn notice(&self) -> Notice {
        let what = Notice::error(self.to_string());
        let again = "the same command later; it goes on where this one ended";
        match self {
            Self::Address { why, .. } => {
                what.why(why.clone()).next("the address of the start page, such as https://example.atlassian.net/wiki")
            }
            Self::Status { status, said, token, .. } => {
                let (why, next) = match (status, token) {
                    (401, true) => (
                        "the token is not accepted",
                        "set CONFLUENCE_TOKEN to a token that is in use; Cloud wants CONFLUENCE_EMAIL too, Data Center must not have it",
                    ),
                    (401 | 403, false) => ("anonymous visitors may not read it", "set CONFLUENCE_TOKEN (and CONFLUENCE_EMAIL for Cloud)"),
                    (403, true) => ("the account of the token may not read it", "ask the administrator of the space for read access"),
                    (404, _) => ("it does not exist, or the account may not see it", "check the address and the key of the space"),
                    (300..=399, _) => ("it redirects in circles, or nowhere", "give the address that the browser shows on the start page"),
                    (500..=599, _) => ("the wiki fails, again and again", again),
                    _ => ("the request is refused", "check the address; the wiki's administrator can see the reason in its log"),
                };
                let why = said.as_ref().map_or_else(|| why.to_owned(), |s| format!("{why} (\"{s}\")"));
                what.why(why).next(next)
            }
            Self::Busy { .. } => what.why("too many requests from this account").next(again),
            Self::Broken { why, tries, .. } => what.why(format!("tried {}: {why}", super::times(*tries))).next(again),
            Self::Form { why, .. } => {
                what.why(why.clone()).next("the address of the start page, such as https://example.atlassian.net/wiki")
            }
            Self::Write { source, .. } => what.why(source.to_string()),
            Self::Stopped => what,
        }
    }
}

/// A connection to one wiki.
pub(super) struct Wiki<'a> {
    agent: ureq::Agent,
    base: Address,
    account: Account,
    patience: Patience,
    stop: &'a AtomicBool,
    /// It has answered before; until then an address that does not is more likely wrong than tired.
    answered: AtomicBool,
    /// Nobody asks before: what the wiki said to one request counts for all.
    quiet_until: Mutex<Option<Instant>>,
    /// Learns of long pauses.
    waiting: &'a (dyn Fn(Duration) + Sync),
}

/// What one try came to.
enum Try {
    Again { why: String, after: Option<Duration> },
    Failed(HttpError),
}

impl<'a> Wiki<'a> {
    /// Prepares to speak to the wiki whose start page is `base`; sends nothing yet.
    pub(super) fn new(
        base: &str,
        account: Account,
        patience: Patience,
        stop: &'a AtomicBool,
        waiting: &'a (dyn Fn(Duration) + Sync),
    ) -> Result<Self, HttpError> {
        let wrong = |why: &str| HttpError::Address { address: without_password(base), why: why.to_owned() };
        let mut address = Address::parse(base).map_err(wrong)?;
        let end = address.path.find('?').unwrap_or(address.path.len());
        address.path.truncate(end);
        address.path.truncate(address.path.trim_end_matches('/').len());
        if account.token.is_some() && address.open_to_listeners() {
            return Err(wrong("a token sent over http:// can be read on the way"));
        }
        let bad = |text: &Option<String>| text.as_ref().is_some_and(|t| t.chars().any(|c| c.is_control() || c == ' '));
        if bad(&account.token) || bad(&account.name) {
            return Err(wrong("CONFLUENCE_TOKEN or CONFLUENCE_EMAIL holds blanks or line ends"));
        }
        // Sites of the vendor's cloud have the wiki below /wiki.
        if address.path.is_empty() && address.origin.ends_with(".atlassian.net") {
            address.path.push_str("/wiki");
        }
        Ok(Self {
            agent: agent(),
            base: address,
            account,
            patience,
            stop,
            answered: AtomicBool::new(false),
            quiet_until: Mutex::default(),
            waiting,
        })
    }

    /// The address of the wiki's start page.
    pub(super) fn base(&self) -> &Address {
        &self.base
    }

    /// Whether a token is sent.
    pub(super) fn has_token(&self) -> bool {
        self.account.token.is_some()
    }

    /// Where a link of the wiki leads. Links count from the start page, or from the host where they repeat the start page's path.
    pub(super) fn link(&self, link: &str) -> Result<Address, HttpError> {
        let wrong = |why: &str| HttpError::Address { address: link.to_owned(), why: why.to_owned() };
        let below = format!("{}/", self.base.path);
        if link.starts_with("//") || !link.starts_with('/') || link.starts_with(&below) {
            return self.base.join(link).map_err(wrong);
        }
        Address::parse(&format!("{}{}{link}", self.base.origin, self.base.path)).map_err(wrong)
    }

    /// The link to the next part of a list: always asked of this wiki, whatever host its settings say it has.
    pub(super) fn next_part(&self, link: &str) -> Result<Address, HttpError> {
        let address = self.link(link)?;
        if address.origin == self.base.origin {
            return Ok(address);
        }
        self.link(&address.path)
    }

    /// Asks for JSON.
    pub(super) fn json(&self, address: &Address) -> Result<Value, HttpError> {
        let once = || {
            let mut response = self.ask(address, true)?;
            let bytes = response.body_mut().with_config().limit(MAX_ANSWER).reader();
            let mut text = Vec::new();
            let mut bytes = bytes;
            bytes.read_to_end(&mut text).map_err(|e| Try::Again { why: e.to_string(), after: None })?;
            serde_json::from_slice(&text).map_err(|e| {
                if text.trim_ascii_start().starts_with(b"<") {
                    let page = "it is a page for browsers, as a sign-in page would be".to_owned();
                    return Try::Failed(HttpError::Form { address: address.shown(), why: page });
                }
                Try::Again { why: format!("its JSON is broken: {e}"), after: None }
            })
        };
        self.patiently(address, once)
    }

    /// Fetches a file into `target`, from the beginning at each try. Returns its length.
    pub(super) fn download(&self, address: &Address, target: &mut std::fs::File) -> Result<u64, HttpError> {
        let once = || {
            let mut response = self.ask(address, false)?;
            let write = |source| Try::Failed(HttpError::Write { path: "the cache".to_owned(), source });
            io::Seek::rewind(target).and_then(|()| target.set_len(0)).map_err(write)?;
            let mut reader = response.body_mut().with_config().limit(u64::MAX).reader();
            let (mut buffer, mut len) = (vec![0; 128 << 10], 0);
            loop {
                if self.stop.load(Ordering::Relaxed) {
                    return Err(Try::Failed(HttpError::Stopped));
                }
                let n = reader.read(&mut buffer).map_err(|e| Try::Again { why: e.to_string(), after: None })?;
                if n == 0 {
                    return Ok(len);
                }
                target.write_all(&buffer[..n]).map_err(write)?;
                len += n as u64;
            }
        };
        self.patiently(address, once)
    }

    fn patiently<T>(&self, address: &Address, mut once: impl FnMut() -> Result<T, Try>) -> Result<T, HttpError> {
        let mut pause = self.patience.pause;
        for tried in 1.. {
            if self.stop.load(Ordering::Relaxed) {
                return Err(HttpError::Stopped);
            }
            self.wait_with_the_others()?;
            let (why, after) = match once() {
                Ok(answer) => return Ok(answer),
                Err(Try::Failed(error)) => return Err(error),
                Err(Try::Again { why, after }) => (why, after),
            };
            let tries = if self.answered.load(Ordering::Relaxed) { self.patience.tries } else { self.patience.tries.min(2) };
            if tried >= tries {
                return Err(HttpError::Broken { address: address.shown(), why, tries: tried });
            }
            let wait = after.unwrap_or(pause);
            if wait > self.patience.longest {
                return Err(HttpError::Busy { seconds: wait.as_secs(), address: address.shown() });
            }
            if after.is_some() {
                let until = Instant::now() + wait;
                let mut quiet = self.quiet_until.lock().unwrap_or_else(PoisonError::into_inner);
                *quiet = Some(quiet.map_or(until, |q| q.max(until)));
            }
            self.sleep(wait)?;
            pause = (pause * 2).min(self.patience.longest);
        }
        Err(HttpError::Stopped)
    }

    fn wait_with_the_others(&self) -> Result<(), HttpError> {
        let until = *self.quiet_until.lock().unwrap_or_else(PoisonError::into_inner);
        match until.and_then(|u| u.checked_duration_since(Instant::now())).filter(|left| !left.is_zero()) {
            Some(left) => self.sleep(left),
            None => Ok(()),
        }
    }

    fn sleep(&self, wait: Duration) -> Result<(), HttpError> {
        if wait >= Duration::from_secs(5) {
            (self.waiting)(wait);
        }
        let end = Instant::now() + wait;
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|l| !l.is_zero()) {
            if self.stop.load(Ordering::Relaxed) {
                return Err(HttpError::Stopped);
            }
            std::thread::sleep(left.min(Duration::from_millis(100)));
        }
        Ok(())
    }

    /// One request, redirects followed. The token goes to the wiki's own server only.
    fn ask(&self, address: &Address, json: bool) -> Result<ureq::http::Response<ureq::Body>, Try> {
        let mut at = address.clone();
        for _ in 0..=MAX_HOPS {
            let mut request = self.agent.get(at.text()).header("Accept", if json { "application/json" } else { "*/*" });
            let mut sent = false;
            if at.origin == self.base.origin
                && let Some(secret) = self.account.header()
            {
                request = request.header("Authorization", secret);
                sent = true;
            }
            let response = request.call().map_err(|e| Self::no_answer(&at, &e))?;
            self.answered.store(true, Ordering::Relaxed);
            let status = response.status();
            if status.is_success() {
                return Ok(response);
            }
            if status.is_redirection()
                && let Some(to) = response.headers().get("location").and_then(|l| l.to_str().ok())
            {
                at = at.join(to).map_err(|_| Try::Failed(refused(status, &at, None, sent)))?;
                continue;
            }
            return Err(not_good(status, &at, response, sent));
        }
        Err(Try::Failed(refused(StatusCode::LOOP_DETECTED, address, Some("too many redirects".to_owned()), false)))
    }

    fn no_answer(at: &Address, error: &ureq::Error) -> Try {
        match error {
            ureq::Error::BadUri(why) => Try::Failed(HttpError::Address { address: at.shown(), why: why.clone() }),
            ureq::Error::HostNotFound => {
                Try::Failed(HttpError::Broken { address: at.shown(), why: "there is no host of that name".to_owned(), tries: 1 })
            }
            ureq::Error::Rustls(why) => Try::Failed(HttpError::Broken {
                address: at.shown(),
                why: format!("its certificate is not trusted here ({why}); SSL_CERT_FILE can name a file with your company's certificates"),
                tries: 1,
            }),
            other => Try::Again { why: other.to_string(), after: None },
        }
    }
}

/// TLS by the certificates this machine trusts, which knows a company's own; proxies from the environment; redirects are ours.
fn agent() -> ureq::Agent {
    let trusted = rustls_native_certs::load_native_certs().certs;
    let trusted: Vec<Certificate<'static>> = trusted.iter().map(|c| Certificate::from_der(c).to_owned()).collect();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(trusted)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = ureq::Agent::config_builder()
        .tls_config(tls)
        .user_agent(concat!("stepwright/", env!("CARGO_PKG_VERSION")))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_connect(Some(Duration::from_secs(20)))
        .timeout_recv_response(Some(Duration::from_secs(180)))
        .timeout_per_read(Some(Duration::from_secs(90)));
    ureq::Agent::new_with_config(config.build())
}

fn not_good(status: StatusCode, at: &Address, mut response: ureq::http::Response<ureq::Body>, token: bool) -> Try {
    let after = retry_after(response.headers());
    let said = said(&mut response);
    if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::REQUEST_TIMEOUT || status.is_server_error() {
        let said = said.map(|s| format!(" (\"{s}\")")).unwrap_or_default();
        return Try::Again { why: format!("status {}{said}", status.as_u16()), after };
    }
    Try::Failed(refused(status, at, said, token))
}

fn refused(status: StatusCode, at: &Address, said: Option<String>, token: bool) -> HttpError {
    HttpError::Status { status: status.as_u16(), address: at.shown(), said, token }
}

/// `Retry-After`: seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let seconds = until.as_second() - jiff::Timestamp::now().as_second();
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

/// The wiki's own words about a failure: `message` or `errors[].title` of its JSON, in one short line.
fn said(response: &mut ureq::http::Response<ureq::Body>) -> Option<String> {
    let text = response.body_mut().with_config().limit(64 << 10).read_to_vec().ok()?;
    let value: Value = serde_json::from_slice(&text).ok()?;
    let message = value
        .get("message")
        .or_else(|| value.pointer("/errors/0/title"))
        .or_else(|| value.pointer("/data/errors/0/message/key"))?
        .as_str()?;
    let line: String = message.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).take(120).collect();
    (!line.is_empty()).then_some(line)
}

fn without_password(address: &str) -> String {
    match (address.find("://"), address.rfind('@')) {
        (Some(from), Some(to)) if from < to => format!("{}…{}", &address[..from + 3], &address[to..]),
        _ => address.to_owned(),
    }
}
