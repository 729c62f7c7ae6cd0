//! The metrics that operators watch are there, and name no guild.

use std::sync::Arc;

use guildhall_core::{
    clock::{ManualClock, Timestamp},
    id::GuildId,
    scope::GuildScope,
};
use guildhall_store::{Store, StoreOptions, platform::inbox};
use metrics_exporter_prometheus::PrometheusBuilder;

#[test]
fn waits_and_transactions_are_measured() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    // One thread, so that everything is recorded where the recorder is.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(Timestamp(0)));
    let options = StoreOptions::new(folder.path().join("data.db"));
    let store = runtime.block_on(Store::open(options, &[], clock)).unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let guild = GuildScope(GuildId::new(123_456_789).unwrap());
            let mut tx = store.write().await.unwrap();
            inbox::enter(&mut tx.guild(guild), "e", Timestamp(0)).await.unwrap();
            tx.commit().await.unwrap();
            drop(store.read().await.unwrap());
        });
    });
    let text = handle.render();
    for wanted in [
        "guildhall_store_writer_wait_seconds_count",
        "guildhall_store_transaction_seconds_count{kind=\"write\"}",
        "guildhall_store_transaction_seconds_count{kind=\"read\"} 1",
    ] {
        assert!(text.contains(wanted), "{wanted} is missing in:\n{text}");
    }
    assert!(!text.contains("123456789"), "{text}");
}
