//! Raw HTML in Markdown: what comes from a wiki is hostile, so it goes through a sanitiser that parses as browsers do.
//!
//! Our own output inside a run of raw HTML is held back behind marks (private-use characters) and put in afterwards, so that it is neither parsed
//! again nor reachable from an attribute.

use std::borrow::Cow;
use std::collections::HashSet;

const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// True for a block or tag that is a comment only.
pub fn is_comment(html: &str) -> bool {
    let trimmed = html.trim();
    trimmed.starts_with("<!--") && trimmed.find("-->").is_some_and(|end| end + 3 == trimmed.len())
}

/// Writes the mark of the `n`th held-back part.
pub fn mark(n: usize, out: &mut String) {
    out.push(OPEN);
    out.push_str(&n.to_string());
    out.push(CLOSE);
}

/// The HTML with only harmless elements and attributes left; `address` rewrites or refuses every link and picture.
pub fn sanitise<'f>(html: &str, address: impl Fn(&str) -> Option<String> + Send + Sync + 'f) -> String {
    let relative = move |url: &str| address(url).map(Cow::Owned);
    let mut builder = ammonia::Builder::default();
    builder
        .url_schemes(HashSet::from(super::html::SCHEMES))
        .link_rel(Some("noopener"))
        .add_generic_attributes(["id"])
        .add_tag_attributes("a", ["name"])
        .add_tag_attributes("details", ["open"])
        .url_relative(ammonia::UrlRelative::Custom(Box::new(Relative(relative))))
        .attribute_filter(|element, attribute, value| {
            if value.contains([OPEN, CLOSE]) {
                return None;
            }
            match (element, attribute) {
                // Pictures of other hosts are left out: reading a page calls nobody.
                ("img", "src") if crate::page::corpus::is_external(value) => None,
                (_, "cite") => None,
                // Ids of the theme's own parts cannot be taken.
                (_, "id" | "name") if value.starts_with("sw-") => None,
                _ => Some(Cow::Borrowed(value)),
            }
        });
    described(&builder.clean(html).to_string())
}

/// A picture without a description gets an empty one: it is then skipped by assistive software instead of being read out by its file name.
fn described(clean: &str) -> String {
    let mut out = String::with_capacity(clean.len());
    for (n, part) in clean.split("<img").enumerate() {
        if n > 0 {
            let tag = part.split('>').next().unwrap_or(part);
            out.push_str(if tag.contains(" alt=") { "<img" } else { "<img alt=\"\"" });
        }
        out.push_str(part);
    }
    out
}

/// Puts each outermost table of sanitised HTML between `before` and `after`: a wide one scrolls by itself on a phone instead of the page.
pub fn around_tables(clean: &str, before: &str, after: &str) -> String {
    let mut out = String::with_capacity(clean.len());
    let mut rest = clean;
    let mut depth = 0_usize;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let tag = &rest[..tag_len(rest)];
        let named = |name: &str| tag.strip_prefix(name).is_some_and(|t| t.starts_with(['>', ' ']));
        if named("<table") {
            if depth == 0 {
                out.push_str(before);
            }
            depth += 1;
        }
        out.push_str(tag);
        if named("</table") && depth > 0 {
            depth -= 1;
            if depth == 0 {
                out.push_str(after);
            }
        }
        rest = &rest[tag.len()..];
    }
    out.push_str(rest);
    out
}

/// Length of the tag that a text begins with. A `>` inside the value of an attribute does not end it.
fn tag_len(text: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Gives the closure the lifetimes the sanitiser asks for.
struct Relative<F>(F);

impl<'f, F: Fn(&str) -> Option<Cow<'static, str>> + Send + Sync + 'f> ammonia::UrlRelativeEvaluate<'f> for Relative<F> {
    fn evaluate<'url>(&self, url: &'url str) -> Option<Cow<'url, str>> {
        (self.0)(url)
    }
}

/// Puts the held-back parts in the place of their marks.
pub fn restore(clean: &str, own: &[String], out: &mut String) {
    let mut rest = clean;
    while let Some(at) = rest.find(OPEN) {
        out.push_str(&rest[..at]);
        rest = &rest[at + OPEN.len_utf8()..];
        let Some(end) = rest.find(CLOSE) else { continue };
        if let Some(part) = rest[..end].parse::<usize>().ok().and_then(|n| own.get(n)) {
            out.push_str(part);
            rest = &rest[end + CLOSE.len_utf8()..];
        }
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(html: &str) -> String {
        // As addresses of pages are judged: a colon in the first part could become a scheme.
        sanitise(html, |d| (!crate::site::html::could_be_scheme(d)).then(|| d.to_owned()))
    }

    /// Cases after OWASP's filter evasion sheet, html5sec.org and published mutations of sanitised HTML.
    const HOSTILE: &[&str] = &[
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<<SCRIPT>alert(1);//<</SCRIPT>",
        "<script/xss src=\"//evil.example/x.js\"></script>",
        "</title><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<img/src=\"x\"/onerror=\"alert(1)\">",
        "<img \"\"\"><script>alert(1)</script>\">",
        "<img src=x:x onerror\n=\nalert(1)>",
        "<img src=`javascript:alert(1)`>",
        "<img srcset=\"https://evil.example/a.png 2x\" src=\"a.png\">",
        "<img lowsrc=\"javascript:alert(1)\" dynsrc=\"javascript:alert(1)\">",
        "<input type=image src=x formaction=javascript:alert(1) onerror=alert(1)>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
        "<a href=\"&#106;avascript:alert(1)\">x</a>",
        "<a href=\"&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74:alert(1)\">x</a>",
        "<a href=\"java\tscript:alert(1)\">x</a>",
        "<a href=\"jav&#x0A;ascript:alert(1)\">x</a>",
        "<a href=\" &#14; javascript:alert(1)\">x</a>",
        "<a href=\"\u{1}javascript:alert(1)\">x</a>",
        "<a href=\"javascript&colon;alert(1)\">x</a>",
        "<a href=\"vbscript:msgbox(1)\">x</a>",
        "<a href=\"livescript:alert(1)\">x</a>",
        "<a href=\"data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\">x</a>",
        "<a href=\"feed:javascript:alert(1)\">x</a>",
        "<a href=\"view-source:javascript:alert(1)\">x</a>",
        "<a href=x ping=https://evil.example/ onclick=alert(1) style=color:red>x</a>",
        "<a xlink:href=\"javascript:alert(1)\">x</a>",
        "<svg><script>alert(1)</script></svg>",
        "<svg onload=alert(1)>",
        "<svg/onload=alert(1)//",
        "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
        "<svg><animate onbegin=alert(1) attributeName=x></animate></svg>",
        "<svg><set attributeName=onmouseover to=alert(1)>",
        "<svg><use href=\"data:image/svg+xml,<svg id='x' onload='alert(1)'/>#x\"></svg>",
        "<svg><foreignObject><iframe srcdoc=\"<script>alert(1)</script>\"></foreignObject></svg>",
        "<svg><image href=\"https://evil.example/x.png\"></svg>",
        "<math href=\"javascript:alert(1)\">x</math>",
        "<math><maction actiontype=statusline xlink:href=\"javascript:alert(1)\">x</maction></math>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
        "<svg><title><style><img src=\"</style><img src=x onerror=alert(1)>\"></title></svg>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
        "<iframe src=\"javascript:alert(1)\"></iframe>",
        "<frameset><frame src=\"javascript:alert(1)\"></frameset>",
        "<div style=\"background:url(javascript:alert(1))\">x</div>",
        "<div style=\"width:expression(alert(1))\">x</div>",
        "<div style=\"background-image:\\0075\\0072\\006C('\\006a\\0061\\0076\\0061script:alert(1)')\">x</div>",
        "<div style=\"position:fixed;inset:0\">x</div>",
        "<p style='-moz-binding:url(https://evil.example/x.xml#x)'>x</p>",
        "<form action=\"javascript:alert(1)\"><button>x</button></form>",
        "<button formaction=javascript:alert(1)>x</button>",
        "<isindex action=javascript:alert(1) type=image>",
        "<textarea autofocus onfocus=alert(1)></textarea>",
        "<select autofocus onfocus=alert(1)></select>",
        "<details open ontoggle=alert(1)>x</details>",
        "<marquee onstart=alert(1)>x</marquee>",
        "<body onload=alert(1)>",
        "<body background=\"javascript:alert(1)\">",
        "<table background=\"javascript:alert(1)\"><td background=\"javascript:alert(1)\">x</td></table>",
        "<bgsound src=\"javascript:alert(1)\">",
        "<video poster=javascript:alert(1) src=x onerror=alert(1)><source onerror=alert(1)></video>",
        "<audio src=https://evil.example/x.mp3 autoplay></audio>",
        "<img src=\"data:text/html,<script>alert(1)</script>\">",
        "<img src=\"data:image/svg+xml,<svg onload=alert(1)>\">",
        "<img src=\"https://evil.example/pixel.png\">",
        "<img src=\"//evil.example/pixel.png\">",
        "<template><script>alert(1)</script></template>",
        "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
        "<meta http-equiv=\"Link\" content=\"<https://evil.example/x.css>; rel=stylesheet\">",
        "<base href=\"https://evil.example/\">",
        "<object data=\"javascript:alert(1)\"></object><embed src=\"javascript:alert(1)\">",
        "<applet code=x archive=https://evil.example/x.jar></applet>",
        "<link rel=stylesheet href=\"https://evil.example/x.css\">",
        "<link rel=import href=\"data:text/html,<script>alert(1)</script>\">",
        "<style>@import 'https://evil.example/x.css'</style>",
        "<style><!--</style><script>alert(1)//--></script>",
        "<xml><i><b>&lt;img src=1 onerror=alert(1)&gt;</b></i></xml><script>alert(1)</script>",
        "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
        "<!--><script>alert(1)</script>-->",
        "<!-- --!><img src=x onerror=alert(1)> -->",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<?xml-stylesheet href=\"javascript:alert(1)\"?>",
        "<!DOCTYPE x [<!ENTITY x \"<script>alert(1)</script>\">]><p>&x;</p>",
        "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
        "<plaintext><script>alert(1)</script>",
        "<textarea></textarea><img src=x onerror=alert(1)>",
        "<p id=\"sw-main\" class=\"sw-gate\" name=x>x</p><a id=sw-tree name=sw-q>x</a>",
        "<img name=currentScript src=a.png><form id=sw><input name=root></form>",
        "<custom-element onclick=alert(1) is=x>x</custom-element>",
        "<portal src=https://evil.example/></portal><dialog open>x</dialog>",
        "<p slot=x part=x contenteditable autofocus onfocus=alert(1) popover accesskey=x tabindex=1>x</p>",
    ];

    /// Reads the result as a browser does: only harmless elements and attributes are left, and no address runs or calls anything.
    #[test]
    fn scripts_and_tricks_do_not_get_through() {
        const ELEMENTS: &str = "script style iframe frame frameset object embed applet form input button select textarea svg math link meta base video \
            audio source template portal dialog noscript xmp plaintext listing marquee bgsound isindex custom-element";
        for hostile in HOSTILE {
            let out = clean(hostile);
            let tree = scraper::Html::parse_fragment(&out);
            for element in tree.tree.nodes().filter_map(|n| n.value().as_element()) {
                let name = element.name();
                assert!(!ELEMENTS.split_whitespace().any(|e| e == name), "{hostile} gave {out}");
                for (key, value) in element.attrs() {
                    let known =
                        ["href", "src", "alt", "title", "id", "rel", "open", "align", "width", "height", "name", "colspan", "rowspan"];
                    assert!(known.contains(&key), "{hostile} gave {out} with {key}");
                    assert!(!value.starts_with("sw-"), "{hostile} gave {out}");
                    if matches!(key, "href" | "src") {
                        let bare: String =
                            value.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect::<String>().to_lowercase();
                        assert!(!bare.split(['/', '?', '#']).next().unwrap_or("").contains(':'), "{hostile} gave {out}");
                        assert!(key == "href" || !bare.contains("evil"), "{hostile} gave {out}");
                    }
                }
            }
            // Put through again nothing changes: there is no second meaning to be found.
            assert_eq!(clean(&out), out, "{hostile}");
        }
    }

    #[test]
    fn outermost_tables_scroll_and_a_tag_in_an_attribute_is_none() {
        let html = "a<table><tr><td><table></table></td></tr></table><p title=\"x > <table> y\">b</p><table></table>";
        let want = "a[<table><tr><td><table></table></td></tr></table>]<p title=\"x > <table> y\">b</p>[<table></table>]";
        assert_eq!(around_tables(html, "[", "]"), want);
    }

    #[test]
    fn marks_inside_attributes_are_dropped_with_them() {
        let mut mixed = String::from("<div title=\"");
        mark(0, &mut mixed);
        mixed.push_str("\">x</div>");
        mark(0, &mut mixed);
        let mut out = String::new();
        restore(&clean(&mixed), &["<b class=\"c\">y</b>".to_owned()], &mut out);
        assert_eq!(out, "<div>x</div><b class=\"c\">y</b>");
    }
}
