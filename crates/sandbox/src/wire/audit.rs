//! Audit log entries on the wire (Discord docs: Audit Log, Audit Log Entry Object).

use serde_json::{Value, json};

use crate::{model::AuditEntry, snowflake::Sid};

/// An entry. Keys without a value are left out where the documentation lets them be absent.
pub fn audit_entry(entry: &AuditEntry) -> Value {
    let mut all = json!({
        "id": Sid(entry.id),
        "action_type": entry.action.code(),
        "user_id": entry.user_id.map(Sid),
        "target_id": entry.target_id.map(Sid),
    });
    if !entry.changes.is_empty() {
        all["changes"] = json!(entry.changes);
    }
    if !entry.options.is_empty() {
        all["options"] = json!(entry.options);
    }
    if let Some(reason) = &entry.reason {
        all["reason"] = json!(reason);
    }
    all
}
