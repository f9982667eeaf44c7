-- The same as measure.py.
local function run(work)
    local answer
    for _ = 1, tonumber(os.getenv("BENCH_REPEAT") or "1") do
        local start = os.clock()
        answer = work()
        io.stderr:write(string.format("%.9f\n", os.clock() - start))
    end
    print(answer)
end

return { run = run }
