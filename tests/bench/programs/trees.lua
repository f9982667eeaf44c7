local measure = require("measure")

local function tree(depth)
    if depth == 0 then return {} end
    return { tree(depth - 1), tree(depth - 1) }
end

local function count(node)
    local left, right = node[1], node[2]
    if left == nil then return 1 end
    return 1 + count(left) + count(right)
end

local function work()
    local lasting = tree(14)
    local total = 0
    for depth = 4, 14, 2 do
        for _ = 1, 2 ^ (16 - depth) do
            total = total + count(tree(depth))
        end
    end
    return total .. " " .. count(lasting)
end

measure.run(work)
