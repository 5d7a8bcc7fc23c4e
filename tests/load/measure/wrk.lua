-- Requests one after another or several in a segment, and at the end one line of numbers.

function init(arguments)
  local one = wrk.format("GET")
  requests = string.rep(one, tonumber(arguments[1]))
end

function request()
  return requests
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    "requests=%d seconds=%f bytes=%d p50=%f p99=%f connect=%d read=%d write=%d timeout=%d status=%d",
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
