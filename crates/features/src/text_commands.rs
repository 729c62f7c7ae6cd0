//! Text commands: a server may have a prefix behind which every command answers as text. What runs them is the
//! platform's; here is the choice of the prefix.

use guildhall_core::l10n::Source;
use guildhall_framework::{Command, Feature, Toggle, text_command::OWNER};
use guildhall_store::Schema;
use twilight_model::guild::Permissions;

mod prefix;

/// The declaration. It has no toggle of its own: a server without a prefix has it off.
pub(crate) fn feature() -> Feature {
    Feature {
        name: OWNER,
        toggle: Toggle::Always,
        needs: Permissions::VIEW_CHANNEL.union(Permissions::SEND_MESSAGES),
        commands: vec![Command::of::<prefix::PrefixCommand>()],
        components: Vec::new(),
        events: Vec::new(),
        jobs: Vec::new(),
        schedules: Vec::new(),
        periodic: Vec::new(),
        figures: None,
        // The prefix is a setting, which is in a table of the platform.
        schema: Schema { owner: OWNER, migrations: &[], inventory: &[], statements: &[] },
        locales: &[
            Source { locale: "en-US", ftl: include_str!("text_commands/locales/en-US.ftl") },
            Source { locale: "de", ftl: include_str!("text_commands/locales/de.ftl") },
        ],
    }
}
