//! The command line, in the manner of curl.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::prelude::*;
use sanderling::semantics::HttpUri;

use super::command_line;

const HELP: &str = "\
[options] URL...
  -X METHOD          the method
  -H 'Name: value'   a field, as often as needed
  -d DATA            a body, or @FILE for a file's; several are joined by &; POST unless -X says otherwise
  -T FILE            a file to send, - for standard input; PUT unless -X says otherwise
  -i                 print the head of the response first
  -I                 HEAD, and print the head
  -L                 follow redirects
  -x PROXY           a proxy, http://HOST:PORT
  -o FILE            write to a file, once there is an answer
  --compressed       ask for compressed content, and decode it
  -C -               go on with the file of -o where it ends, as FILE.validator beside it tells, which is there
                     until the file is complete; fetch it anew if there is none, or the server has another by now
  --summary          print STATUS LENGTH SHA1 for each URL in place of the body";

/// What to send.
pub(crate) enum Body {
    None,
    Data(Vec<u8>),
    File(PathBuf),
    Stdin,
}

pub(crate) struct Options {
    pub method: String,
    pub fields: Vec<(String, String)>,
    pub body: Body,
    pub show_head: bool,
    pub follow: bool,
    pub proxy: Option<HttpUri>,
    pub output: Option<PathBuf>,
    pub compressed: bool,
    pub goes_on: bool,
    pub summary: bool,
    pub urls: Vec<String>,
}

impl Options {
    /// The options of this process, or its exit code if there is nothing to do.
    pub(crate) fn from_args() -> Result<Self, ExitCode> {
        command_line::read(Self::parse, |name| format!("usage: {name} {HELP}\n"))
    }

    fn parse(parser: &mut lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self {
            method: String::new(),
            fields: Vec::new(),
            body: Body::None,
            show_head: false,
            follow: false,
            proxy: None,
            output: None,
            compressed: false,
            goes_on: false,
            summary: false,
            urls: Vec::new(),
        };
        let mut method = None;
        let mut implied = "GET";
        while let Some(arg) = parser.next()? {
            match arg {
                Short('X') | Long("request") => method = Some(parser.value()?.string()?),
                Short('H') | Long("header") => options.fields.push(field(&parser.value()?.string()?)?),
                Short('d') | Long("data") => {
                    let data = data(parser.value()?)?;
                    options.body = match options.body {
                        Body::Data(before) => Body::Data([before, data].join(&b'&')),
                        _ => Body::Data(data),
                    };
                    implied = "POST";
                }
                Short('T') | Long("upload-file") => {
                    let file = parser.value()?;
                    options.body = if file == "-" { Body::Stdin } else { Body::File(file.into()) };
                    implied = "PUT";
                }
                Short('i') | Long("include") => options.show_head = true,
                Short('I') | Long("head") => {
                    options.show_head = true;
                    implied = "HEAD";
                }
                Short('x') | Long("proxy") => options.proxy = Some(proxy(&parser.value()?.string()?)?),
                Short('L') | Long("location") => options.follow = true,
                Short('o') | Long("output") => options.output = Some(parser.value()?.into()),
                Long("compressed") => options.compressed = true,
                Short('C') | Long("continue-at") => {
                    if parser.value()? != "-" {
                        return Err("-C is followed by -: the file tells where it ends".into());
                    }
                    options.goes_on = true;
                }
                Long("summary") => options.summary = true,
                Short('h') | Long("help") => return Ok(None),
                Value(url) => options.urls.push(url.string()?),
                arg => return Err(arg.unexpected()),
            }
        }
        if options.urls.is_empty() {
            return Err("no URL given".into());
        }
        // What else is printed would be written into the file.
        let prints_else = options.show_head || options.summary;
        if options.goes_on && (options.output.is_none() || options.urls.len() > 1 || prints_else) {
            return Err("-C - is for one URL, whose content is in the file of -o".into());
        }
        options.method = method.unwrap_or(implied.to_owned());
        let has_type = options.fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if matches!(options.body, Body::Data(_)) && !has_type {
            options.fields.push(("Content-Type".into(), "application/x-www-form-urlencoded".into()));
        }
        Ok(Some(options))
    }
}

fn field(line: &str) -> Result<(String, String), lexopt::Error> {
    let (name, value) = line.split_once(':').ok_or("a field has a colon behind its name")?;
    Ok((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()))
}

fn proxy(uri: &str) -> Result<HttpUri, lexopt::Error> {
    let uri = if uri.contains("://") { uri.to_owned() } else { format!("http://{uri}") };
    HttpUri::parse(&uri).ok_or("a proxy is named by an http URL".into())
}

fn data(value: OsString) -> Result<Vec<u8>, lexopt::Error> {
    let value = value.string()?;
    match value.strip_prefix('@') {
        Some(file) => Ok(std::fs::read(file).map_err(|error| format!("{file}: {error}"))?),
        None => Ok(value.into_bytes()),
    }
}
