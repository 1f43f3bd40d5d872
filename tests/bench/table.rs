//! The table that is printed: figure, measurement, target, verdict.

use std::fmt;

/// The rows so far.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

struct Row {
    figure: String,
    measured: String,
    target: String,
    met: bool,
}

impl Table {
    /// Adds a ratio that should be at most `target`, with the two values it comes from.
    pub(crate) fn ratio(
        &mut self,
        figure: &str,
        (ours, theirs): (f64, f64),
        target: f64,
        unit: &str,
    ) {
        let ratio = ours / theirs;
        let measured = format!("{ratio:.3}x ({ours:.3} : {theirs:.3} {unit})");
        self.row(figure, measured, format!("<= {target}x"), ratio <= target);
    }

    /// Adds a value that should be at most `target`.
    pub(crate) fn at_most(&mut self, figure: &str, value: f64, target: f64, unit: &str) {
        let measured = format!("{value:.3} {unit}");
        self.row(figure, measured, format!("<= {target} {unit}"), value <= target);
    }

    fn row(&mut self, figure: &str, measured: String, target: String, met: bool) {
        eprintln!("{figure}: {measured}, target {target}");
        self.rows.push(Row { figure: figure.to_owned(), measured, target, met });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| figure | measured | target | |\n|---|---|---|---|")?;
        for Row { figure, measured, target, met } in &self.rows {
            let verdict = if *met { "met" } else { "NOT MET" };
            writeln!(f, "| {figure} | {measured} | {target} | {verdict} |")?;
        }
        Ok(())
    }
}
