//! Status codes (RFC 9110 section 15).

use core::fmt;

/// A three-digit status code, 100 to 999.
///
/// ```
/// use sanderling::http::StatusCode;
///
/// assert_eq!(StatusCode::NOT_FOUND.reason(), "Not Found");
/// assert_eq!(StatusCode::new(99), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusCode(u16);

macro_rules! statuses {
    ($($code:literal $name:ident $reason:literal $section:literal;)*) => {
        impl StatusCode {
            $(
                #[doc = concat!("`", $code, " ", $reason, "` (", $section, ").")]
                pub const $name: Self = Self($code);
            )*

            /// `status-line CRLF` with the customary reason phrase (RFC 9112 section 4), for a code that has one.
            ///
            /// A server says the highest version that it conforms to (RFC 9110 section 2.5).
            pub(crate) const fn line(self) -> Option<&'static [u8]> {
                match self.0 {
                    $($code => Some(concat!("HTTP/1.1 ", $code, " ", $reason, "\r\n").as_bytes()),)*
                    _ => None,
                }
            }

            /// The customary reason phrase; empty for a code without one.
            #[must_use]
            pub const fn reason(self) -> &'static str {
                match self.0 {
                    $($code => $reason,)*
                    _ => "",
                }
            }
        }
    };
}

statuses! {
    100 CONTINUE "Continue" "RFC 9110 section 15.2.1";
    101 SWITCHING_PROTOCOLS "Switching Protocols" "RFC 9110 section 15.2.2";
    103 EARLY_HINTS "Early Hints" "RFC 8297";
    200 OK "OK" "RFC 9110 section 15.3.1";
    201 CREATED "Created" "RFC 9110 section 15.3.2";
    202 ACCEPTED "Accepted" "RFC 9110 section 15.3.3";
    203 NON_AUTHORITATIVE_INFORMATION "Non-Authoritative Information" "RFC 9110 section 15.3.4";
    204 NO_CONTENT "No Content" "RFC 9110 section 15.3.5";
    205 RESET_CONTENT "Reset Content" "RFC 9110 section 15.3.6";
    206 PARTIAL_CONTENT "Partial Content" "RFC 9110 section 15.3.7";
    300 MULTIPLE_CHOICES "Multiple Choices" "RFC 9110 section 15.4.1";
    301 MOVED_PERMANENTLY "Moved Permanently" "RFC 9110 section 15.4.2";
    302 FOUND "Found" "RFC 9110 section 15.4.3";
    303 SEE_OTHER "See Other" "RFC 9110 section 15.4.4";
    304 NOT_MODIFIED "Not Modified" "RFC 9110 section 15.4.5";
    307 TEMPORARY_REDIRECT "Temporary Redirect" "RFC 9110 section 15.4.8";
    308 PERMANENT_REDIRECT "Permanent Redirect" "RFC 9110 section 15.4.9";
    400 BAD_REQUEST "Bad Request" "RFC 9110 section 15.5.1";
    401 UNAUTHORIZED "Unauthorized" "RFC 9110 section 15.5.2";
    403 FORBIDDEN "Forbidden" "RFC 9110 section 15.5.4";
    404 NOT_FOUND "Not Found" "RFC 9110 section 15.5.5";
    405 METHOD_NOT_ALLOWED "Method Not Allowed" "RFC 9110 section 15.5.6";
    406 NOT_ACCEPTABLE "Not Acceptable" "RFC 9110 section 15.5.7";
    407 PROXY_AUTHENTICATION_REQUIRED "Proxy Authentication Required" "RFC 9110 section 15.5.8";
    408 REQUEST_TIMEOUT "Request Timeout" "RFC 9110 section 15.5.9";
    409 CONFLICT "Conflict" "RFC 9110 section 15.5.10";
    410 GONE "Gone" "RFC 9110 section 15.5.11";
    411 LENGTH_REQUIRED "Length Required" "RFC 9110 section 15.5.12";
    412 PRECONDITION_FAILED "Precondition Failed" "RFC 9110 section 15.5.13";
    413 CONTENT_TOO_LARGE "Content Too Large" "RFC 9110 section 15.5.14";
    414 URI_TOO_LONG "URI Too Long" "RFC 9110 section 15.5.15";
    415 UNSUPPORTED_MEDIA_TYPE "Unsupported Media Type" "RFC 9110 section 15.5.16";
    416 RANGE_NOT_SATISFIABLE "Range Not Satisfiable" "RFC 9110 section 15.5.17";
    417 EXPECTATION_FAILED "Expectation Failed" "RFC 9110 section 15.5.18";
    421 MISDIRECTED_REQUEST "Misdirected Request" "RFC 9110 section 15.5.20";
    422 UNPROCESSABLE_CONTENT "Unprocessable Content" "RFC 9110 section 15.5.21";
    426 UPGRADE_REQUIRED "Upgrade Required" "RFC 9110 section 15.5.22";
    428 PRECONDITION_REQUIRED "Precondition Required" "RFC 6585 section 3";
    429 TOO_MANY_REQUESTS "Too Many Requests" "RFC 6585 section 4";
    431 REQUEST_HEADER_FIELDS_TOO_LARGE "Request Header Fields Too Large" "RFC 6585 section 5";
    500 INTERNAL_SERVER_ERROR "Internal Server Error" "RFC 9110 section 15.6.1";
    501 NOT_IMPLEMENTED "Not Implemented" "RFC 9110 section 15.6.2";
    502 BAD_GATEWAY "Bad Gateway" "RFC 9110 section 15.6.3";
    503 SERVICE_UNAVAILABLE "Service Unavailable" "RFC 9110 section 15.6.4";
    504 GATEWAY_TIMEOUT "Gateway Timeout" "RFC 9110 section 15.6.5";
    505 HTTP_VERSION_NOT_SUPPORTED "HTTP Version Not Supported" "RFC 9110 section 15.6.6";
}

impl StatusCode {
    /// A code of any three digits; `None` outside 100 to 999 (RFC 9112 section 4).
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 100 && code <= 999 { Some(Self(code)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        self.0
    }

    /// Whether the response is interim (1xx, RFC 9110 section 15.2).
    #[must_use]
    pub const fn is_informational(self) -> bool {
        self.0 < 200
    }

    /// Whether the request succeeded (2xx, RFC 9110 section 15.3).
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 >= 200 && self.0 < 300
    }

    /// Whether a response of this code never has content, whatever its fields say:
    /// 1xx, 204 and 304 (RFC 9112 section 6.3).
    #[must_use]
    pub const fn forbids_content(self) -> bool {
        self.is_informational() || self.0 == 204 || self.0 == 304
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
