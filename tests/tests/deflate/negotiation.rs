//! Reads `server.vec` and `client.vec`.

use sanderling::ws::deflate::{DeflateContext, DeflateOptions, DeflateParameters, ExtensionValue, NegotiationError};
use sanderling_tests::escape;
use sanderling_tests::mismatch::Mismatches;
use sanderling_tests::vector::{Record, read_folder};

#[test]
fn a_server_answers_each_offer() {
    check("server.vec", |options, record, values| {
        assert!(record.value("request").is_none(), "{record}");
        match options.accept(values.iter().map(Vec::as_slice)) {
            Err(NegotiationError::Malformed) => vec!["refuse 400".into()],
            Err(error) => vec![format!("{error:?}")],
            Ok(None) => vec!["decline".into()],
            Ok(Some(acceptance)) => {
                let mut lines = vec![format!("accept {}", acceptance.response().as_str())];
                lines.extend(agreed(acceptance.parameters()));
                lines
            }
        }
    });
}

#[test]
fn a_client_reads_each_answer() {
    check("client.vec", |options, record, values| {
        assert_eq!(options.offer().as_str(), record.value("request").unwrap(), "{record}");
        match options.read_response(values.iter().map(Vec::as_slice)) {
            Err(error) => vec![format!("error {}", name(error))],
            Ok(None) => vec!["decline".into()],
            Ok(Some(parameters)) => agreed(parameters).into(),
        }
    });
}

fn check(file: &str, outcome: impl Fn(DeflateOptions, &Record, &[Vec<u8>]) -> Vec<String>) {
    let mut mismatches = Mismatches::default();
    let records = read_folder("deflate").unwrap();
    let mut records: Vec<_> = records.iter().filter(|record| record.file() == file).collect();
    assert!(records.len() > 40, "{file} is not read");
    for record in &records {
        let values: Vec<_> = record.values("in").map(|value| escape::text(value).unwrap()).collect();
        let lines = outcome(options(record), record, &values);
        let expected: Vec<_> = record.values("out").map(|line| line.as_bytes().to_owned()).collect();
        let got = lines.into_iter().map(String::into_bytes).collect();
        mismatches.compare(record, &expected, [("whole".into(), got)].into_iter());
    }
    assert!(mismatches.is_empty(), "{mismatches}");
    records.sort_by_key(|record| record.value("name"));
    assert!(records.windows(2).all(|pair| pair[0].value("name") != pair[1].value("name")), "{file} repeats a name");
}

fn options(record: &Record) -> DeflateOptions {
    let mut options = DeflateOptions::default();
    for (name, number) in record.limits().unwrap() {
        match name {
            "server-no-context-takeover" => options.server_no_context_takeover = number == 1,
            "client-no-context-takeover" => options.client_no_context_takeover = number == 1,
            "server-max-window-bits" => options.server_max_window_bits = u8::try_from(number).unwrap(),
            "client-max-window-bits" => options.client_max_window_bits = u8::try_from(number).unwrap(),
            _ => panic!("{record}: unknown option {name}"),
        }
    }
    options
}

fn agreed(parameters: DeflateParameters) -> [String; 2] {
    let show = |side: &str, context: DeflateContext| {
        format!("{side} {}{}", context.window_bits, if context.takeover { " takeover" } else { "" })
    };
    [show("server", parameters.server), show("client", parameters.client)]
}

fn name(error: NegotiationError) -> &'static str {
    match error {
        NegotiationError::Malformed => "malformed",
        NegotiationError::NotOffered => "not-offered",
        NegotiationError::Repeated => "repeated",
        NegotiationError::Parameter => "parameter",
        NegotiationError::NotGranted => "not-granted",
        _ => "unknown",
    }
}

/// All options against all others: what our server accepts our client understands in the same way,
/// and neither is given less than it asked for.
#[test]
fn both_sides_agree() {
    let mut longest = 0;
    for client in all_options() {
        for server in all_options() {
            let offer = client.offer();
            let acceptance = server.accept([offer.as_str().as_bytes()]).unwrap().unwrap();
            let response = acceptance.response().as_str();
            let agreed = client.read_response([response.as_bytes()]).unwrap().unwrap();
            // Only the client knows of a wish of its own that the server ignored; there is none.
            assert_eq!(agreed, acceptance.parameters(), "{offer:?} {response}");
            for options in [client, server] {
                assert!(agreed.server.window_bits <= options.server_max_window_bits);
                assert!(agreed.client.window_bits <= options.client_max_window_bits);
                assert!(!(agreed.server.takeover && options.server_no_context_takeover));
                assert!(!(agreed.client.takeover && options.client_no_context_takeover));
            }
            longest = longest.max(offer.as_str().len()).max(response.len());
        }
    }
    assert_eq!(longest, ExtensionValue::MAX_LEN);
}

fn all_options() -> impl Iterator<Item = DeflateOptions> {
    (0..4 * 16).map(|number| {
        let mut options = DeflateOptions::default();
        options.server_no_context_takeover = number & 1 != 0;
        options.client_no_context_takeover = number & 2 != 0;
        options.server_max_window_bits = [8, 10, 14, 15][number >> 2 & 3];
        options.client_max_window_bits = [8, 11, 13, 15][number >> 4];
        options
    })
}
