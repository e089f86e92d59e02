//! The matrix for the terminal.

use super::{Cell, Kind, Matrix, Row};
use crate::finding::counted;
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

/// The matrix in aligned columns; plain text, unless colours were asked for.
pub fn table(matrix: &Matrix, colours: bool) -> String {
    let mut head = vec!["operation".to_owned()];
    head.extend(matrix.columns.iter().map(|column| column.name.clone()));
    let rows = || matrix.operations.iter().chain(&matrix.rules);
    let mut widths: Vec<usize> = head.iter().map(|name| name.chars().count()).collect();
    for row in rows() {
        let texts = std::iter::once(&row.name).chain(row.cells.iter().map(|cell| &cell.text));
        for (width, text) in widths.iter_mut().zip(texts) {
            *width = (*width).max(text.chars().count());
        }
    }
    let mut out = line(&head, &widths);
    for row in &matrix.operations {
        out.push_str(&painted(row, &widths, colours));
    }
    out.push_str(&totals(matrix, &widths));
    if !matrix.rules.is_empty() {
        if let Some(first) = head.first_mut() {
            "rule".clone_into(first);
        }
        let _ = write!(
            out,
            "\nrules that some of them break\n{}",
            line(&head, &widths)
        );
        for row in &matrix.rules {
            out.push_str(&painted(row, &widths, colours));
        }
    }
    out
}

fn totals(matrix: &Matrix, widths: &[usize]) -> String {
    let row = |name: &str, number: fn(&super::Column) -> usize| {
        let mut texts = vec![name.to_owned()];
        texts.extend(
            matrix
                .columns
                .iter()
                .map(|column| number(column).to_string()),
        );
        line(&texts, widths)
    };
    format!(
        "\n{}{}{}",
        row("divergences", |column| column.divergences),
        row("suspicions", |column| column.suspicions),
        counted(matrix.rules.len(), "rule") + " differ\n"
    )
}

fn line(texts: &[String], widths: &[usize]) -> String {
    let columns = texts.iter().zip(widths);
    let padded: Vec<String> = columns
        .map(|(text, width)| format!("{text:<width$}"))
        .collect();
    format!("{}\n", padded.join("  ").trim_end())
}

fn painted(row: &Row, widths: &[usize], colours: bool) -> String {
    let texts: Vec<String> = std::iter::once(row.name.clone())
        .chain(row.cells.iter().map(|cell| cell.text.clone()))
        .collect();
    if !colours {
        return line(&texts, widths);
    }
    let width = |nth: usize| widths.get(nth).copied().unwrap_or_default();
    let mut out = format!("{:<width$}", row.name, width = width(0));
    for (nth, cell) in row.cells.iter().enumerate() {
        let style = style(cell);
        let width = width(nth + 1);
        let _ = write!(out, "  {style}{:<width$}{style:#}", cell.text);
    }
    out + "\n"
}

fn style(cell: &Cell) -> Style {
    let colour = match cell.kind {
        Kind::Held => AnsiColor::Green,
        Kind::Refuted => AnsiColor::Red,
        Kind::Suspected | Kind::Unsupported => AnsiColor::Yellow,
        Kind::Starved => return Style::new().dimmed(),
    };
    Style::new().fg_color(Some(colour.into()))
}
