//! The example client over blocking threads, in the manner of curl.

#[path = "../../core/examples/fetch/mod.rs"]
mod fetch;

use std::io::Read;
use std::process::ExitCode;

use fetch::{Body, Options, Output};
use sanderling_std::{BodyLength, Client, ClientOptions, Error, Method, Progress, Request, Response};

/// Octets in one write of a body.
const PIECE: usize = 64 * 1024;

fn main() -> ExitCode {
    let options = match Options::from_args() {
        Ok(options) => options,
        Err(code) => return code,
    };
    match run(&options) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("fetch-std: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Fetches one URL after another; says how many of them failed.
fn run(options: &Options) -> Result<usize, Error> {
    let mut client_options = ClientOptions::default();
    client_options.redirects = if options.follow { 20 } else { 0 };
    client_options.proxy = options.proxy.clone();
    client_options.decode = options.compressed;
    let client = Client::with_options(client_options);
    let method = Method::new(&options.method).ok_or(std::io::Error::other("malformed method"))?;
    let mut output = Output::new(options)?;
    let mut failed = 0;
    for url in &options.urls {
        let request = client.request(method, url);
        let request = options.fields.iter().fold(request, |request, (name, value)| request.field(name, value));
        let request = output.missing().iter().fold(request, |request, (name, value)| request.field(name, value));
        if let Err(error) = fetch(request, &options.body, &mut output) {
            eprintln!("fetch-std: {}: {error}", url.escape_debug());
            output.give_up();
            failed += 1;
        }
    }
    Ok(failed)
}

fn fetch(request: Request, body: &Body, output: &mut Output) -> Result<(), Error> {
    let mut response = send(request, body, output)?;
    output.begin(&response.head())?;
    while let Some(data) = response.read()? {
        output.write(&data)?;
    }
    output.end()?;
    Ok(())
}

fn send(request: Request, body: &Body, output: &mut Output) -> Result<Response, Error> {
    match body {
        Body::None => request.send(),
        Body::Data(data) => request.body(data).send(),
        Body::File(path) => {
            let (file, length, most) = fetch::open(path)?;
            upload(request, output, length, file.take(most))
        }
        Body::Stdin => upload(request, output, BodyLength::Unknown, std::io::stdin()),
    }
}

/// Sends a body as it comes, and takes what the server answers meanwhile.
fn upload(request: Request, output: &mut Output, length: BodyLength, mut from: impl Read) -> Result<Response, Error> {
    let mut upload = request.upload(length)?;
    let mut piece = vec![0; PIECE];
    loop {
        match upload.progress()? {
            Progress::Room => {
                let len = from.read(&mut piece)?;
                let Some(data) = piece.get(..len).filter(|data| !data.is_empty()) else { break };
                upload.queue(data)?;
            }
            Progress::Data(data) => {
                if let Some(head) = upload.head() {
                    output.begin(&head)?;
                }
                output.write(&data)?;
            }
            Progress::Unwanted => break,
        }
    }
    upload.finish()
}
