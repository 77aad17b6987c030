//! Text that looks like a secret: keys and tokens whose form leaves no doubt, and passwords written beside their name. Shown masked.
//!
//! Forms are those with a fixed prefix or frame, as their issuers publish them; which issuers matter was compared with the rules of gitleaks. A password
//! has no form, so what stands behind `password:` is certain only when nobody would take it for a word, a name or an example ([`find`]: an import holds
//! such a page back). What merely could be one is worth a remark ([`suspect`]). Knows text only.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Regex, RegexSet};

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// What it looks like.
    pub kind: &'static str,
    /// The text, masked.
    pub masked: String,
    /// Bytes of the text it was found in.
    pub at: std::ops::Range<usize>,
}

impl Secret {
    /// What, in which line of `text`, and masked.
    pub fn shown(&self, text: &str) -> String {
        let line = text[..self.at.start].bytes().filter(|b| *b == b'\n').count() + 1;
        format!("{} in line {line}: {}", self.kind, self.masked)
    }
}

const JWT: &str = "JSON web token";

/// Kinds and forms. Each begins at the edge of a word.
const FORMS: [(&str, &str); 58] = [
    ("private key", r"-----BEGIN (?:RSA |DSA |EC |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----[\sA-Za-z0-9+/=:,&;<>-]{64,}"),
    ("private key", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    ("AWS access key", r"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?-u:\b)"),
    ("Alibaba access key", r"LTAI[A-Za-z0-9]{16,24}(?-u:\b)"),
    ("Anthropic key", r"sk-ant-[a-z0-9]+-[A-Za-z0-9_-]{80,}"),
    ("OpenAI key", r"sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}"),
    ("Airtable token", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    ("Artifactory key", r"AKCp[A-Za-z0-9]{69,}"),
    ("Atlassian API token", r"AT[AC]TT3[A-Za-z0-9_=+/-]{60,}"),
    ("Bitbucket app password", r"ATBB[A-Za-z0-9]{32}"),
    ("Azure client secret", r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}"),
    ("Azure key", r"(?:AccountKey=[A-Za-z0-9+/]{86}==|SharedAccessKey=[A-Za-z0-9+/]{43}=)"),
    ("Cloudflare key", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}"),
    ("Databricks token", r"dapi[0-9a-f]{32}"),
    ("DigitalOcean token", r"do[opr]_v1_[0-9a-f]{64}"),
    ("Discord webhook", r"https://(?:canary\.|ptb\.)?discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_-]{60,}"),
    ("Docker token", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,}"),
    ("Doppler token", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.-]{40,}"),
    ("Dynatrace token", r"dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    ("Fly.io token", r"(?:fm[12]_[A-Za-z0-9+/=]{100,}|fo1_[A-Za-z0-9_-]{43})"),
    ("GitHub token", r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})"),
    ("GitLab token", r"(?:gl(?:pat|oas|dt|rtr?|cbt|ptt|ft|imt|agent|wt|soat|ffct)-[A-Za-z0-9_.-]{20,}|GR1348941[A-Za-z0-9_-]{20})"),
    ("Google API key", r"AIza[0-9A-Za-z_-]{35}"),
    ("Google client secret", r"GOCSPX-[A-Za-z0-9_-]{28}"),
    ("Grafana token", r"gl(?:c|sa)_[A-Za-z0-9+/=_]{32,}"),
    ("Heroku key", r"HRKU-[A-Za-z0-9_-]{36,}"),
    ("HubSpot token", r"pat-(?:na|eu)[0-9]-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    ("Hugging Face token", r"hf_[A-Za-z0-9]{30,}"),
    (JWT, r"eyJ[A-Za-z0-9_-]{16,}\.eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    ("Linear key", r"lin_(?:api|oauth)_[A-Za-z0-9]{40,}"),
    ("Mailchimp key", r"[0-9a-f]{32}-us[0-9]{1,2}(?-u:\b)"),
    ("Mailgun key", r"key-[0-9a-f]{32}(?-u:\b)"),
    ("New Relic key", r"(?:NRAK-[A-Z0-9]{27}|NRJS-[0-9a-f]{19}|NRII-[A-Za-z0-9_-]{32})"),
    ("Notion token", r"(?:ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43})(?-u:\b)"),
    ("npm token", r"npm_[A-Za-z0-9]{36}"),
    ("NuGet key", r"oy2[a-z0-9]{43}(?-u:\b)"),
    ("OpenShift token", r"sha256~[A-Za-z0-9_-]{43}"),
    ("PlanetScale token", r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_=.-]{32,}"),
    ("Postman key", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    ("Pulumi token", r"pul-[0-9a-f]{40}"),
    ("PyPI token", r"pypi-AgE[A-Za-z0-9_-]{50,}"),
    ("RubyGems key", r"rubygems_[0-9a-f]{48}"),
    ("SendGrid key", r"SG\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{40,}"),
    ("Brevo key", r"xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    ("Sentry token", r"sntry[su]_[A-Za-z0-9+/=_-]{60,}"),
    ("Shopify token", r"shp(?:at|ca|pa|ss|ua)_[0-9a-fA-F]{32}"),
    ("Slack token", r"(?:xox[abeposr]-[0-9A-Za-z]{8,}-[0-9A-Za-z-]{10,}|xapp-[0-9]-[A-Z0-9]{9,}-[0-9]+-[0-9a-z]{32,})"),
    ("Slack webhook", r"https://hooks\.slack\.com/(?:services|workflows|triggers)/T[0-9A-Z]{7,}/[AB]?[0-9A-Z]{7,}/[0-9A-Za-z/]{20,}"),
    ("Square token", r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,}"),
    ("Stripe key", r"(?:[rs]k_live_[0-9A-Za-z]{20,}|whsec_[A-Za-z0-9+/=]{32,})"),
    ("Teams webhook", r"https://[a-z0-9-]+\.webhook\.office\.com/webhookb2/[A-Za-z0-9@-]{36,}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f-]{36}"),
    ("Telegram token", r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}"),
    ("Terraform token", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}"),
    ("Twilio key", r"SK[0-9a-f]{32}(?-u:\b)"),
    ("Vault token", r"hv[sbr]\.[A-Za-z0-9_-]{24,}"),
    ("authorization header", r"(?i:authorization):\s*(?i:basic|bearer)\s+[A-Za-z0-9+/=_.-]{20,}"),
    ("address with a signature", r"https://[A-Za-z0-9._-]+/[^\s<>]{0,400}[?&;](?:X-Amz-Signature=[0-9a-f]{64}|sig=[A-Za-z0-9%+/]{43,})"),
    (
        "address with a password",
        r"(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|ldaps?|smb|s?ftps?|ssh|https?)://[A-Za-z0-9._-]+:[^\s:/@<>{}$*\[\]&]{6,}@[A-Za-z0-9.-]+",
    ),
];

/// Words that mark an example; a find that holds one is none. The last one is the payload of the token that every page about such tokens shows.
const EXAMPLES: [&str; 13] = [
    "example",
    "xxxx",
    "your",
    "sample",
    "placeholder",
    "changeme",
    "dummy",
    "password",
    "secret",
    "passwd",
    "1234567890",
    "redacted",
    "eyjzdwiioiixmjm0nty3odkwi",
];

/// A name for something secret, what may stand between, and the value.
const ASSIGNED: &str = concat!(
    r"(?i)(?-u:\b)(?:pass(?:word|wort|wd|phrase|code)|kennwort|pwd|secret|token|credentials?|(?:api|access|auth|client|secret|account|private)[ _-]?(?:key|token|secret))",
    r"(?:</?[a-z][^<>]{0,80}>|&nbsp;|[ \t]+|\s){0,6}",
    r#"(?:["'`]{0,2}\s{0,3}(?::=|:|=>|=&gt;|=)|\sis(?-u:\b)|\sist(?-u:\b)|</t[dh]>\s{0,9}<t[dh](?:\s[^<>]{0,80})?>)"#,
    r"(?:</?[a-z][^<>]{0,80}>|&nbsp;|[ \t]+|\s){0,6}",
    r#"["'`]?([A-Za-z0-9!#$%*+,./:=?@^_~-]{8,200})"#
);

/// What is certainly a secret, in order.
pub fn find(text: &str) -> Vec<Secret> {
    look(text, |beside| is_password(beside.value))
}

/// What is a secret, or could be one by where it stands, in order.
pub fn suspect(text: &str) -> Vec<Secret> {
    look(text, |beside| is_password(beside.value) || could_be_password(beside))
}

/// What stands beside the name of something secret.
struct Beside<'t> {
    /// What parts it from its name.
    between: &'t str,
    value: &'t str,
    behind: &'t str,
}

fn look(text: &str, holds: impl Fn(&Beside<'_>) -> bool) -> Vec<Secret> {
    static EACH: LazyLock<Vec<Regex>> =
        LazyLock::new(|| FORMS.iter().map(|(_, form)| Regex::new(&at_a_word(form)).expect("the forms are literals")).collect());
    static ANY: LazyLock<RegexSet> =
        LazyLock::new(|| RegexSet::new(FORMS.iter().map(|(_, form)| at_a_word(form))).expect("the forms are literals"));
    static BESIDE: LazyLock<Regex> = LazyLock::new(|| Regex::new(ASSIGNED).expect("a literal"));
    let mut out: Vec<Secret> = Vec::new();
    let mut add = |kind: &'static str, at: std::ops::Range<usize>| out.push(Secret { kind, masked: mask(&text[at.clone()]), at });
    for at in ANY.matches(text) {
        let kind = FORMS[at].0;
        let hits = EACH[at].find_iter(text).filter(|hit| match kind {
            "private key" => true,
            JWT => !is_example(hit.as_str()) && !is_short_lived(hit.as_str()),
            _ => !is_example(hit.as_str()),
        });
        hits.for_each(|hit| add(kind, hit.range()));
    }
    for (whole, hit) in BESIDE.captures_iter(text).filter_map(|c| Some((c.get(0)?, c.get(1)?))) {
        let value = hit.as_str().trim_end_matches(['.', ',', ':', '?', '/']);
        if holds(&Beside { between: &text[whole.start()..hit.start()], value, behind: &text[hit.end()..] }) {
            add("password", hit.start()..hit.start() + value.len());
        }
    }
    out.sort_by_key(|s| (s.at.start, std::cmp::Reverse(s.at.end)));
    // A token behind `token:` is one find, not two.
    let mut end = 0;
    out.retain(|s| {
        let new = s.at.start >= end;
        end = end.max(s.at.end);
        new
    });
    out
}

/// `text` with every secret masked, for reports.
pub fn masked(text: &str) -> Cow<'_, str> {
    let found = find(text);
    if found.is_empty() {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for secret in found {
        out.push_str(&text[at..secret.at.start]);
        out.push_str(&secret.masked);
        at = secret.at.end;
    }
    out.push_str(&text[at..]);
    out.into()
}

fn at_a_word(form: &str) -> String {
    if form.starts_with('-') { form.to_owned() } else { format!(r"(?-u:\b)(?:{form})") }
}

fn is_example(text: &str) -> bool {
    let lower = text.to_lowercase();
    EXAMPLES.iter().any(|e| lower.contains(e))
}

/// Whether a token says that it lives for a week at most. Exports are full of those by which the wiki's own pictures were shown; they opened nothing an
/// hour later.
fn is_short_lived(token: &str) -> bool {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).and_then(|p| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(p).ok());
    let Some(claims) = payload.and_then(|p| serde_json::from_slice::<serde_json::Value>(&p).ok()) else { return false };
    let at = |name: &str| claims.get(name).and_then(serde_json::Value::as_f64);
    let begins = at("nbf").or_else(|| at("iat"));
    matches!((begins, at("exp")), (Some(from), Some(to)) if to - from <= 7.0 * 86_400.0)
}

/// Whether something that stands where a password would is one, and no word, name, path, date or variable.
fn is_password(text: &str) -> bool {
    let has = |test: fn(char) -> bool| text.chars().any(test);
    let signs = has(|c| "!#$%*+?@^~=".contains(c));
    let mixed = [has(|c| c.is_ascii_lowercase()), has(|c| c.is_ascii_uppercase()), has(|c| c.is_ascii_digit()), signs];
    if text.len() < 8 || mixed.iter().filter(|m| **m).count() < 3 || !mixed[2] || is_example(text) {
        return false;
    }
    // Tokens have their own form, and what is longer than any password is data.
    if text.starts_with("eyJ") || text.len() >= 200 {
        return false;
    }
    let path = text.contains("://") || text.starts_with(['/', '.', '~', '$', '%', '@', '#', '=']) || text.matches('/').count() > 1;
    let address = text.split_once('@').is_some_and(|(_, host)| host.contains('.'));
    let parameter = text.contains("==") || text.contains('?') && text.contains('=') || text.ends_with(['%', '$']);
    if path || address || parameter || entropy(text) < 2.8 {
        return false;
    }
    // Without a sign of its own kind it must change between letters and digits as no name or version does.
    let turns = text.as_bytes().windows(2).filter(|w| w[0].is_ascii_digit() != w[1].is_ascii_digit()).count();
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric());
    signs || turns >= 4 || plain && text.len() >= 20 && turns >= 3
}

/// Whether something in plain words beside its name could be a password: letters and digits, and no placeholder, variable, path or call.
fn could_be_password(Beside { between, value, behind }: &Beside<'_>) -> bool {
    let has = |test: fn(&u8) -> bool| value.bytes().any(|b| test(&b));
    let open = between.contains(['<', '&', '\n']) || value.contains(['$', '*', '/']) || behind.starts_with(['<', '>', '{', '}', '(', '[']);
    !open && value.len() >= 8 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) && !is_example(value)
}

/// Bits a character.
fn entropy(text: &str) -> f64 {
    let mut seen: BTreeMap<char, u32> = BTreeMap::new();
    text.chars().for_each(|c| *seen.entry(c).or_default() += 1);
    let whole: f64 = seen.values().copied().map(f64::from).sum();
    seen.values().map(|n| f64::from(*n) / whole).map(|p| -p * p.log2()).sum()
}

/// The first characters and a count.
fn mask(text: &str) -> String {
    let length = text.chars().count();
    // Of a short one even four characters would be half of it.
    let first: String = text.chars().take(if length < 16 { 1 } else { 4 }).collect();
    format!("{first}… ({length} characters)")
}

/// `text` with every e-mail address taken out, for reports.
pub fn without_mail(text: &str) -> String {
    static MAIL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+").expect("a literal"));
    MAIL.replace_all(text, "(e-mail address)").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certain_forms_only() {
        // Put together at run time, so that scanners of this repository stay quiet.
        let key = format!("{}{}", "AKIA", "Q3EGRT5ZLOPW7NBV");
        let found = find(&format!("use {key} here"));
        assert_eq!((found[0].kind, found[0].masked.as_str()), ("AWS access key", "AKIA… (20 characters)"));
        assert!(find("AKIAIOSFODNN7EXAMPLE").is_empty());
        assert!(find("password: hunter2, token = abc").is_empty());
        for (head, tail) in [
            ("glp", "at-Zk3vQ9xLw2mTr8sYb4Nc"),
            ("xap", "p-1-A0B1C2D3E4F-5678901234567-0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978"),
            ("hv", "s.CAESIJ3kL9mNqR7sTvWxYz012345abcdef"),
            ("ey", "JhbGciOiJSUzI1NiJ9abcdef.eyJpc3MiOiJodHRwczovL2lkcC.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"),
        ] {
            let known = format!("{head}{tail}");
            assert_eq!(find(&format!("<td>{known}</td>")).len(), 1, "{known}");
        }
        assert!(find("postgres://user:password@host/db").is_empty());
        assert_eq!(find("postgres://app:k3!vTq9z@db.internal/x")[0].kind, "address with a password");
        assert!(find("https://host/a:b@c").is_empty());
        assert_eq!(without_mail("ask jo@example.org"), "ask (e-mail address)");
    }

    #[test]
    fn a_token_that_lived_for_an_hour_is_none() {
        use base64::Engine as _;
        let token = |claims: &str| {
            let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
            format!("{}.{}.{}", part("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"), part(claims), part("0123456789abcdef0123"))
        };
        assert!(find(&token("{\"iss\":\"media\",\"nbf\":1749650543,\"exp\":1749653543}")).is_empty());
        assert_eq!(find(&token("{\"iss\":\"api\",\"iat\":1749650543,\"exp\":1849650543}")).len(), 1);
        assert_eq!(find(&token("{\"iss\":\"api\",\"user\":\"deploy\"}")).len(), 1);
    }

    #[test]
    fn passwords_beside_their_name_and_nothing_else() {
        for held in [
            "Password: Xk3$9fQ!z",
            "<p><strong>Password:</strong> Welcome2024!</p>",
            "<td><p>Password</p></td>\n<td><p>Tr4in-St0p-9a</p></td>",
            "Das Passwort ist Sommer#2023.",
            "api_key = \"q8Zt4Lw0Xv7Rb2Nk\"",
            "spring.datasource.password=Gr33n+Tea",
        ] {
            let found = find(held);
            assert_eq!((found.len(), found.first().map(|s| s.kind)), (1, Some("password")), "{held}");
            assert!(!masked(held).contains(&held[found[0].at.clone()]), "{held}");
        }
        for fine in [
            "Password: ask the service desk",
            "Token: OAuth2Token",
            "The token is RFC6750-conformant",
            "secret = ${VAULT_SECRET_2}",
            "password: /run/secrets/Db_Password2",
            "access key: see https://Wiki.example.org/x/1a2b3C",
            "Password policy: Minimum8Characters",
            "password: [A-Z]+[0-9]{8}",
            "API key: jo.Doe2@example.org",
            "Token: ABC-2024-11-05",
            "Client secret: MySecret123!",
            "token = getToken2FA(user)",
            "<td>Token</td><td>3.2.1-RC4</td>",
        ] {
            assert!(find(fine).is_empty(), "{fine}: {:?}", find(fine));
        }
    }

    #[test]
    fn what_could_be_a_password_is_told_from_placeholders() {
        assert_eq!(suspect("password: hunter22x")[0].masked, "h… (9 characters)");
        assert_eq!(suspect("export TOKEN=e9f2f819a4496538b02c").len(), 1);
        assert_eq!(suspect("password            = \"MyPickles1\"").len(), 1);
        for fine in [
            "password: required",
            "--password \"$DB_PASSWORD\"",
            "token = <your-token-1>",
            "token = <your-token> deploy2prod",
            "token = getToken2FA(user)",
            "Reset the password: 2 people must be there",
            "password: changeme1",
            "Password:\n\nStep2 begins",
        ] {
            assert!(suspect(fine).is_empty(), "{fine}: {:?}", suspect(fine));
        }
    }
}
