#!/bin/sh
# Makes the secret files of compose.yaml and split.yaml, in the folder `secrets` beside it: sh make-secrets.sh TOKEN_FILE
# What is there already is kept.
#
# The files can be read by all, because the users in the containers are others than here. The folder cannot be entered
# by anyone but you.
set -eu
if [ $# -ne 1 ] || [ ! -r "$1" ]; then
    echo "usage: sh make-secrets.sh TOKEN_FILE, a file with the bot token from the developer portal" >&2
    exit 2
fi
umask 077
secrets="$(dirname "$0")/secrets"
mkdir -p "$secrets"

# Letters and digits only: they stand in an address as they are.
random() {
    LC_ALL=C tr -dc 'a-zA-Z0-9' < /dev/urandom | head -c 40
}

keep() {
    if [ ! -e "$secrets/$1" ]; then
        printf '%s\n' "$2" > "$secrets/$1"
        chmod 0444 "$secrets/$1"
    fi
}

keep token "$(cat "$1")"
keep postgres-password "$(random)"
keep owner-password "$(random)"
keep bot-password "$(random)"
keep owner-url "postgres://guildhall_owner:$(cat "$secrets/owner-password")@postgres/guildhall"
keep database-url "postgres://guildhall:$(cat "$secrets/bot-password")@postgres/guildhall"
keep nats-password "$(random)"
keep nats-auth "authorization { user: guildhall, password: \"$(cat "$secrets/nats-password")\" }"
keep bus-url "nats://guildhall:$(cat "$secrets/nats-password")@nats:4222"
keep valkey-password "$(random)"
keep valkey-auth "requirepass $(cat "$secrets/valkey-password")"
keep cache-url "redis://:$(cat "$secrets/valkey-password")@valkey:6379"
echo "the secrets are in $secrets"
