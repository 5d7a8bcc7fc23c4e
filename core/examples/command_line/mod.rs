//! How each example reads its command line: it is included by path, by all that have one.

use std::path::Path;
use std::process::ExitCode;

use lexopt::Parser;

/// What `parse` makes of this process's command line; `None` is a call for help. Where the program has nothing left
/// to do, after `--help` or a mistake, this has said why, and `Err` is its exit code.
pub(crate) fn read<T>(
    parse: impl FnOnce(&mut Parser) -> Result<Option<T>, lexopt::Error>,
    help: impl FnOnce(&str) -> String,
) -> Result<T, ExitCode> {
    let mut parser = Parser::from_env();
    let program = Path::new(parser.bin_name().unwrap_or("example")).file_name();
    let name = program.map_or("example".into(), |name| name.to_string_lossy().into_owned());
    match parse(&mut parser) {
        Ok(Some(options)) => Ok(options),
        Ok(None) => {
            print!("{}", help(&name));
            Err(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!("{name}: {error} (see {name} --help)");
            Err(ExitCode::from(2))
        }
    }
}
