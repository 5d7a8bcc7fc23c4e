//! What httparse takes and we refuse: all of it, each with a reader of its own. The list stands in
//! CONFORMANCE.md, too.

use sanderling::http::Limits;

use super::host;
use super::text::Head;
use crate::framing::{self, Said};

/// A rule that httparse does not know.
pub(super) struct Rule {
    /// What is refused.
    pub(super) name: &'static str,
    /// The section that says so, or that leaves us the choice.
    #[cfg_attr(not(test), expect(dead_code, reason = "held against CONFORMANCE.md"))]
    pub(super) section: &'static str,
    /// Whether a head breaks it. Of a head that is not whole, whether what is there does.
    pub(super) is_broken: fn(&Head, &Limits) -> bool,
    /// A head that breaks this rule and no other, within [`super::tight_limits`].
    #[cfg_attr(not(test), expect(dead_code, reason = "the test of the list reads it"))]
    pub(super) example: &'static [u8],
}

/// Rules for requests.
pub(super) const REQUESTS: &[Rule] = &[
    Rule {
        name: "a bare LF ends a line",
        section: "9112 §2.2",
        is_broken: bare_lf,
        example: b"GET / HTTP/1.1\r\nHost: a\n\r\n",
    },
    Rule {
        name: "more empty lines before the request than the limit",
        section: "9112 §2.2",
        is_broken: |head, limits| head.empty_lines > limits.leading_empty_lines.into(),
        example: b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    },
    Rule {
        name: "a start line above the limit",
        section: "9112 §3",
        is_broken: long_request_line,
        example: b"GET /which-is-about-as-long-as-it-can-be HTTP/1.1\r\nHost: a\r\n\r\n",
    },
    Rule {
        name: "an octet that no request-target may have",
        section: "9112 §3.2",
        is_broken: target_octet,
        example: b"GET /<b> HTTP/1.1\r\nHost: a\r\n\r\n",
    },
    Rule {
        name: "a request-target that is in none of the forms for its method",
        section: "9112 §3.2",
        is_broken: target_form,
        example: b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
    },
    Rule {
        name: "HTTP/1.1 without Host",
        section: "9112 §3.2",
        is_broken: |head, _| head.len.is_some() && !is_old(head) && head.values("Host").is_empty(),
        example: b"GET / HTTP/1.1\r\n\r\n",
    },
    Rule {
        name: "two Host lines",
        section: "9112 §3.2",
        is_broken: |head, _| head.values("Host").len() > 1,
        example: b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    },
    Rule {
        name: "a Host that is none",
        section: "9112 §3.2",
        is_broken: |head, _| head.values("Host").iter().any(|value| host::host_and_port(value).is_none()),
        example: b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
    },
    Rule {
        name: "a Host with a port and no host",
        section: "9110 §4.2.1",
        is_broken: |head, _| {
            head.values("Host").iter().any(|value| matches!(host::host_and_port(value), Some(("", Some(_)))))
        },
        example: b"GET / HTTP/1.1\r\nHost: :80\r\n\r\n",
    },
    Rule {
        name: "an empty Host beside an origin-form, in HTTP/1.1",
        section: "9110 §4.2.1",
        is_broken: |head, _| {
            let [method, target, _] = head.request_line();
            let is_origin = method != b"CONNECT" && target.first() == Some(&b'/');
            head.len.is_some() && !is_old(head) && is_origin && head.values("Host") == [""]
        },
        example: b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    },
    Rule {
        name: "a Content-Length that is not one number",
        section: "9112 §6.3",
        is_broken: |head, _| head.framing().length.is_some_and(|length| length.is_err()),
        example: b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
    },
    Rule {
        name: "Transfer-Encoding beside Content-Length",
        section: "9112 §6.1",
        is_broken: |head, _| matches!(head.framing(), Said { length: Some(_), codings: Some(_) }),
        example: b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    },
    Rule {
        name: "Transfer-Encoding in HTTP/1.0",
        section: "9112 §6.1",
        is_broken: |head, _| is_old(head) && head.framing().codings.is_some(),
        example: b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
    },
    Rule {
        name: "a Transfer-Encoding that does not end with chunked, once",
        section: "9112 §6.1",
        is_broken: |head, _| {
            head.framing().codings.is_some_and(|codings| framing::ends_chunked(&codings) != Some(true))
        },
        example: b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, x\r\n\r\n",
    },
    Rule {
        name: "a transfer coding that we do not know",
        section: "9112 §6.1",
        is_broken: |head, _| {
            let codings = head.framing().codings.unwrap_or_default();
            codings.len() > 1 && framing::ends_chunked(&codings) == Some(true)
        },
        example: b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x, chunked\r\n\r\n",
    },
    Rule {
        name: "CONNECT with content",
        section: "9110 §9.3.6",
        is_broken: |head, _| {
            let Said { length, codings } = head.framing();
            head.request_line()[0] == b"CONNECT" && (length.is_some_and(|length| length != Ok(0)) || codings.is_some())
        },
        example: b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n",
    },
    Rule {
        name: "an expectation other than 100-continue, in HTTP/1.1",
        section: "9110 §10.1.1",
        is_broken: |head, _| !is_old(head) && head.values("Expect").iter().any(|value| is_unknown_expectation(value)),
        example: b"GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n",
    },
    Rule {
        name: "more field lines than the limit",
        section: "9110 §5.4",
        is_broken: many_fields,
        example: MANY_FIELDS,
    },
    Rule {
        name: "a field section above the limit",
        section: "9110 §5.4",
        is_broken: long_section,
        example: LONG_SECTION,
    },
];

/// Rules for responses.
pub(super) const RESPONSES: &[Rule] = &[
    Rule {
        name: "a bare LF ends a line", section: "9112 §2.2", is_broken: bare_lf, example: b"HTTP/1.1 200 OK\n\r\n"
    },
    Rule {
        name: "an empty line before the response",
        section: "9112 §2.1",
        is_broken: |head, _| head.empty_lines > 0 || head.start.first() == Some(&b'\r'),
        example: b"\r\nHTTP/1.1 200 OK\r\n\r\n",
    },
    Rule {
        name: "a start line above the limit",
        section: "9112 §3",
        is_broken: long_start_line,
        example: b"HTTP/1.1 200 as fine as it has ever been so far\r\n\r\n",
    },
    Rule {
        name: "a status code below 100",
        section: "9110 §15",
        is_broken: |head, _| head.start.get(9) == Some(&b'0'),
        example: b"HTTP/1.1 099 \r\n\r\n",
    },
    Rule {
        name: "more field lines than the limit",
        section: "9110 §5.4",
        is_broken: many_fields,
        example: b"HTTP/1.1 200 \r\na:\r\na:\r\na:\r\na:\r\na:\r\n\r\n",
    },
    Rule {
        name: "a field section above the limit",
        section: "9110 §5.4",
        is_broken: long_section,
        example: b"HTTP/1.1 200 \r\na: 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 \
                   0123456789 0123456789 0123456789 0123456789 0123456789\r\n\r\n",
    },
];

const MANY_FIELDS: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\na:\r\na:\r\na:\r\na:\r\n\r\n";
const LONG_SECTION: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\na: 0123456789 0123456789 0123456789 0123456789 0123456789 \
                              0123456789 0123456789 0123456789 0123456789 0123456789\r\n\r\n";

fn bare_lf(head: &Head, limits: &Limits) -> bool {
    head.has_bare_lf && !limits.leniency.bare_lf
}

fn long_start_line(head: &Head, limits: &Limits) -> bool {
    head.start.len() > limits.request_line as usize
}

/// Room for the version is needed at once.
fn long_request_line(head: &Head, limits: &Limits) -> bool {
    let spaces = head.start.iter().enumerate().filter(|(_, octet)| **octet == b' ');
    let version = spaces.map(|(at, _)| at + 1).nth(1);
    long_start_line(head, limits) || version.is_some_and(|at| at + "HTTP/1.1".len() > limits.request_line as usize)
}

fn many_fields(head: &Head, limits: &Limits) -> bool {
    // The line that is one too many need not be whole.
    head.lines.len() + usize::from(head.has_more) > limits.fields.into()
}

fn long_section(head: &Head, limits: &Limits) -> bool {
    head.section_len > limits.field_section as usize
}

fn is_old(head: &Head) -> bool {
    head.request_line()[2] == b"HTTP/1.0"
}

/// Not visible ASCII, or one of those with which RFC 3986 delimits a URI or part of it.
fn target_octet(head: &Head, _: &Limits) -> bool {
    head.request_line()[1].iter().any(|octet| !octet.is_ascii_graphic() || b"\"#<>".contains(octet))
}

fn target_form(head: &Head, _: &Limits) -> bool {
    let [method, target, _] = head.request_line().map(|part| core::str::from_utf8(part).unwrap_or_default());
    let is_whole = head.start.iter().filter(|&&octet| octet == b' ').count() > 1;
    // Octets are another rule's.
    is_whole && target.chars().all(|char| char.is_ascii_graphic()) && !host::fits(method, target)
}

fn is_unknown_expectation(value: &str) -> bool {
    framing::members(value).any(|member| !member.is_empty() && member != "100-continue")
}
