//! Results as an aligned table for people.

/// Prints rows under a heading; the first column to the left, the others to the right.
pub(crate) fn print(heading: &[&str], rows: &[Vec<String>]) {
    print!("{}", text(heading, rows, 1));
}

/// The same as a text, with so many columns to the left.
pub(crate) fn text(heading: &[&str], rows: &[Vec<String>], left: usize) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(heading.get(column).map(|cell| cell.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heading.len()).map(width).collect();
    let line = |cells: &[String]| {
        let cell = |(column, cell): (usize, &String)| {
            let width = widths.get(column).copied().unwrap_or(0);
            if column < left { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        };
        cells.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let titles = line(&heading.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>());
    let rule = widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join("  ");
    let lines = [titles, rule].into_iter().chain(rows.iter().map(|row| line(row)));
    lines.fold(String::new(), |text, line| text + &line + "\n")
}

/// The figure that this share of all lies at or below (nearest rank).
pub(crate) fn percentile(sorted: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank is small and positive"
    )]
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use guildhall_sandbox_cli::figures::median;

    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let sorted: Vec<f64> = (1..=1000).map(f64::from).collect();
        let near = |share, expected: f64| (percentile(&sorted, share) - expected).abs() < 0.01;
        assert!(near(0.5, 500.0) && near(0.99, 990.0) && near(0.999, 999.0) && near(1.0, 1000.0));
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < 0.01);
    }
}
