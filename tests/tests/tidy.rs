//! What the source text promises: which room sees which, where unsafe code is, what is absent, and
//! what lies where. `cargo test --test tidy -- --nocapture` prints the sizes of all files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// What each room of the core may name of the others.
const SEES: [(&str, &[&str]); 9] = [
    ("guide", &[]),
    ("octet", &[]),
    ("time", &[]),
    ("http", &["octet", "time"]),
    ("semantics", &["octet", "http"]),
    ("ws", &["octet", "time"]),
    // Its DEFLATE is that of the WebSockets.
    ("coding", &["http", "ws"]),
    ("drive", &["octet", "time", "http", "semantics", "ws", "coding"]),
    ("simulation", &["time", "drive"]),
];
const ADAPTERS: [&str; 3] = ["smol", "std", "tokio"];

#[test]
fn rooms_are_named_one_way() {
    let mut wrong = Vec::new();
    for (path, text) in sources("core/src") {
        let inside = path.strip_prefix("core/src/").unwrap();
        let module = inside.trim_end_matches(".rs").trim_end_matches("/mod");
        let room = module.split('/').next().unwrap();
        // The root names them all.
        let Some((_, sees)) = SEES.iter().find(|(name, _)| *name == room) else {
            assert_eq!(inside, "lib.rs", "a new room has to find its place here");
            continue;
        };
        for named in rooms_named(&code(&text), module) {
            let is_allowed = named == room
                || sees.contains(&named.as_str())
                // The opening handshake is made of HTTP.
                || (inside.starts_with("ws/handshake/") && named == "http");
            if !is_allowed {
                wrong.push(format!("{path} sees {named}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rooms at the ends of paths that begin at the root, or climb up to it.
fn rooms_named(code: &str, module: &str) -> Vec<String> {
    let depth = module.split('/').count();
    let mut named = Vec::new();
    let words = words(code);
    for (at, word) in words.iter().enumerate() {
        let climbs = words[at..].chunks(2).take_while(|pair| *pair == ["super", "::"]).count();
        let is_middle = at >= 2 && words[at - 1] == "::";
        let rest = match *word {
            "crate" if words.get(at + 1) == Some(&"::") => &words[at + 2..],
            "super" if !is_middle && climbs >= depth => &words[at + 2 * climbs..],
            _ => continue,
        };
        named.extend(first_segments(rest));
    }
    named
        .iter()
        .map(|name| if matches!(name.as_str(), "Tick" | "MinRate") { "time".to_owned() } else { name.clone() })
        .collect()
}

/// The name that comes next, or those that begin the members of a group.
fn first_segments(words: &[&str]) -> Vec<String> {
    if words.first() != Some(&"{") {
        return words.first().map(|word| (*word).to_owned()).into_iter().collect();
    }
    let (mut depth, mut segments) = (0, Vec::new());
    for pair in words.windows(2) {
        match pair[0] {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && matches!(pair[0], "{" | ",") {
            segments.push(pair[1].to_owned());
        }
    }
    segments
}

#[test]
fn unsafe_code_is_in_one_room() {
    let outside: Vec<_> = sources("")
        .into_iter()
        .filter(|(path, text)| !path.starts_with("core/src/octet/simd/") && words(&code(text)).contains(&"unsafe"))
        .map(|(path, _)| path)
        .collect();
    // A program without std has to name its own entry.
    assert_eq!(outside, ["tests/no_std/src/main.rs"]);
    let roots = ["fuzz", "tests"].map(str::to_owned).into_iter().chain(ADAPTERS.map(|name| format!("runtime-{name}")));
    for root in roots {
        let root = format!("{root}/src/lib.rs");
        assert!(read(&root).contains("\n#![forbid(unsafe_code)]\n"), "{root} does not forbid unsafe code");
    }
    assert!(read("core/src/lib.rs").contains("\n#![cfg_attr(not(feature = \"simd\"), forbid(unsafe_code))]\n"));
}

#[test]
fn the_core_does_no_io_and_knows_no_runtime() {
    let absent = ["std::net", "std::thread", "std::time::Instant", "Instant::now", "SystemTime", "tokio", "smol"];
    for (path, text) in sources("core/src") {
        let code = code(&text);
        let words = words(&code);
        for absent in absent {
            let absent = self::words(absent);
            assert!(!words.windows(absent.len()).any(|window| window == absent), "{path} has {}", absent.concat());
        }
        // The paved paths of a client and of files are futures that know no runtime. All else can be polled.
        let is_paved_path = ["client_connection.rs", "fetch/", "files/", "websocket_request.rs"]
            .iter()
            .any(|place| path.starts_with(&format!("core/src/drive/{place}")));
        assert!(is_paved_path || !words.windows(2).any(|pair| pair == ["async", "fn"]), "{path} has an async fn");
    }
}

#[test]
fn adapters_are_alike_and_strangers() {
    for name in ADAPTERS {
        for file in ["clock.rs", "connection.rs", "lib.rs", "server.rs", "transport.rs"] {
            assert!(root().join(format!("runtime-{name}/src/{file}")).exists(), "runtime-{name} has no {file}");
        }
        let manifest = read(&format!("runtime-{name}/Cargo.toml"));
        for other in ADAPTERS.iter().filter(|other| **other != name) {
            assert!(!manifest.contains(&format!("sanderling-{other}")), "runtime-{name} depends on {other}");
            let other = format!("sanderling_{other}");
            for (path, text) in sources(&format!("runtime-{name}")) {
                assert!(!words(&code(&text)).contains(&other.as_str()), "{path} names {other}");
            }
        }
    }
}

#[test]
fn the_top_level_holds_only_what_is_expected() {
    const EXPECTED: [&str; 10] = [
        "Cargo.lock",
        "Cargo.toml",
        "core",
        "fuzz",
        "runtime-smol",
        "runtime-std",
        "runtime-tokio",
        "rustfmt.toml",
        "target",
        "tests",
    ];
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_kind = name.starts_with('.') || name.ends_with(".md") || name.starts_with("LICENSE");
        assert!(is_kind || EXPECTED.contains(&name.as_str()), "{name} lies at the top level");
    }
}

#[test]
fn nothing_is_left_for_later_or_called_what_it_is_not() {
    // Put together here, or this file would be found itself.
    let words = [concat!("dbg", "!"), concat!("todo", "!"), concat!("TO", "DO"), concat!("FIX", "ME")];
    let names = ["util", "utils", "common", "manager", "helper", "helpers"];
    for path in files("") {
        let octets = fs::read(root().join(&path)).unwrap();
        for word in words {
            assert!(!octets.windows(word.len()).any(|window| window == word.as_bytes()), "{path} has {word}");
        }
        let mut parts = path.split(|char: char| !char.is_ascii_alphanumeric());
        assert!(!parts.any(|part| names.contains(&part)), "{path} says too little of itself");
    }
}

#[test]
fn sizes() {
    let mut folder = String::new();
    let mut total = 0;
    for (path, text) in sources("") {
        let (parent, name) = path.rsplit_once('/').unwrap();
        if parent != folder {
            println!("{parent}/");
            parent.clone_into(&mut folder);
        }
        let lines = text.lines().count();
        total += lines;
        println!("{lines:>6}  {name}");
    }
    println!("{total:>6}  in all");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The paths of all files under a folder that are the project's own, sorted.
fn files(folder: &str) -> Vec<String> {
    const FOREIGN: [&str; 5] = [".git", "artifacts", "corpus", "coverage", "target"];
    let mut paths = Vec::new();
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if entry.file_type().unwrap().is_dir() {
            if !FOREIGN.contains(&name.as_str()) {
                paths.extend(files(&path));
            }
        } else {
            paths.push(path);
        }
    }
    paths.sort();
    paths
}

fn sources(folder: &str) -> Vec<(String, String)> {
    files(folder).into_iter().filter(|path| path.ends_with(".rs")).map(|path| (path.clone(), read(&path))).collect()
}

/// The text without comments and without what stands in quotes.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let len = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(quoted) = rest.strip_prefix("r#\"") {
            quoted.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if let Some(quoted) = rest.strip_prefix('"') {
            1 + end_of_quoted(quoted, '"')
        } else if let Some(quoted) = rest.strip_prefix('\'').filter(|quoted| is_char(quoted)) {
            1 + end_of_quoted(quoted, '\'')
        } else {
            code.push(char);
            char.len_utf8()
        };
        if len > char.len_utf8() {
            code.push(' ');
        }
        rest = &rest[len..];
    }
    code
}

/// Not a lifetime.
fn is_char(quoted: &str) -> bool {
    quoted.starts_with('\\') || quoted.chars().nth(1) == Some('\'')
}

fn end_of_quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    let end = text.char_indices().find(|(_, char)| {
        let ends = *char == quote && !is_escaped;
        is_escaped = *char == '\\' && !is_escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// Names, `::`, and single characters that are neither.
fn words(code: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = code.trim_start();
    while let Some(char) = rest.chars().next() {
        let is_name = |char: char| char == '_' || char.is_alphanumeric();
        let len = if is_name(char) {
            rest.find(|char| !is_name(char)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            char.len_utf8()
        };
        words.push(&rest[..len]);
        rest = rest[len..].trim_start();
    }
    words
}

#[test]
fn the_readers_above_read() {
    let text = "use crate::{http::{self, Method}, Tick}; // crate::ws\nlet a = \"\\\"crate::drive\"; 'b: '\\'' super::super::octet::x r#\"crate::semantics\"#";
    assert_eq!(rooms_named(&code(text), "ws/frame"), ["http", "time", "octet"]);
    assert_eq!(rooms_named(&code(text), "http/head/fields"), ["http", "time"]);
}
