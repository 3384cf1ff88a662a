#!/bin/bash
# serve_load.sh KIN [SECONDS]: `kin serve` under load by wrk (apt: wrk): thumbnails in cache, thumbnails cut on the fly,
# pages of a job, all by 100 clients at once; then a data set of a million items, made in the ledger alone, and how long
# its server takes to the first answer. Prints a table.
set -euo pipefail

kin=$(realpath "${1:?the program kin}")
seconds=${2:-30}
clients=100
here=$(dirname "$(realpath "$0")")
command -v wrk >/dev/null || { echo "serve_load: wrk is not there (apt-get install wrk)" >&2; exit 1; }

work=$(mktemp -d)
server=
end()
{
    [ -z "$server" ] || kill -INT "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" || true
    rm -rf "$work"
}
trap end EXIT

begin_server() # FOLDER [OPTION]...
{
    : >"$work/told"
    "$kin" serve --json -C "$@" >"$work/told" 2>"$work/errors" &
    server=$!
    for _ in $(seq 500); do
        if grep -q '}' "$work/told"; then break; fi
        sleep 0.01
    done
    port=$(sed -n 's/.*"port":[[:space:]]*\([0-9]*\).*/\1/p' "$work/told")
    token=$(sed -n 's/.*"token":[[:space:]]*"\([^"]*\)".*/\1/p' "$work/told")
}

end_server()
{
    kill -INT "$server"
    wait "$server" || { echo "serve_load: the server ended with $?" >&2; cat "$work/errors" >&2; exit 1; }
    server=
}

ask() # PATH [CURL OPTION]...
{
    local path=$1
    shift
    curl -sS --fail -H "Authorization: Bearer $token" "$@" "http://127.0.0.1:$port$path"
}

memory()
{
    awk '/VmRSS/ { printf "%.0f", $2 / 1024 }' "/proc/$server/status"
}

load() # NAME PATHS_FILE
{
    WRK_PATHS=$2 WRK_TOKEN=$token wrk -t2 -c$clients -d"${seconds}s" --latency -s "$here/serve_load.lua" \
        "http://127.0.0.1:$port" >"$work/wrk"
    printf '%-28s | %s | %4s\n' "$1" "$(sed -n 's/^figures //p' "$work/wrk")" "$(memory)"
}

echo "$clients clients, $seconds s each, wrk on the same cores; MiB: resident memory of the server after it"
"$kin" demo "$work/street" --pictures 300 >/dev/null 2>&1
"$kin" index "$work/street" --model classic --quiet >/dev/null 2>&1
begin_server "$work/street"
ask "/api/audits" -H "Content-Type: application/json" -d '{"count": 200, "seed": 1}' >/dev/null
ask "/api/items?unit=shape&count=500" >"$work/items"
python3 - "$work" <<'END'
import json, pathlib, sys
work = pathlib.Path(sys.argv[1])
items = json.loads((work / "items").read_text())["items"]
picture = "/api/items/{id}/picture?size={size}&v={v}"
(work / "cached").write_text("\n".join(picture.format(size=240, **item) for item in items))
(work / "cut").write_text("\n".join(picture.format(size=size, **item) for size in range(64, 320) for item in items))
(work / "rows").write_text("\n".join(f"/api/jobs/1/rows?after={after}&count=10" for after in range(0, 200, 10)))
(work / "changes").write_text("/api/jobs/1/changes?since=0")
END
while read -r path; do ask "$path" -o /dev/null; done <"$work/cached"
printf '%-28s | %s | %4s\n' "" "requests/s  median ms  99 % ms  errors" "MiB"
for what in "cached:thumbnails in cache" "cut:thumbnails cut on the fly" "rows:pages of a job" \
    "changes:changes of a job"; do
    load "${what#*:}" "$work/${what%%:*}"
    sleep 2 # what the clients left in the middle is done by then
done
end_server

python3 "$here/serve_million.py" "$work/million" "$kin"
echo
began=$(date +%s.%N)
begin_server "$work/million"
ask "/?token=$token" -o /dev/null
opened=$(date +%s.%N)
echo "1,000,000 items: $(awk "BEGIN { printf \"%.2f\", $opened - $began }") s from the start to the page"
for path in /api/status /api/jobs /api/labels /api/attributes "/api/items?count=60" "/api/items?label=car&count=60" \
    /api/jobs/1/rows "/api/report?by=label"; do
    began=$(date +%s.%N)
    ask "$path" -o /dev/null
    ended=$(date +%s.%N)
    printf '  %-32s %6.0f ms, %s MiB\n' "$path" "$(awk "BEGIN { print 1000 * ($ended - $began) }")" "$(memory)"
done
end_server
