package dev.millrace.standalone;

import dev.millrace.standalone.client.AccessCalls;
import dev.millrace.standalone.client.GatewayClient;
import io.micronaut.core.annotation.Nullable;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "users", description = "List, add, change or remove users of a gateway.")
final class UsersCommand implements Runnable {
    private static final String NAME = "Name of the user.";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    static CommandLine withCommands(CommandEnvironment environment) {
        return new CommandLine(new UsersCommand())
                .addSubcommand(new Listed(environment))
                .addSubcommand(new Add(environment))
                .addSubcommand(new Change(environment))
                .addSubcommand(new Remove(environment));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a command: list, add, change or remove.");
    }

    private static void print(GatewayCommand command, List<AccessCalls.User> users) {
        TextTable table = new TextTable(
                TextTable.id("USER"), TextTable.text("ROLE"), TextTable.text("SINCE"), TextTable.text("ADDED BY"));
        users.forEach(user -> table.row(
                user.name(),
                user.disabled() ? "disabled " + user.role() : user.role(),
                user.createdAt().toString().substring(0, "2026-01-31".length()),
                user.createdBy()));
        table.lines(command.width()).forEach(command.out()::println);
    }

    /** Where a password comes from: never from the command line, which others can see. */
    static final class Password {
        @Option(
                names = "--password-file",
                paramLabel = "FILE",
                description = "File whose first line is the password; without it, it is asked for.")
        private @Nullable Path file;

        String read() {
            Path given = file;
            if (given != null) {
                try {
                    return Files.readString(given).lines().findFirst().orElse("");
                } catch (IOException e) {
                    throw new WrongCallException("--password-file: " + given + " can't be read: " + e.getMessage());
                }
            }
            Console console = Objects.requireNonNull(System.console()); // never null since JDK 22
            if (!console.isTerminal()) {
                throw new WrongCallException("there is no terminal to ask for a password (expected: --password-file)");
            }
            char[] typed = console.readPassword("Password: ");
            char[] again = console.readPassword("Again: ");
            if (typed == null || !Arrays.equals(typed, again)) {
                throw new WrongCallException("these are two passwords (expected: the same twice)");
            }
            return new String(typed);
        }

        boolean isGiven() {
            return file != null;
        }
    }

    @Command(name = "list", description = "List users.")
    static final class Listed extends GatewayCommand {
        Listed(CommandEnvironment environment) {
            super(environment);
        }

        @Override
        int call(Session session) throws InterruptedException {
            GatewayClient gateway = session.gateway();
            String answer = new AccessCalls(gateway).users();
            if (json()) {
                out().println(answer);
            } else {
                print(this, gateway.read(answer, AccessCalls.Users.class).users());
            }
            return ExitCode.SUCCESS;
        }
    }

    @Command(name = "add", description = "Add a user with a password.")
    static final class Add extends GatewayCommand {
        @Parameters(index = "0", paramLabel = "USER", description = NAME)
        private String user = "";

        @Option(names = "--role", required = true, paramLabel = "ROLE", description = "viewer, operator or admin.")
        private String role = "";

        @Mixin
        private final Password password = new Password();

        Add(CommandEnvironment environment) {
            super(environment);
        }

        @Override
        int call(Session session) throws InterruptedException {
            GatewayClient gateway = session.gateway();
            String answer = new AccessCalls(gateway).add(new AccessCalls.NewUser(user, role, password.read()));
            if (json()) {
                out().println(answer);
            } else {
                print(this, List.of(gateway.read(answer, AccessCalls.User.class)));
            }
            return ExitCode.SUCCESS;
        }
    }

    @Command(name = "change", description = "Give a user another role or password, or shut one out.")
    static final class Change extends GatewayCommand {
        @Parameters(index = "0", paramLabel = "USER", description = NAME)
        private String user = "";

        @Option(names = "--role", paramLabel = "ROLE", description = "viewer, operator or admin.")
        private @Nullable String role;

        @Option(names = "--disable", description = "The user may do nothing any more, and is logged out.")
        private boolean disable;

        @Option(names = "--enable", description = "The user may do again what the role says.")
        private boolean enable;

        @Option(names = "--password", description = "Ask for another password; the user is logged out.")
        private boolean another;

        @Mixin
        private final Password password = new Password();

        Change(CommandEnvironment environment) {
            super(environment);
        }

        @Override
        int call(Session session) throws InterruptedException {
            if (disable && enable) {
                throw new WrongCallException("either --disable or --enable (found: both)");
            }
            boolean withPassword = another || password.isGiven();
            if (role == null && !disable && !enable && !withPassword) {
                throw new WrongCallException("nothing to change (expected: --role, --disable, --enable or --password)");
            }
            GatewayClient gateway = session.gateway();
            String answer = new AccessCalls(gateway)
                    .change(
                            user,
                            new AccessCalls.UserChange(
                                    role, (disable || enable) ? disable : null, withPassword ? password.read() : null));
            if (json()) {
                out().println(answer);
            } else {
                print(this, List.of(gateway.read(answer, AccessCalls.User.class)));
            }
            return ExitCode.SUCCESS;
        }
    }

    @Command(name = "remove", description = "Remove a user, who is logged out.")
    static final class Remove extends GatewayCommand {
        @Parameters(index = "0", paramLabel = "USER", description = NAME)
        private String user = "";

        Remove(CommandEnvironment environment) {
            super(environment);
        }

        @Override
        int call(Session session) throws InterruptedException {
            String _ = new AccessCalls(session.gateway()).remove(user);
            out().println(json() ? "{}" : user + " is removed");
            return ExitCode.SUCCESS;
        }
    }
}
