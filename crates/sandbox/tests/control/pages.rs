//! The examples in the documentation are the ones that are tested.

use guildhall_testkit::tools::workspace;

fn read(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The fenced blocks of a page in one language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let begun = page.split(fence.as_str()).skip(1);
    begun.map(|rest| rest.split("\n```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_examples_of_the_pages_are_those_that_run() {
    let page = read("docs/sandbox.md");
    for (language, source) in
        [("python", "clients/python/test_greeter.py"), ("js", "clients/node/greeter.test.mjs")]
    {
        let shown = blocks(&page, language);
        assert_eq!(shown.len(), 1, "{language}");
        assert!(read(source).contains(&shown[0]), "docs/sandbox.md shows other {language} than {source}");
    }
    let documented: String = read("crates/sandbox/src/lib.rs").replace("//! ", "").replace("//!\n", "\n");
    let shown = blocks(&page, "rust");
    assert_eq!(shown.len(), 1);
    for block in shown {
        assert!(
            documented.contains(&block),
            "docs/sandbox.md shows other Rust than the crate's documentation"
        );
    }
    let scenarios = read("docs/sandbox_scenarios.md");
    let shown = blocks(&scenarios, "yaml");
    assert_eq!(shown, [read("examples/scenarios/greeting.yaml").trim_end()]);
}
