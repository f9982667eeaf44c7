# The libraries Catena stands on besides CPython, all of them headers: the target catena_headers.
add_library(catena_headers INTERFACE)

find_path(catena_expected_include tl/expected.hpp)
if(NOT catena_expected_include)
    message(FATAL_ERROR "tl/expected.hpp is missing; on Debian: apt install libexpected-dev")
endif()

# Boost is used for its headers alone, so a look at the version is all that is needed.
find_path(catena_boost_include boost/version.hpp)
if(NOT catena_boost_include)
    message(FATAL_ERROR "Boost's headers are missing; on Debian 12: apt install libboost1.81-dev, later: libboost-dev")
endif()
file(STRINGS "${catena_boost_include}/boost/version.hpp" boost_version REGEX "^#define BOOST_VERSION [0-9]+")
string(REGEX REPLACE "[^0-9]+" "" boost_version "${boost_version}")
if(boost_version LESS 108100)
    message(FATAL_ERROR
        "Catena needs Boost 1.81 or newer; ${catena_boost_include} has version ${boost_version}. "
        "On Debian 12: apt install libboost1.81-dev")
endif()

foreach(folder "${catena_expected_include}" "${catena_boost_include}")
    # /usr/include is searched anyway, and naming it again breaks the order of the standard headers.
    if(NOT folder STREQUAL "/usr/include")
        target_include_directories(catena_headers SYSTEM INTERFACE "${folder}")
    endif()
endforeach()
