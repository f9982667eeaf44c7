local measure = require("measure")

local function counter()
    local n = 0
    return function()
        n = n + 1
        return n
    end
end

local function work()
    local count = counter()
    for _ = 1, 5000000 do count() end
    return count()
end

measure.run(work)
