local measure = require("measure")

local function work()
    local s = 0
    for i = 0, 9999999 do
        s = s + i * i % 7
    end
    return s
end

measure.run(work)
