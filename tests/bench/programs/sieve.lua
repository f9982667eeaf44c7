local measure = require("measure")

local function sieve(limit)
    local composite = {}
    for i = 1, limit do composite[i] = false end
    local found, last = 0, 0
    local i = 2
    while i <= limit do
        if not composite[i] then
            found = found + 1
            last = i
            local j = i * i
            while j <= limit do
                composite[j] = true
                j = j + i
            end
        end
        i = i + 1
    end
    return found .. " " .. last
end

measure.run(function() return sieve(1000000) end)
