local measure = require("measure")
local sqrt = math.sqrt

local PI = 3.141592653589793
local SOLAR_MASS = 4 * PI * PI
local DAYS = 365.24

-- Each body is {position, velocity, mass}.
local function planets()
    return {
        { { 0.0, 0.0, 0.0 }, { 0.0, 0.0, 0.0 }, SOLAR_MASS },
        { { 4.84143144246472090e00, -1.16032004402742839e00, -1.03622044471123109e-01 },
          { 1.66007664274403694e-03 * DAYS, 7.69901118419740425e-03 * DAYS, -6.90460016972063023e-05 * DAYS },
          9.54791938424326609e-04 * SOLAR_MASS },
        { { 8.34336671824457987e00, 4.12479856412430479e00, -4.03523417114321381e-01 },
          { -2.76742510726411933e-03 * DAYS, 4.99852801234917238e-03 * DAYS, 2.30417297573763929e-05 * DAYS },
          2.85885980666130812e-04 * SOLAR_MASS },
        { { 1.28943695621391310e01, -1.51111514016986312e01, -2.23307578892655734e-01 },
          { 2.96460137564761618e-03 * DAYS, 2.37847173959480950e-03 * DAYS, -2.96589568540237556e-05 * DAYS },
          4.36624404335156298e-05 * SOLAR_MASS },
        { { 1.53796971148509165e01, -2.59193146099879641e01, 1.79258772950371181e-01 },
          { 2.68067772490389322e-03 * DAYS, 1.62824170038242295e-03 * DAYS, -9.51592254519715870e-05 * DAYS },
          5.15138902046611451e-05 * SOLAR_MASS },
    }
end

local function advance(bodies, dt)
    local n = #bodies
    for i = 1, n do
        local body = bodies[i]
        local p, v, m = body[1], body[2], body[3]
        local x, y, z = p[1], p[2], p[3]
        for j = i + 1, n do
            local other = bodies[j]
            local p2, v2, m2 = other[1], other[2], other[3]
            local dx = x - p2[1]
            local dy = y - p2[2]
            local dz = z - p2[3]
            local d2 = dx * dx + dy * dy + dz * dz
            local mag = dt / (d2 * sqrt(d2))
            local a = m2 * mag
            local b = m * mag
            v[1] = v[1] - dx * a
            v[2] = v[2] - dy * a
            v[3] = v[3] - dz * a
            v2[1] = v2[1] + dx * b
            v2[2] = v2[2] + dy * b
            v2[3] = v2[3] + dz * b
        end
    end
    for i = 1, n do
        local p, v = bodies[i][1], bodies[i][2]
        for k = 1, 3 do p[k] = p[k] + dt * v[k] end
    end
end

local function energy(bodies)
    local e, n = 0.0, #bodies
    for i = 1, n do
        local p, v, m = bodies[i][1], bodies[i][2], bodies[i][3]
        e = e + 0.5 * m * (v[1] * v[1] + v[2] * v[2] + v[3] * v[3])
        for j = i + 1, n do
            local p2, m2 = bodies[j][1], bodies[j][3]
            local dx = p[1] - p2[1]
            local dy = p[2] - p2[2]
            local dz = p[3] - p2[3]
            e = e - m * m2 / sqrt(dx * dx + dy * dy + dz * dz)
        end
    end
    return e
end

local function work()
    local bodies = planets()
    for _ = 1, 20000 do advance(bodies, 0.01) end
    return string.format("%.9f", energy(bodies))
end

measure.run(work)
