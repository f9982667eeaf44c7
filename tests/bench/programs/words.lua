local measure = require("measure")

local function work()
    local counts, x = {}, 42
    for _ = 1, 1000000 do
        x = x * 16807 % 2147483647
        local word = "w" .. x % 5003
        counts[word] = (counts[word] or 0) + 1
    end
    local size, most = 0, 0
    for _, count in pairs(counts) do
        size = size + 1
        if count > most then most = count end
    end
    return size .. " " .. most .. " " .. counts["w7"]
end

measure.run(work)
