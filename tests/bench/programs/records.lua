local measure = require("measure")

local KINDS = { "book", "film", "song", "game", "play" }

local function make(n)
    local records, x = {}, 42
    for i = 1, n do
        x = x * 16807 % 2147483647
        records[i] = { id = i - 1, kind = KINDS[x % 5 + 1], price = x % 997, sold = 0 }
    end
    return records
end

local function sell(records, rounds)
    for turn = 0, rounds - 1 do
        for i = 1, #records do
            local record = records[i]
            if record.price % 3 == turn % 3 then
                record.sold = record.sold + 1
                record.price = record.price + 1
            end
        end
    end
end

-- For each kind the number of records, the copies sold and what they brought.
local function totals(records)
    local by_kind = {}
    for i = 1, #records do
        local record = records[i]
        local kind = record.kind
        local total = by_kind[kind]
        if total == nil then
            total = { count = 0, sold = 0, worth = 0 }
            by_kind[kind] = total
        end
        total.count = total.count + 1
        total.sold = total.sold + record.sold
        total.worth = total.worth + record.sold * record.price
    end
    return by_kind
end

local function work()
    local records = make(100000)
    sell(records, 6)
    local by_kind = totals(records)
    local out = {}
    for i, kind in ipairs(KINDS) do
        local total = by_kind[kind]
        out[i] = string.format("%s:%d:%d:%d", kind, total.count, total.sold, total.worth)
    end
    return table.concat(out, " ")
end

measure.run(work)
