//! Runs the model: every execution of each scenario, and each mutant, which the model must detect. `run.mjs` starts it.
//!
//! `model [--long]` prints one line of JSON for each row. Exit code 1: a property does not hold, or a mutant survives.
//! `model --mutant N` runs a single mutant and must panic.

mod cell;
mod scenario;

use cell::Mutant;
use scenario::Scenario;
use std::process::{Command, ExitCode};

/// A row of the table.
struct Row {
    name: &'static str,
    scenarios: Vec<Scenario>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--mutant", index] => {
            mutants()[index.parse::<usize>().expect("a number")]
                .2
                .explore();
            ExitCode::SUCCESS
        }
        [] => run(false),
        ["--long"] => run(true),
        _ => {
            eprintln!("Usage: model [--long]");
            ExitCode::from(2)
        }
    }
}

fn run(is_long: bool) -> ExitCode {
    for Row { name, scenarios } in rows(is_long) {
        let Scenario {
            slots,
            generations,
            words,
            readers,
            preemptions,
            ..
        } = scenarios[0];
        let (mut executions, mut seconds, mut copies, mut lost) = (0, 0.0, 0, 0);
        for scenario in &scenarios {
            let explored = scenario.explore();
            executions += explored.executions;
            seconds += explored.seconds;
            copies += explored.copies;
            lost += explored.lost;
        }
        let bound = preemptions.map_or("null".to_string(), |bound| bound.to_string());
        println!(
            r#"{{"row":"{name}","slots":{slots},"generations":{generations},"words":{words},"readers":{readers},"preemptions":{bound},"runs":{},"executions":{executions},"copies":{copies},"lost":{lost},"seconds":{seconds:.2}}}"#,
            scenarios.len(),
        );
    }
    let mut is_sharp = true;
    for (index, (name, expected, _)) in mutants().into_iter().enumerate() {
        let found = find_out(index);
        let is_found = found.starts_with(expected);
        is_sharp &= is_found;
        println!(
            r#"{{"mutant":"{name}","expected":"{expected}","found":"{found}","ok":{is_found}}}"#
        );
    }
    ExitCode::from(u8::from(!is_sharp))
}

/// Returns the property that detects a mutant; an empty string if the mutant survives. Runs it in a separate process,
/// because loom does not survive a panic.
fn find_out(index: usize) -> String {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program)
        .args(["--mutant", &index.to_string()])
        .output()
        .expect("this program runs");
    if output.status.success() {
        return String::new();
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let fault = |line: &str| {
        ["TORN", "BACK", "WAITS"]
            .iter()
            .find_map(|word| line.find(word).map(|at| line[at..].to_string()))
    };
    let line = text.lines().find_map(fault);
    line.unwrap_or_else(|| "a failure of the model itself".to_string())
        .replace('"', "'")
}

fn base(slots: usize, generations: usize, readers: usize, preemptions: usize) -> Scenario {
    Scenario {
        slots,
        generations,
        words: 2,
        readers,
        acquires: if readers == 1 { 2 } else { 1 },
        writer_stops: None,
        reader_stops: None,
        preemptions: Some(preemptions),
        mutant: None,
    }
}

fn rows(is_long: bool) -> Vec<Row> {
    let more = usize::from(is_long);
    let all_run = |scenario| Row {
        name: "all run",
        scenarios: vec![scenario],
    };
    let writer_stops = |scenario: Scenario| Row {
        name: "the writer stops, at each step",
        scenarios: (0..=scenario.writer_steps())
            .map(|step| Scenario {
                writer_stops: Some(step),
                ..scenario.clone()
            })
            .collect(),
    };
    let reader_stops = |scenario: Scenario| Row {
        name: "a reader stops, at each step",
        scenarios: (0..=scenario.reader_steps())
            .map(|step| Scenario {
                reader_stops: Some(step),
                ..scenario.clone()
            })
            .collect(),
    };
    vec![
        all_run(base(1, 4, 1, 2 + more)),
        all_run(base(2, 4, 1, 2 + more)),
        all_run(Scenario {
            words: 4,
            ..base(2, 4, 1, 1 + more)
        }),
        all_run(Scenario {
            words: 3,
            ..base(3, 5, 1, 2 + more)
        }),
        all_run(base(4, 6, 1, 2 + 2 * more)),
        all_run(base(1, 3, 2, 1)),
        all_run(base(2, 3, 2, 1 + more)),
        all_run(base(3, 4, 2, 1 + more)),
        all_run(base(4, 5, 2, 1 + more)),
        writer_stops(base(2, 4, 1, 1 + 2 * more)),
        writer_stops(base(4, 6, 1, 1 + more)),
        writer_stops(base(2, 3, 2, more)),
        reader_stops(base(2, 3, 2, 1 + more)),
    ]
}

/// Each mutant: its name, the property that must detect it, and its scenario.
fn mutants() -> Vec<(&'static str, &'static str, Scenario)> {
    let with = |mutant| Scenario {
        mutant: Some(mutant),
        ..base(2, 4, 1, 2)
    };
    vec![
        ("P is a plain load", "TORN", with(Mutant::CheckByLoad)),
        (
            "P comes before the copy",
            "TORN",
            with(Mutant::CheckBeforeCopy),
        ),
        ("there is no P", "TORN", with(Mutant::NoCheck)),
        (
            "E comes after the payload",
            "TORN",
            with(Mutant::EmptyAfterPayload),
        ),
        (
            "C and GENERATION come before the payload",
            "TORN",
            with(Mutant::FillBeforePayload),
        ),
        (
            "GENERATION is stored before C",
            "WAITS",
            with(Mutant::AnnounceBeforeFill),
        ),
        (
            "C and GENERATION are plain stores",
            "WAITS",
            with(Mutant::FillByPlainStores),
        ),
        ("slots share a region", "TORN", with(Mutant::SharedRegion)),
    ]
}
