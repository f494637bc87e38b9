//! Runs the model: every execution of each scenario, and each mutant, which the model must detect. `run.mjs` starts it.
//!
//! `model [--long]` prints one line of JSON for each row. Exit code 1: a property does not hold, or a mutant survives.
//! `model --mutant N` runs a single mutant and must panic.

mod cell;
mod number;
mod scenario;

use cell::Mutant;
use number::Event::{Again, Changed, Unchanged};
use number::{Mutant as NumberMutant, Numbers, WORDS};
use scenario::{Explored, Scenario};
use std::process::{Command, ExitCode};

/// A row of the table: programs with the same bounds.
struct Row {
    name: &'static str,
    slots: usize,
    generations: usize,
    words: usize,
    readers: usize,
    preemptions: Option<usize>,
    programs: Vec<Program>,
}

/// Explores all executions of a scenario. Panics if one of them breaks a property.
type Program = Box<dyn Fn() -> Explored>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--mutant", index] => {
            let (.., program) = &mutants()[index.parse::<usize>().expect("a number")];
            program();
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
    for Row {
        name,
        slots,
        generations,
        words,
        readers,
        preemptions,
        programs,
    } in rows(is_long)
    {
        let (mut executions, mut seconds, mut copies, mut lost) = (0, 0.0, 0, 0);
        for program in &programs {
            let explored = program();
            executions += explored.executions;
            seconds += explored.seconds;
            copies += explored.copies;
            lost += explored.lost;
        }
        let bound = preemptions.map_or("null".to_string(), |bound| bound.to_string());
        println!(
            r#"{{"row":"{name}","slots":{slots},"generations":{generations},"words":{words},"readers":{readers},"preemptions":{bound},"runs":{},"executions":{executions},"copies":{copies},"lost":{lost},"seconds":{seconds:.2}}}"#,
            programs.len(),
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
        ["TORN", "BACK", "WAITS", "OTHER", "AHEAD", "LOST"]
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

/// `begun`: the events before a view opens; `events`: those afterwards.
fn numbers(begun: &[number::Event], events: &[number::Event], preemptions: usize) -> Numbers {
    Numbers {
        slots: 2,
        events: [begun, events].concat(),
        begun: begun.len(),
        acquires: 2,
        writer_stops: None,
        preemptions: Some(preemptions),
        mutant: None,
    }
}

/// Makes a row of scenarios that differ in where a thread stops.
fn row(name: &'static str, scenarios: Vec<Scenario>) -> Row {
    let Scenario {
        slots,
        generations,
        words,
        readers,
        preemptions,
        ..
    } = scenarios[0];
    Row {
        name,
        slots,
        generations,
        words,
        readers,
        preemptions,
        programs: scenarios
            .into_iter()
            .map(|scenario| Box::new(move || scenario.explore()) as Program)
            .collect(),
    }
}

/// Makes a row of the same bounds for all `scenarios`.
fn number_row(name: &'static str, scenarios: Vec<Numbers>) -> Row {
    Row {
        name,
        slots: scenarios[0].slots,
        generations: scenarios[0].generations(),
        words: WORDS,
        readers: 1,
        preemptions: scenarios[0].preemptions,
        programs: scenarios
            .into_iter()
            .map(|scenario| Box::new(move || scenario.explore()) as Program)
            .collect(),
    }
}

fn rows(is_long: bool) -> Vec<Row> {
    let more = usize::from(is_long);
    let all_run = |scenario| row("all run", vec![scenario]);
    let writer_stops = |scenario: Scenario| {
        row(
            "the writer stops, at each step",
            (0..=scenario.writer_steps())
                .map(|step| Scenario {
                    writer_stops: Some(step),
                    ..scenario.clone()
                })
                .collect(),
        )
    };
    let reader_stops = |scenario: Scenario| {
        row(
            "a reader stops, at each step",
            (0..=scenario.reader_steps())
                .map(|step| Scenario {
                    reader_stops: Some(step),
                    ..scenario.clone()
                })
                .collect(),
        )
    };
    let numbers_of = |numbers| number_row("numbers of reloads", vec![numbers]);
    let numbers_stop = |scenario: Numbers| {
        number_row(
            "numbers of reloads, the watcher stops, at each step",
            (0..=scenario.writer_steps())
                .map(|step| Numbers {
                    writer_stops: Some(step),
                    ..scenario.clone()
                })
                .collect(),
        )
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
        numbers_of(numbers(
            &[Changed],
            &[Unchanged, Changed, Unchanged],
            2 + more,
        )),
        numbers_of(numbers(&[Changed, Unchanged], &[Again, Changed], 2 + more)),
        numbers_stop(numbers(&[Changed], &[Unchanged, Changed], 1 + more)),
        numbers_stop(numbers(&[Changed, Unchanged], &[Again, Changed], 1 + more)),
    ]
}

/// Each mutant: its name, the property that must detect it, and its program.
fn mutants() -> Vec<(&'static str, &'static str, Program)> {
    let cell = |mutant| {
        let scenario = Scenario {
            mutant: Some(mutant),
            ..base(2, 4, 1, 2)
        };
        Box::new(move || scenario.explore()) as Program
    };
    let number = |mutant| {
        let scenario = Numbers {
            mutant: Some(mutant),
            ..numbers(&[Changed, Unchanged], &[Again, Changed, Unchanged], 2)
        };
        Box::new(move || scenario.explore()) as Program
    };
    vec![
        ("P is a plain load", "TORN", cell(Mutant::CheckByLoad)),
        (
            "P comes before the copy",
            "TORN",
            cell(Mutant::CheckBeforeCopy),
        ),
        ("there is no P", "TORN", cell(Mutant::NoCheck)),
        (
            "E comes after the payload",
            "TORN",
            cell(Mutant::EmptyAfterPayload),
        ),
        (
            "C and GENERATION come before the payload",
            "TORN",
            cell(Mutant::FillBeforePayload),
        ),
        (
            "GENERATION is stored before C",
            "WAITS",
            cell(Mutant::AnnounceBeforeFill),
        ),
        (
            "C and GENERATION are plain stores",
            "WAITS",
            cell(Mutant::FillByPlainStores),
        ),
        ("slots share a region", "TORN", cell(Mutant::SharedRegion)),
        (
            "a reader reads GENERATION before DESCRIBED",
            "OTHER",
            number(NumberMutant::GenerationFirst),
        ),
        (
            "DESCRIBED is stored before the values are published",
            "OTHER",
            number(NumberMutant::DescribeFirst),
        ),
        (
            "DESCRIBED is stored before the status is written",
            "AHEAD",
            number(NumberMutant::StatusLast),
        ),
        (
            "DESCRIBED is stored and loaded plainly",
            "AHEAD",
            number(NumberMutant::DescribePlainly),
        ),
        (
            "DESCRIBED is the cell's number",
            "LOST",
            number(NumberMutant::DescribeCell),
        ),
        (
            "a reader forgets its number when newer values are published",
            "BACK",
            number(NumberMutant::ForgetWhenOld),
        ),
        (
            "a reader forgets its number when it adopts values",
            "BACK",
            number(NumberMutant::ForgetWhenAdopting),
        ),
    ]
}
