#!/bin/bash
# Enrols a folder of photos: enroll_folder.sh PEOPLE -- face-worker [OPTION...]
#
# PEOPLE has a folder for each person, named after them, with their photos. Prints a line for each person and each photo that
# could not be used. Running it again adds only what is new. Exit status: 1 when somebody could not be enrolled.
set -eu -o pipefail

[[ $# -ge 3 && $2 == -- ]] || { echo "usage: ${0##*/} PEOPLE -- face-worker [OPTION...]" >&2; exit 64; }
people=$(cd "$1" && pwd)
shift 2

# The text mode of the worker is made for this: requests in, answers out, in order, at any length. The id counts the people.
folders=("$people"/*/)
requests() {
  local id=0 folder
  for folder in "${folders[@]}"; do
    id=$((id + 1))
    find "$folder" -maxdepth 1 -type f \( -iname '*.jpg' -o -iname '*.jpeg' -o -iname '*.png' \) -print0 | sort -z |
      jq -csR --argjson id "$id" --arg subject "$(basename "$folder")" '
        split("\u0000") | map(select(. != "")) | select(length > 0) |
        {id: $id, method: "enroll", params: {subject: $subject, select: "largest"}, attachments: map({path: .})}'
  done
}

# A line of its own for each photo that was refused; the photos of a person are counted from 1 in the order of their names.
# shellcheck disable=SC2016 # jq's variables, not the shell's
report='
  def photos($list): $list[] | "  photo \(.index + 1): \(.message)";
  if .kind == "result" then
    "\(.result.subject): \(.result.added) added, \(.result.alreadyEnrolled) known before", photos(.result.rejected)
  elif .kind == "error" then
    "\($ARGS.positional[.id - 1] | split("/")[-2]): \(.error.message)", photos(.error.details.rejected // []), "failed"
  else empty end'

failed=0
while IFS= read -r line; do
  if [[ $line == failed ]]; then failed=1; else printf '%s\n' "$line"; fi
done < <(requests | "$@" --json-lines --allow-path "$people" | jq -r --unbuffered "$report" --args "${folders[@]}" || echo failed)
exit "$failed"
