//! What a server offers those who come. (Discord docs: Guild resource, Guild Template, Guild Join Request.)

mod incidents;
mod integrations;
mod join_requests;
mod onboarding;
mod templates;
mod welcome;
mod widget;

use super::routes::Table;

/// The routes of these modules.
pub(super) fn routes(table: &mut Table) {
    incidents::routes(table);
    integrations::routes(table);
    join_requests::routes(table);
    onboarding::routes(table);
    templates::routes(table);
    welcome::routes(table);
    widget::routes(table);
}
