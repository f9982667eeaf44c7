local measure = require("measure")

-- How often the pancakes are turned until the smallest lies on top.
local function flips(first, n)
    local perm = {}
    for i = 1, n do perm[i] = first[i] end
    local turned = 0
    local k = perm[1]
    while k ~= 1 do
        local i = 1
        while i < k do
            perm[i], perm[k] = perm[k], perm[i]
            i = i + 1
            k = k - 1
        end
        turned = turned + 1
        k = perm[1]
    end
    return turned
end

-- Moves to the next permutation; false after the last one.
local function advance(perm, count, n)
    for r = 2, n do
        local first = perm[1]
        for i = 1, r - 1 do perm[i] = perm[i + 1] end
        perm[r] = first
        count[r] = count[r] - 1
        if count[r] > 0 then
            for i = 2, r - 1 do count[i] = i end
            return true
        end
    end
    return false
end

local function fannkuch(n)
    local perm, count = {}, {}
    for i = 1, n do
        perm[i] = i
        count[i] = i
    end
    local most, checksum, sign = 0, 0, 1
    repeat
        local turned = flips(perm, n)
        if turned > most then most = turned end
        checksum = checksum + sign * turned
        sign = -sign
    until not advance(perm, count, n)
    return checksum .. " " .. most
end

measure.run(function() return fannkuch(8) end)
