#!/bin/bash
# The scenario that every host example passes: scenario.sh PHOTOS -- WORKER OPTIONS...
# Each step prints one line; ../test_hosts.py compares them with those of the other languages.
set -eu
# shellcheck source=examples/shell/face_worker.sh
. "$(dirname "$0")/face_worker.sh"

photos=$(cd "$1" && pwd)
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
no_image=$scratch/no_image
echo "This is no image." >"$no_image"
head -c 10000 /dev/zero >"$scratch/gray"

names='[.faces[] | .identity.subject // "unknown"] | join(" and ")'
say_outcome() { # WHAT, of the last request
  if fw_wait; then echo "$1: no error"; else echo "$1: $(fw_error code), retry $(fw_error retry)"; fi
}
enroll() { # SUBJECT PHOTO...
  local subject=$1
  shift
  FW_KEY=scenario-$subject fw_call enroll "$(jq -cn --arg subject "$subject" '{subject: $subject}')" "${@/#/$photos/}"
}
identified() {
  fw_call identify '{}' "$photos/$1" || true
  echo "identified $1: $(jq -r ".result | $names" <<<"$FW_ANSWER")"
}
bad_photo() {
  fw_request identify '{}' "$no_image"
  say_outcome "a bad photo"
}
replayed() {
  jq -r '"the same key again: replayed \(.replayed == true), \(.result.templates) templates"' <<<"$FW_ANSWER"
}

fw_start "$@" --allow-path "$photos" --allow-path "$scratch"
first=$FW_READY
jq -r '"ready: protocol \(.protocol), \([.models[].id] | join(", "))"' <<<"$first"
enrolled='"enrolled \(.result.subject): \(.result.added) added, \(.result.templates) templates"'
enroll obama obama.jpg obama2.jpg && jq -r "$enrolled" <<<"$FW_ANSWER"
enroll hopper grace_hopper.jpg && jq -r "$enrolled" <<<"$FW_ANSWER"
enroll obama obama.jpg obama2.jpg && replayed
identified obama3.jpg
identified biden.jpg
bad_photo

events=()
# shellcheck disable=SC2317 # called while fw_call waits
fw_on_event() {
  events[$(jq .index <<<"$1")]=$(jq -r ".error.code // ($names)" <<<"$1")
}
fw_call identify '{}' "$photos/obama3.jpg" "$no_image" "$photos/grace_hopper.jpg"
unset -f fw_on_event
printf 'three photos: %s, %s, %s; %s failed\n' "${events[@]}" "$(jq .result.failed <<<"$FW_ANSWER")"
fw_request guess
say_outcome "an unknown method"
FW_DEADLINE_MS=1 fw_request identify '{}' "$photos/obama3.jpg"
say_outcome "a deadline of 1 ms"

many=()
for _ in {1..24}; do many+=("$photos/grace_hopper.jpg"); done
# WHAT COMMAND...: does something to a long request after its first event.
interrupt() {
  local what=$1 begun=
  shift
  # shellcheck disable=SC2317 # called by _fw_read
  fw_on_event() { begun=1; }
  fw_request identify '{}' "${many[@]}"
  while [[ -z $begun ]]; do _fw_read; done
  unset -f fw_on_event
  "$@"
  say_outcome "$what"
}
interrupt "cancelled after the first event" fw_cancel

answers=0 ids=()
gray=$(jq -cn --arg path "$scratch/gray" '{path: $path, type: "image/x-gray", width: 100, height: 100}')
for _ in {1..300}; do
  fw_request detect '{}' "$gray"
  ids+=("$FW_ID")
done
for id in "${ids[@]}"; do
  if fw_wait "$id" && [[ $FW_ANSWER == *'"faces":[]'* ]]; then
    answers=$((answers + 1))
  fi
done
echo "300 requests at once: $answers answers"

interrupt "killed in the middle" kill -9 "$FW_PID"
fw_call ping
echo "a new worker: $(jq -n --argjson first "$first" --argjson second "$FW_READY" '$first.bootID != $second.bootID')"
identified obama3.jpg
enroll hopper grace_hopper.jpg && replayed
bad_photo
identified grace_hopper.jpg
status=0
fw_close || status=$?
echo "closed: exit status $status"
