local measure = require("measure")

local function map(f, xs)
    local out = {}
    for i = 1, #xs do out[i] = f(xs[i]) end
    return out
end

local function filter(f, xs)
    local out, n = {}, 0
    for i = 1, #xs do
        local x = xs[i]
        if f(x) then
            n = n + 1
            out[n] = x
        end
    end
    return out
end

local function reduce(f, a, xs)
    for i = 1, #xs do a = f(a, xs[i]) end
    return a
end

local function work()
    local xs = {}
    for i = 1, 1000000 do xs[i] = i - 1 end
    local steps = map(function(x) return 3 * x + 1 end, xs)
    local kept = filter(function(x) return x % 2 == 0 end, steps)
    return string.format("%d", reduce(function(a, b) return a + b end, 0, kept))
end

measure.run(work)
