-- Each thread walks over the addresses in the file WRK_PATHS, beginning at a place of its own.
local paths, at, threads = {}, 0, 0
for line in io.lines(os.getenv("WRK_PATHS")) do
    paths[#paths + 1] = line
end

function setup(thread)
    thread:set("first", threads * 997)
    threads = threads + 1
end

function init()
    at = first
    wrk.headers["Authorization"] = "Bearer " .. os.getenv("WRK_TOKEN")
end

function request()
    at = at + 1
    return wrk.format("GET", paths[at % #paths + 1])
end

function done(summary, latency)
    local e = summary.errors
    print(string.format("figures %10.0f  %9.2f  %7.2f  %6d", summary.requests / summary.duration * 1e6,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        e.connect + e.read + e.write + e.status + e.timeout))
end
