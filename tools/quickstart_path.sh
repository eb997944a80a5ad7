# SPDX-License-Identifier: Apache-2.0
# The path of a new module, from birth to live data; sourced by ./quickstart.
# Uses: bin data_dir headless seconds mqtt http https, and say/die of tools/setup.sh.
# shellcheck shell=bash disable=SC2154

children=()
stop_children() {
  local pid
  for ((i = ${#children[@]} - 1; i >= 0; i--)); do
    pid=${children[$i]}
    kill -TERM "$pid" 2>/dev/null || continue
    wait "$pid" 2>/dev/null || true
  done
  children=()
}

# wait_for SECONDS WHAT LOGFILE COMMAND…: until COMMAND succeeds; shows the log when it never does.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2 log=$3
  shift 3
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $deadline ]; then
      tail -n 20 "$log" >&2 || true
      die "$what (its log is $log, the end is above)"
    fi
    sleep 0.1
  done
}
# alive_and PID COMMAND…: fails for good when the process has ended.
is_running() { kill -0 "$1" 2>/dev/null; }

start_cloud() {
  say "Starting the cloud"
  "$bin/expresslink-cloud" serve --data-dir "$data_dir/cloud" --mqtt "127.0.0.1:$mqtt" --mqtt "[::1]:$mqtt" \
    --http "127.0.0.1:$http" --http "[::1]:$http" --https "127.0.0.1:$https" --https "[::1]:$https" \
    >"$data_dir/cloud.out" 2>"$data_dir/cloud.log" &
  cloud_pid=$!
  children+=("$cloud_pid")
  while ! grep -q '^ready$' "$data_dir/cloud.out"; do
    if ! is_running "$cloud_pid"; then
      tail -n 5 "$data_dir/cloud.log" >&2
      die "the cloud did not start (see above). If a port is taken, choose others: ./quickstart --mqtt 18883 --http 18080 --https 18443"
    fi
    sleep 0.1
  done
}

make_module() {
  say "Making the vendor's CA, enrolling it in the staging account, issuing a module"
  export AWS_SHARED_CREDENTIALS_FILE="$data_dir/cloud/credentials"
  "$bin/expresslink-factory" ca create --dir "$data_dir/ca" --vendor "Open ExpressLink" --model "Linux-1"
  "$bin/expresslink-factory" ca enroll --ca "$data_dir/ca" --endpoint-url "http://127.0.0.1:$http" --profile staging
  "$bin/expresslink-factory" issue --ca "$data_dir/ca" --count 1 --out "$data_dir/modules"
  identity=$(dirname "$(find "$data_dir/modules" -mindepth 2 -maxdepth 2 -name thing-name | sort | head -1)")
  [ -f "$identity/thing-name" ] || die "no identity was issued in $data_dir/modules"
  thing=$(cat "$identity/thing-name")
}

start_module() {
  say "Powering up module $thing"
  tty=$data_dir/module.tty
  "$bin/expresslink-module" --identity "$identity" --state "$data_dir/module-state" --pty "$tty" --port "$mqtt" \
    >"$data_dir/module.out" 2>"$data_dir/module.log" &
  local pid=$!
  children+=("$pid")
  wait_for 10 "the module did not start" "$data_dir/module.log" test -e "$tty"
  printf 'SerialPort=%s\nSSID=\nPassphrase=\n' "$tty" >"$data_dir/config.txt"
}

# A subscriber of the live feed, with nothing but the URL that Quick Connect printed: its secret buys a cookie.
subscribe_to_live_feed() { # URL
  local url=${1%%#*} secret=${1##*#}
  jar=$data_dir/viewer.cookies feed=$data_dir/feed.txt
  curl -fsS -c "$jar" -H 'Content-Type: application/json' -d "{\"secret\":\"$secret\"}" "$url/session" ||
    die "the page refused the secret of its own URL"
  curl -sSN -b "$jar" "$url/events" >"$feed" 2>"$data_dir/feed.log" &
  children+=("$!")
}

data_arrived() { [ "$(grep -c '"topic"' "$feed")" -ge 3 ]; }
command_arrived() { grep -q 'blink from quickstart' "$data_dir/quick-connect.out"; }

prove_without_people() {
  "$bin/quick-connect" --config "$data_dir/config.txt" --seconds "$seconds" --no-interactive \
    >"$data_dir/quick-connect.out" 2>&1 &
  local demo=$! url
  children+=("$demo")
  wait_for 60 "Quick Connect printed no URL" "$data_dir/quick-connect.out" grep -q '#' "$data_dir/quick-connect.out"
  url=$(grep -o 'http[^ ]*/q/[^ ]*#[^ ]*' "$data_dir/quick-connect.out" | head -1)
  subscribe_to_live_feed "$url"
  wait_for 30 "no data arrived at the live feed" "$data_dir/quick-connect.out" data_arrived
  curl -fsS -b "$jar" -H 'Content-Type: application/json' -H 'X-Requested-With: fetch' \
    -d '{"payload":"blink from quickstart"}' "${url%%#*}/command" || die "the page could not send a command"
  wait_for 30 "the command did not arrive at the host" "$data_dir/quick-connect.out" command_arrived
  wait "$demo" || die "Quick Connect reported a failure (see $data_dir/quick-connect.out)"
  say "It works"
  printf '  module      %s\n  messages    %s from AT+SEND to the live feed\n  command     arrived at the host through AT+EVENT? and AT+GET2\n  last data   %s\n' \
    "$thing" "$(grep -c '"topic"' "$feed")" "$(grep '"topic"' "$feed" | tail -1)"
}

walk_the_path() {
  trap stop_children EXIT
  trap 'exit 130' INT TERM
  start_cloud
  make_module
  start_module
  if [ "$headless" = yes ]; then
    prove_without_people
  else
    say "Quick Connect: open the URL below in a browser on this machine; Ctrl-D ends everything"
    "$bin/quick-connect" --config "$data_dir/config.txt" --seconds "$seconds"
  fi
}
