#!/bin/sh
# Takes a backup, proves it, and removes what no rule keeps: pruning comes last, so that nothing goes while new backups
# fail. Everything is said in the environment; see tothub-backup.service.
set -eu

tothub_db() {
  node "$TOTHUB_DB_HOME/apps/cli/dist/index.js" "$@"
}

created=$(tothub_db backup create)
# The path is the first line; further ones say what is not in the backup.
path=$(printf '%s\n' "$created" | sed -n 1p)
tothub_db backup verify "$path"
tothub_db backup prune --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --yes
