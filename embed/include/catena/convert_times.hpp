// How the durations and times of std::chrono become Python's and back (convert.hpp says what becomes what).
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <utility>

#include <catena/convert.hpp>

namespace catena::inline v1 {

namespace detail {

// In the duration's own unit, rounded; false, with an error set, when it does not fit.
template <class Number, class Period>
[[nodiscard]] bool to_duration(double seconds, std::chrono::duration<Number, Period>& out) {
    const double count = std::chrono::duration<double, Period>(std::chrono::duration<double>(seconds)).count();
    if constexpr (std::chrono::treat_as_floating_point_v<Number>) {
        out = std::chrono::duration<Number, Period>(static_cast<Number>(count));
    } else {
        using Range = std::numeric_limits<Number>;
        const double rounded = std::nearbyint(count);
        // The largest number itself may be none that a double can hold.
        if (!(rounded >= static_cast<double>(Range::min()) && rounded < std::ldexp(1.0, Range::digits))) {
            set_error("OverflowError", written(seconds) + " seconds do not fit into the duration");
            return false;
        }
        out = std::chrono::duration<Number, Period>(static_cast<Number>(rounded));
    }
    return true;
}

using Microseconds = std::chrono::duration<std::int64_t, std::micro>;

// The same, exact.
template <class Number, class Period>
[[nodiscard]] bool to_duration(Microseconds time, std::chrono::duration<Number, Period>& out) {
    if constexpr (std::chrono::treat_as_floating_point_v<Number>) {
        out = std::chrono::duration_cast<std::chrono::duration<Number, Period>>(time);
        return true;
    } else {
        using Wide = std::chrono::duration<std::int64_t, Period>;
        std::optional<Wide> wide;
        if constexpr (!std::ratio_less_v<Period, std::micro>)
            wide = std::chrono::round<Wide>(time);
        else if (time <= std::chrono::duration_cast<Microseconds>(Wide::max()) &&
                 time >= std::chrono::duration_cast<Microseconds>(Wide::min()))
            wide = std::chrono::duration_cast<Wide>(time);
        if (!wide || !std::in_range<Number>(wide->count())) {
            set_error("OverflowError",
                      written(static_cast<double>(time.count()) / 1e6) + " seconds do not fit into the duration");
            return false;
        }
        out = std::chrono::duration<Number, Period>(static_cast<Number>(wide->count()));
        return true;
    }
}

}  // namespace detail

template <class Number, class Period>
struct Convert<std::chrono::duration<Number, Period>> {
    using Duration = std::chrono::duration<Number, Period>;
    static detail::Object* to(Duration value) {
        return detail::make(std::chrono::duration_cast<std::chrono::duration<double>>(value).count());
    }
    static bool from(detail::Object* object, Duration& out) {
        double seconds = 0;
        std::int64_t microseconds = 0;
        switch (detail::read_duration(object, &seconds, &microseconds)) {
            case detail::Read::seconds: return detail::to_duration(seconds, out);
            case detail::Read::microseconds: return detail::to_duration(detail::Microseconds(microseconds), out);
            default: return false;
        }
    }
};

template <class Duration>
struct Convert<std::chrono::time_point<std::chrono::system_clock, Duration>> {
    using Time = std::chrono::time_point<std::chrono::system_clock, Duration>;
    static detail::Object* to(Time value) {
        // Python's years end with 9999, long before this.
        constexpr std::chrono::duration<double> farthest(1e12);
        const std::chrono::duration<double> rough = value.time_since_epoch();
        if (!(rough < farthest && rough > -farthest)) {
            detail::set_error("OverflowError", "the time is too far away");
            return nullptr;
        }
        return detail::make_time(std::chrono::floor<detail::Microseconds>(value.time_since_epoch()).count());
    }
    static bool from(detail::Object* object, Time& out) {
        std::int64_t microseconds;
        if (!detail::read_time(object, &microseconds)) return false;
        Duration since;
        if (!detail::to_duration(detail::Microseconds(microseconds), since)) return false;
        out = Time(since);
        return true;
    }
};

}  // namespace catena::inline v1
