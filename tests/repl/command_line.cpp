#include "repl/command_line.hpp"

#include "repl/commands.hpp"

#include "tests/support/catch.hpp"

using catena::Command;
using catena::CommandLine;
using catena::parse_command_line;

namespace {

CommandLine parsed(const std::vector<std::string>& arguments, bool terminal = false) {
    const auto line = parse_command_line(arguments, terminal);
    REQUIRE(line.has_value());
    return *line;
}

std::string refused(const std::vector<std::string>& arguments) {
    const auto line = parse_command_line(arguments, false);
    REQUIRE_FALSE(line.has_value());
    return line.error().message;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("without arguments the terminal decides") {
    CHECK(parsed({}, true).command == Command::repl);
    CHECK(parsed({}, false).command == Command::standard_input);
    CHECK(parsed({"-i"}, false).command == Command::repl);
    CHECK(parsed({"-q"}, true).quiet);
}

TEST_CASE("what follows the program belongs to it") {
    const CommandLine file = parsed({"-O0", "a.lisp", "-i", "--help", "--"});
    CHECK(file.command == Command::file);
    CHECK(file.target == "a.lisp");
    CHECK_FALSE(file.fuse);
    CHECK_FALSE(file.interactive);
    CHECK(file.arguments == Words{"-i", "--help", "--"});

    const CommandLine expression = parsed({"-ie", "(f)", "-m", "x"});
    CHECK(expression.command == Command::expression);
    CHECK(expression.target == "(f)");
    CHECK(expression.interactive);
    CHECK(expression.arguments == Words{"-m", "x"});

    CHECK(parsed({"-mjson.tool", "a"}).target == "json.tool");
    CHECK(parsed({"-", "a"}).command == Command::standard_input);
    CHECK(parsed({"-e", ""}).command == Command::expression);
}

TEST_CASE("commands") {
    CHECK(parsed({"run", "repl", "x"}).target == "repl");
    CHECK(parsed({"run", "--", "-x"}).target == "-x");
    CHECK(parsed({"--", "-x", "y"}).arguments == Words{"y"});
    const CommandLine dump = parsed({"dump", "--chains", "a.lisp", "--code"});
    CHECK(dump.command == Command::dump);
    CHECK(dump.stages.chains);
    CHECK(dump.stages.code);
    CHECK_FALSE(dump.stages.forms);
    CHECK(parsed({"dump", "-e", "(f)"}).dump_expression);
    const CommandLine test = parsed({"test", "a", "-k", "name", "b", "--junit=r.xml", "--", "-odd"});
    CHECK(test.only == "name");
    CHECK(test.junit == "r.xml");
    CHECK(test.arguments == Words{"a", "b", "-odd"});
    CHECK(parsed({"help", "dump"}).target == "dump");
    CHECK(parsed({"dump", "--help", "nonsense", "--odd"}).command == Command::help);
}

TEST_CASE("wrong usage says what is wrong") {
    CHECK(refused({"--fast"}) == "unknown option '--fast'");
    CHECK(refused({"-iz"}) == "unknown option '-z'");
    CHECK(refused({"-e"}) == "-e needs a value");
    CHECK(refused({"-O3"}) == "unknown option '-O3' (the only level is -O0)");
    CHECK(refused({"--python"}) == "--python needs a value");
    CHECK(refused({"--version=2"}) == "option '--version' takes no value");
    CHECK(refused({"dump"}) == "dump needs a file, or -e EXPR");
    CHECK(refused({"run"}) == "run needs a file");
    CHECK(refused({"test"}) == "test needs a file or folder");
    CHECK(refused({"doctor", "x"}) == "unexpected argument 'x'");
    CHECK(refused({"help", "x"}) == "there is no command 'x'");
    CHECK(refused({"dump", "a", "b"}) == "unexpected argument 'b'");
    CHECK(refused({"kernel", "remove"}) == "kernel knows install, and 'remove' is something else");
    CHECK(refused({"--completion", "ksh"}) == "--completion takes one of bash|zsh|fish, not 'ksh'");
    CHECK(refused({"-m", ""}) == "-m needs a value");
}

TEST_CASE("wrong usage says what was probably meant") {
    CHECK(refused({"--versoin"}) == "unknown option '--versoin' (did you mean '--version'?)");
    CHECK(refused({"-version"}) == "unknown option '-version' (did you mean '--version'?)");
    CHECK(refused({"dump", "--chain", "x"}) == "unknown option '--chain' (did you mean '--chains'?)");
    CHECK(refused({"--chains"}) == "unknown option '--chains' (catena dump has it)");
    CHECK(refused({"-xyz"}) == "unknown option '-x'");
    CHECK(refused({"help", "dmup"}) == "there is no command 'dmup' (did you mean 'dump'?)");
    CHECK(catena::closest_command("tset") == "test");
    CHECK(catena::closest_command("report").empty());
}

TEST_CASE("tools get their operands and options apart") {
    const CommandLine line = parsed({"nrepl", "--port=7888", "--bind", "::1", "-O0"});
    CHECK(line.command == Command::tool);
    CHECK(line.target == "nrepl");
    CHECK(line.arguments.empty());
    CHECK(line.tool_options == std::vector<std::pair<std::string, std::string>>{{"--port", "7888"}, {"--bind", "::1"}});
    CHECK(parsed({"kernel", "install", "--user"}).arguments == Words{"install"});
}

TEST_CASE("a command's row and its options are complete") {
    for (const catena::CommandRow& row : catena::command_rows()) {
        CAPTURE(row.name);
        CHECK_FALSE(row.summary.empty());
        CHECK_FALSE(row.about.empty());
        CHECK_FALSE(row.examples.empty());
        for (const std::string_view line : catena::split(row.about, '\n')) CHECK(line.size() <= 120);
    }
    for (const catena::OptionRow& option : catena::option_rows()) {
        CAPTURE(option.names);
        CHECK_FALSE(option.help.empty());
        for (const std::string_view name : catena::split(option.commands, ' ')) {
            CHECK((name == "catena" || catena::find_command(name) != nullptr));
        }
    }
}
