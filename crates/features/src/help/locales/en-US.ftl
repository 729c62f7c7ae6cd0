feature-help = Help
    .description = Shows what the bot can do, whether it is there, and what it is.

command-help = help
    .description = Show what you can do here
command-help-command = command
    .description = The command to explain
command-ping = ping
    .description = Check whether the bot is there, and how far away Discord is
command-about = about
    .description = Show what this bot is and which version runs

help-title = What you can do here
help-hint = For more about one of them: { $help } with its name.
help-prefix = Each of them can be written as a message, too: `{ $example }`.
help-required = { $option } (required)
help-optional = { $option } (optional)
help-unknown = There is no command "{ $command }" that you can use here. { $help } lists those you can.

ping-latency = I am here. Discord answers me in { $millis } ms.
ping-unmeasured = I am here. The way to Discord has not been measured yet.

about-text = A bot for many servers that keeps each server's knowledge to itself.
about-version = Version
about-started = Running since
about-servers = Servers
about-features = Features
about-licence = Licence of the source code
