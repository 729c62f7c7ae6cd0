//! discord.py 2.7.1.

use crate::stage::Library::Python;
use crate::{commands, limits, messages, resume};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slash_commands_buttons_and_modals() {
    commands::play(Python).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_sent_edited_and_deleted() {
    messages::play(Python).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_over_a_requested_reconnect() {
    resume::after_reconnect(Python).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_over_a_dropped_socket() {
    resume::after_drop(Python).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rate_limits_are_lived_through() {
    limits::play(Python).await;
}
