//! What the sandbox sends to addresses that applications registered: interactions instead of the gateway,
//! and webhook events, both signed. (Discord docs: Interactions Overview; Webhook Events.)

pub(crate) mod sign;
