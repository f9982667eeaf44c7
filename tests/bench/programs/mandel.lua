local measure = require("measure")

local function escape(cr, ci, limit)
    local zr, zi, i = 0.0, 0.0, 0
    while i < limit and zr * zr + zi * zi <= 4.0 do
        zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
        i = i + 1
    end
    return i
end

local function mandel(size, limit)
    local total = 0
    for y = 0, size - 1 do
        local ci = 2.0 * y / size - 1.0
        for x = 0, size - 1 do
            total = total + escape(2.0 * x / size - 1.5, ci, limit)
        end
    end
    return total
end

measure.run(function() return mandel(400, 50) end)
