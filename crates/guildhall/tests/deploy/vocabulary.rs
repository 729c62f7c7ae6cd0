//! What the files may name: settings, figures, and pages of the web port. The references in `docs/` are the measure,
//! and other tests hold those against the program.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::{
    compose,
    files::{at, below, deploy, only, text},
};

/// The variable of each setting, with its default.
pub(crate) fn settings() -> BTreeMap<String, String> {
    let row = Regex::new(r"(?m)^\| `[a-z_]+` \| `(GUILDHALL_[A-Z_]+)` \| `?([^`|]*)`? \|").unwrap();
    let page = text("docs/configuration.md");
    row.captures_iter(&page).map(|row| (row[1].to_owned(), row[2].trim().to_owned())).collect()
}

/// The seconds that the program takes at the most to finish what is under way, by default.
pub(crate) fn drain_seconds() -> u64 {
    settings()["GUILDHALL_LIMITS__DRAIN_SECONDS"].parse().unwrap()
}

/// What comes after the drain when everything hangs: sessions, the last beat, open pages.
pub(crate) const AFTER_DRAIN: u64 = 15;

/// The port of the web port, by default.
pub(crate) fn web_port() -> u64 {
    settings()["GUILDHALL_WEB__LISTEN"].rsplit(':').next().unwrap().parse().unwrap()
}

/// The pages of the web port.
pub(crate) fn pages() -> BTreeSet<String> {
    let route = Regex::new(r#"\.route\("([^"]+)""#).unwrap();
    let found: BTreeSet<String> =
        route.captures_iter(&text("crates/web/src/server.rs")).map(|found| found[1].to_owned()).collect();
    assert!(found.contains("/health") && found.contains("/metrics"), "{found:?}");
    found
}

/// Each metric's row in the reference: type and labels with their values.
fn metrics() -> BTreeMap<String, (String, String)> {
    let page = text("docs/metrics.md");
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
        let name = cells.next()?.trim_end_matches('`').to_owned();
        Some((name, (cells.next()?.to_owned(), cells.next()?.to_owned())))
    });
    rows.collect()
}

/// Holds the names, labels and values of one text against the reference. How many figures it names.
fn check_metrics(place: &str, words: &str) -> usize {
    let known = metrics();
    let figure = Regex::new(
        r"\b((?:guildhall_(?:gateway|rest|runtime|bus|store|backups?|cluster|cache|markov)|process)_[a-z_]+)(?:\{([^}]*)\})?",
    )
    .unwrap();
    let pair = Regex::new(r#"([a-z_]+)(?:=~?|!=|!~)"([^"]*)""#).unwrap();
    let mut count = 0;
    for found in figure.captures_iter(words) {
        let name = &found[1];
        let whole = known.get(name).or_else(|| {
            let (base, part) = name.rsplit_once('_')?;
            known
                .get(base)
                .filter(|(kind, _)| kind == "histogram" && matches!(part, "bucket" | "sum" | "count"))
        });
        let (_, labels) = whole.unwrap_or_else(|| panic!("{place}: docs/metrics.md has no `{name}`"));
        for pair in pair.captures_iter(found.get(2).map_or("", |pairs| pairs.as_str())) {
            let (label, values) = (&pair[1], &pair[2]);
            // These come from Prometheus.
            if matches!(label, "job" | "instance" | "namespace" | "pod") {
                continue;
            }
            let mut parts = labels.split([';', ',']).map(str::trim);
            let listed = parts.any(|part| part.starts_with(&format!("`{label}`")));
            assert!(listed, "{place}: `{name}` has no label `{label}`");
            // Some have their values listed.
            let Some((_, rest)) = labels.split_once(&format!("`{label}`:")) else { continue };
            let there: Vec<_> =
                rest.split(';').next().unwrap_or_default().split(',').map(str::trim).collect();
            for value in values.split('|') {
                assert!(there.contains(&value), "{place}: `{name}` has no `{label}` of \"{value}\"");
            }
        }
        count += 1;
    }
    count
}

#[test]
fn every_variable_is_a_setting() {
    // What Kubernetes would set, and the one variable that names the file itself.
    let others = ["GUILDHALL_PORT", "GUILDHALL_CONFIG"];
    let known = settings();
    let name = Regex::new(r"GUILDHALL_[A-Z_]+").unwrap();
    let mut files = below(&deploy(""));
    files.push(crate::files::root().join("docs/deploy.md"));
    let mut seen = BTreeSet::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        for found in name.find_iter(&text).map(|found| found.as_str()) {
            let is_known = known.contains_key(found) || others.contains(&found);
            assert!(is_known, "{}: there is no setting `{found}`", path.display());
            seen.insert(found.to_owned());
        }
    }
    for needed in ["GUILDHALL_DISCORD__TOKEN_FILE", "GUILDHALL_STORAGE__URL_FILE", "GUILDHALL_WEB__LISTEN"] {
        assert!(seen.contains(needed), "{needed} is in no file");
    }
}

#[test]
fn every_alert_is_about_figures_that_exist() {
    let file = only("prometheus/alerts.yaml");
    let rules: Vec<_> = at(&file, "/groups")
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| at(group, "/rules").as_array().unwrap())
        .collect();
    let mut names = BTreeSet::new();
    for rule in &rules {
        let (name, expr) = (at(rule, "/alert").as_str().unwrap(), at(rule, "/expr").as_str().unwrap());
        assert!(names.insert(name), "two alerts are called {name}");
        let of_ours = check_metrics(name, expr);
        // Prometheus' own figure of whether a process answers.
        assert!(of_ours > 0 || expr.contains("up{"), "{name} is about nothing: {expr}");
        assert!(matches!(at(rule, "/labels/severity").as_str(), Some("page" | "ticket")), "{name}");
        assert!(!at(rule, "/annotations/summary").as_str().unwrap().is_empty(), "{name}");
        check_metrics(name, at(rule, "/annotations/description").as_str().unwrap());
    }
    let expressions: Vec<_> = rules.iter().filter_map(|rule| rule["expr"].as_str()).collect();
    for concern in [
        "up{",
        "guildhall_gateway_up",
        "guildhall_gateway_gaps_total",
        "guildhall_gateway_identifies_left",
        "guildhall_runtime_outbox_waiting",
        "guildhall_runtime_jobs_stored",
        "guildhall_store_slow_statements_total",
        "guildhall_backup_age_seconds",
        "guildhall_runtime_refused_unavailable_total",
        "guildhall_bus_unfinished",
    ] {
        assert!(expressions.iter().any(|expr| expr.contains(concern)), "no alert is about {concern}");
    }
}

#[test]
fn the_other_places_that_name_figures_are_right_too() {
    for (path, least) in [
        ("deploy/prometheus/alerts.test.yaml", 5),
        ("deploy/kubernetes/autoscaler.yaml", 2),
        ("deploy/kubernetes/roles/autoscaler.yaml", 2),
        ("deploy/kubernetes/roles/adapter.example.yaml", 4),
        ("docs/deploy.md", 1),
    ] {
        assert!(check_metrics(path, &text(path)) >= least, "{path}");
    }
}

#[test]
fn the_job_that_the_alerts_look_for_is_the_one_that_is_scraped() {
    let config = only("prometheus/prometheus.yaml");
    assert_eq!(at(&config, "/scrape_configs/0/job_name"), "guildhall");
    let scraped = at(&config, "/scrape_configs/0/dns_sd_configs/0");
    assert_eq!(at(scraped, "/port"), web_port());
    let services = |file| compose::services(file).into_iter();
    let of_ours = services(compose::EQUAL).chain(services(compose::SPLIT));
    let of_ours: BTreeSet<String> = of_ours
        .filter(|(name, service)| name != "migrate" && service.get("build").is_some())
        .map(|(name, _)| name)
        .collect();
    let names = crate::files::list(at(scraped, "/names")).into_iter().map(str::to_owned);
    assert_eq!(names.collect::<BTreeSet<_>>(), of_ours);
    for rules in crate::files::list(at(&config, "/rule_files")) {
        assert!(deploy("prometheus").join(rules).is_file(), "{rules}");
    }
    let alerts = text("deploy/prometheus/alerts.yaml");
    let job = Regex::new(r#"job="([^"]*)""#).unwrap();
    assert!(job.captures_iter(&alerts).all(|found| &found[1] == "guildhall"));
    let monitor = only("kubernetes/monitoring/service-monitor.yaml");
    let label = at(&monitor, "/spec/jobLabel").as_str().unwrap().to_owned();
    let service = only("kubernetes/service.yaml");
    assert_eq!(at(&service, "/metadata/labels")[&label], "guildhall");
}
