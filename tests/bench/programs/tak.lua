local measure = require("measure")

local function tak(x, y, z)
    if y >= x then return z end
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end

local function work()
    local total = 0
    for _ = 1, 20 do total = total + tak(18, 12, 6) end
    return total
end

measure.run(work)
