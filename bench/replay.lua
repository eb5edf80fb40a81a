-- wrk plays prepared requests, each once: thread n reads REQUESTS.n, a sequence of "<length>\n<raw request>".
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  local file = assert(io.open(os.getenv("REQUESTS") .. "." .. number, "rb"))
  prepared, played = {}, 0
  while true do
    local length = file:read("*l")
    if not length then break end
    prepared[#prepared + 1] = file:read(tonumber(length))
  end
  file:close()
end

function request()
  played = played + 1
  if played > #prepared then
    io.stderr:write("prepared requests used up\n")
    os.exit(3)
  end
  return prepared[played]
end

function done(summary, latency, requests)
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "errors": %d, "refused": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout, summary.errors.status))
end
