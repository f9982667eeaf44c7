local measure = require("measure")

local function place(row, n, columns, up, down)
    if row > n then return 1 end
    local found = 0
    for column = 1, n do
        if not columns[column] and not up[row + column] and not down[row - column + n] then
            columns[column], up[row + column], down[row - column + n] = true, true, true
            found = found + place(row + 1, n, columns, up, down)
            columns[column], up[row + column], down[row - column + n] = false, false, false
        end
    end
    return found
end

local function filled(n)
    local flags = {}
    for i = 1, n do flags[i] = false end
    return flags
end

local function queens(n)
    return place(1, n, filled(n), filled(2 * n), filled(2 * n))
end

measure.run(function() return queens(9) end)
