//! The clients in Python and JavaScript, by the example tests that come with them.

use guildhall_sandbox::{Options, Sandbox, Seed};
use guildhall_testkit::tools::{NODE_MODULES, node_modules, python, workspace};
use tokio::process::Command;

/// Runs the tests of a client against a sandbox in this process; they stop by themselves.
async fn run(mut command: Command, tests: &str) {
    let sandbox = Sandbox::start(Options { seed: Seed::Empty, ..Options::default() }).await.unwrap();
    command.env("SANDBOX_ADDRESS", sandbox.addr().to_string()).kill_on_drop(true);
    let output = command.output().await.unwrap();
    let said =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{said}");
    assert!(said.contains(tests), "{said}");
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_client_and_its_example_test() {
    let mut command = Command::new(python().unwrap_or_else(|error| panic!("{error}")));
    let folder = workspace().join("clients/python");
    command.args(["-m", "unittest", "test_greeter"]).current_dir(folder).env("PYTHONDONTWRITEBYTECODE", "1");
    run(command, "Ran 4 tests").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_javascript_client_and_its_example_test() {
    let modules = node_modules().unwrap_or_else(|error| panic!("{error}"));
    let loader = workspace().join("e2e/node/packages.mjs");
    let mut command = Command::new("node");
    command.env(NODE_MODULES, modules).env("NODE_OPTIONS", format!("--import=file://{}", loader.display()));
    command.args(["--test", "--test-reporter=tap"]).arg(workspace().join("clients/node/greeter.test.mjs"));
    run(command, "# pass 4").await;
}
