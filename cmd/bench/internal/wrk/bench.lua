-- Sends hook calls made beforehand, each with serial numbers of its own, and says in one line what came of it.
-- Arguments: BODY_FILE SECRET keep-alive|close VARIANTS

local calls, n = {}, 0

local function read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function init(args)
  local body, zeros = read(args[1]), string.rep("0", 16)
  local headers = {
    ["Authorization"] = args[2],
    ["Content-Type"] = "application/json",
    ["Accept"] = "application/json",
    ["Connection"] = args[3],
  }
  for i = 1, tonumber(args[4]) do
    local serial = string.format("%016d", i)
    local text = string.gsub(body, "bench%." .. zeros, "bench." .. serial)
    calls[i] = wrk.format("POST", nil, headers, text)
  end
end

function request()
  n = n % #calls + 1
  return calls[n]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'result {"requests":%d,"microseconds":%d,"bytes":%.0f,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, summary.bytes, e.connect, e.read, e.write, e.status, e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
