local measure = require("measure")

local function work()
    local xs, x = {}, 42
    for i = 1, 1000000 do
        x = x * 16807 % 2147483647
        xs[i] = x
    end
    table.sort(xs)
    local total = 0
    for i = 1, #xs do
        total = total + xs[i]
    end
    return string.format("%.0f %d %d", total, xs[1], xs[500001])
end

measure.run(work)
