# shellcheck shell=bash disable=SC2034,SC2153 # variables for whoever sources this; coproc sets _FW_PID
# Talk to face-worker from bash 4.2 or newer, in its text mode; needs jq. Source this file:
#
#     . ./face_worker.sh
#     fw_start face-worker --data faces --allow-path "$PWD"
#     fw_call identify '{}' party.jpg && jq .result.faces <<<"$FW_ANSWER"
#     fw_close
#
# A worker that dies is replaced at the next request; what it had in flight fails with `sessionLost`.
# Photos are sent by path, so the worker needs --allow-path for their folder.

FW_START_LIMIT=30     # seconds for the worker to become ready
FW_DEADLINE_MS=120000 # of each request
FW_MAX_IN_FLIGHT=64   # requests that are with the worker at a time
FW_LOG=/dev/null      # where its log goes

FW_COMMAND=()
FW_PID=               # empty while there is none
FW_READY=             # what it said of itself
FW_ANSWER=            # the answer fw_wait was asked for
FW_ID=0               # of the last request
FW_FAILURES=0         # deaths without an answer between them
FW_STATUS=            # of the worker that ended last
declare -A FW_OPEN=() # ids without an answer yet
declare -A FW_DONE=() # answers nobody has asked for yet, by id

# A worker that is gone must not end us when we write to it. (A handler is reset in programs we start, an ignored signal is not.)
trap : PIPE

# fw_start COMMAND [OPTION...]: starts the worker and waits until it is ready. Its exit status: 0, or 2 when it did not start.
fw_start() {
  FW_COMMAND=("$@")
  _fw_spawn
}

# fw_request METHOD [PARAMS [PHOTO...]]: sends a request without waiting for its answer; $FW_ID is its id.
# A photo is a path, or a JSON object: {"path": "pixels", "type": "image/x-gray", "width": 100, "height": 100}
# $FW_KEY, where it is set, makes a write safe to repeat.
fw_request() {
  local method=$1 params=${2:-'{}'} line
  shift; shift || true
  while ((${#FW_OPEN[@]} >= FW_MAX_IN_FLIGHT)); do # read before writing more, or both sides might wait for each other
    _fw_read || break
  done
  FW_ID=$((FW_ID + 1))
  line=$(
    jq -cn --argjson id "$FW_ID" --arg method "$method" --argjson params "$params" --arg key "${FW_KEY-}" \
      --argjson deadline "$FW_DEADLINE_MS" \
      '{id: $id, method: $method, params: $params, deadlineMs: $deadline}
       + (if $key == "" then {} else {key: $key} end)
       + {attachments: [$ARGS.positional[] | if startswith("{") then fromjson else {path: .} end]}' \
      --args -- "$@"
  ) || return 1 # the parameters are no JSON
  FW_OPEN[$FW_ID]=1
  if [[ -n $FW_PID ]] || _fw_spawn; then
    { printf '%s\n' "$line" >&"$_fw_in"; } 2>/dev/null || true # a broken pipe: the end of its output tells more
  else
    _fw_lose $FW_ID never
  fi
}

# fw_wait [ID]: waits for an answer. 0: a result, 1: an error, both in $FW_ANSWER. Events go to fw_on_event, if you define it.
fw_wait() {
  local id=${1:-$FW_ID}
  while [[ -z ${FW_DONE[$id]-} ]]; do
    [[ -n ${FW_OPEN[$id]-} ]] || return 1 # an id that was never used, or was asked for already
    _fw_read || true
  done
  FW_ANSWER=${FW_DONE[$id]}
  unset "FW_DONE[$id]"
  [[ $FW_ANSWER == *'"kind":"result"'* && $FW_ANSWER != *'"kind":"error"'* ]]
}

# fw_call METHOD [PARAMS [PHOTO...]]: sends a request and waits.
fw_call() {
  fw_request "$@" && fw_wait "$FW_ID"
}

# fw_cancel [ID]: asks the worker to stop; it still answers.
fw_cancel() {
  { printf '{"id": %d, "cancel": true}\n' "${1:-$FW_ID}" >&"$_fw_in"; } 2>/dev/null || true
}

# fw_error FIELD: code, message, retry or retryAfterMs of an answer that is an error.
fw_error() {
  jq -r --arg field "$1" '.error[$field] // ""' <<<"$FW_ANSWER"
}

# fw_close: lets the worker finish, and gives its exit status.
fw_close() {
  [[ -n $FW_PID ]] || return 0
  exec {_fw_in}>&-
  while _fw_read; do :; done
  return "$FW_STATUS"
}

_fw_spawn() {
  while ((FW_FAILURES < 5)); do
    coproc _FW { exec "${FW_COMMAND[@]}" --json-lines 2>>"$FW_LOG"; }
    # Copies, since bash removes its variables when the worker ends.
    FW_PID=$_FW_PID
    exec {_fw_in}>&"${_FW[1]}" {_fw_out}<&"${_FW[0]}"
    eval "exec ${_FW[1]}>&- ${_FW[0]}<&-"
    if IFS= read -r -t "$FW_START_LIMIT" FW_READY <&"$_fw_out"; then
      return 0
    fi
    exec {_fw_in}>&-
    _fw_reap
  done
  return 2
}

# Reads one line and puts it where it belongs. 1 when the worker is gone.
_fw_read() {
  local line id kind silence=$((FW_DEADLINE_MS / 1000 + 2))
  # The worker answers every request at its deadline; one that does not is not alive.
  if ! IFS= read -r -t "$silence" line <&"$_fw_out"; then
    _fw_reap
    return 1
  fi
  if [[ ! $line =~ ^\{\"id\":([0-9]+|null),\"kind\":\"([a-z]+)\" ]]; then
    return 0
  fi
  id=${BASH_REMATCH[1]} kind=${BASH_REMATCH[2]}
  if [[ $kind == event ]]; then
    if declare -F fw_on_event >/dev/null; then
      fw_on_event "$line"
    fi
  elif [[ ($kind == result || $kind == error) && -n ${FW_OPEN[$id]-} ]]; then
    unset "FW_OPEN[$id]"
    FW_DONE[$id]=$line
    FW_FAILURES=0
  fi
  return 0
}

# Takes the worker's exit status; everything in flight fails.
_fw_reap() {
  local id pid=$FW_PID
  exec {_fw_out}<&-
  FW_PID=
  kill -9 "$pid" 2>/dev/null || true # it ended its output, or does not answer
  FW_STATUS=0
  wait "$pid" 2>/dev/null || FW_STATUS=$?
  FW_FAILURES=$((FW_FAILURES + 1))
  for id in "${!FW_OPEN[@]}"; do
    _fw_lose "$id" later
  done
  sleep "0.$FW_FAILURES"
}

_fw_lose() {
  unset "FW_OPEN[$1]"
  FW_DONE[$1]='{"id":'$1',"kind":"error","error":{"code":"sessionLost","retry":"'$2'","message":"The worker ended with status '$FW_STATUS'."}}'
}
