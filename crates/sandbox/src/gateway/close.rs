//! Why the sandbox closes a socket (Discord docs: Opcodes and Status Codes, Gateway Close Event Codes).

/// A close code with Discord's words for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Close {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
}

macro_rules! closes {
    ($($name:ident = $code:literal, $reason:literal;)*) => {
        impl Close {
            $(pub(crate) const $name: Self = Self { code: $code, reason: $reason };)*

            /// The words for a code.
            pub(crate) fn of(code: u16) -> Self {
                match code {
                    $($code => Self::$name,)*
                    _ => Self { code, reason: "" },
                }
            }
        }
    };
}

closes! {
    UNKNOWN_ERROR = 4000, "Unknown error.";
    UNKNOWN_OPCODE = 4001, "Unknown opcode.";
    DECODE_ERROR = 4002, "Error while decoding payload.";
    NOT_AUTHENTICATED = 4003, "Not authenticated.";
    AUTHENTICATION_FAILED = 4004, "Authentication failed.";
    ALREADY_AUTHENTICATED = 4005, "Already authenticated.";
    INVALID_SEQ = 4007, "Invalid seq.";
    RATE_LIMITED = 4008, "Rate limited.";
    SESSION_TIMED_OUT = 4009, "Session timed out.";
    INVALID_SHARD = 4010, "Invalid shard.";
    SHARDING_REQUIRED = 4011, "Sharding required.";
    INVALID_VERSION = 4012, "Invalid API version.";
    INVALID_INTENTS = 4013, "Invalid intent(s).";
    DISALLOWED_INTENTS = 4014, "Disallowed intent(s).";
}
