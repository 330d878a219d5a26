package dev.millrace.standalone;

import dev.millrace.standalone.client.AccessCalls;
import dev.millrace.standalone.client.GatewayClient;
import io.micronaut.core.annotation.Nullable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "tokens", description = "List, create or revoke tokens with which machines call a gateway.")
final class TokensCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    static CommandLine withCommands(CommandEnvironment environment) {
        return new CommandLine(new TokensCommand())
                .addSubcommand(new Listed(environment))
                .addSubcommand(new Create(environment))
                .addSubcommand(new Revoke(environment));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a command: list, create or revoke.");
    }

    /** Up to the minute; what is said when there is none. */
    private static String minute(@Nullable Instant time, String none) {
        return time == null ? none : time.toString().substring(0, "2026-01-31T08:00".length()) + "Z";
    }

    @Command(name = "list", description = "List tokens; none of them is shown.")
    static final class Listed extends GatewayCommand {
        Listed(CommandEnvironment environment) {
            super(environment);
        }

        @Override
        int call(Session session) throws InterruptedException {
            GatewayClient gateway = session.gateway();
            String answer = new AccessCalls(gateway).tokens();
            if (json()) {
                out().println(answer);
                return ExitCode.SUCCESS;
            }
            TextTable table = new TextTable(
                    TextTable.id("TOKEN"),
                    TextTable.text("ROLE"),
                    TextTable.text("GOOD FOR"),
                    TextTable.text("EXPIRES"),
                    TextTable.text("LAST USED"),
                    TextTable.text("CREATED BY"));
            for (AccessCalls.Token token :
                    gateway.read(answer, AccessCalls.Tokens.class).tokens()) {
                List<String> scope = new ArrayList<>(token.pipelines());
                scope.addAll(token.tables());
                table.row(
                        token.name(),
                        token.role(),
                        scope.isEmpty() ? "everything" : String.join(" ", scope),
                        minute(token.expiresAt(), "never"),
                        minute(token.usedAt(), "never"),
                        token.createdBy());
            }
            table.lines(width()).forEach(out()::println);
            return ExitCode.SUCCESS;
        }
    }

    @Command(name = "create", description = "Create a token, and print it this once.")
    static final class Create extends GatewayCommand {
        @Parameters(index = "0", paramLabel = "TOKEN", description = "Name of the token.")
        private String token = "";

        @Option(names = "--role", required = true, paramLabel = "ROLE", description = "viewer, operator or admin.")
        private String role = "";

        @Option(
                names = "--pipelines",
                split = ",",
                paramLabel = "PIPELINE",
                description = "Pipelines that it is good for; without these and tables, for everything.")
        private List<String> pipelines = List.of();

        @Option(
                names = "--tables",
                split = ",",
                paramLabel = "TABLE",
                description = "Tables that it is good for, such as sales.orders or sales.*.")
        private List<String> tables = List.of();

        @Option(names = "--days", paramLabel = "DAYS", description = "After which it expires; default: never.")
        private @Nullable Integer days;

        Create(CommandEnvironment environment) {
            super(environment);
        }

        @Override
        int call(Session session) throws InterruptedException {
            if (days != null && days < 1) {
                throw new WrongCallException("--days: " + days + " (expected: at least 1)");
            }
            GatewayClient gateway = session.gateway();
            String answer = new AccessCalls(gateway)
                    .create(new AccessCalls.NewToken(
                            token,
                            role,
                            pipelines,
                            tables,
                            days == null ? null : Duration.ofDays(days).toString()));
            out().println(
                            json()
                                    ? answer
                                    : gateway.read(answer, AccessCalls.Token.class)
                                            .token());
            if (!json()) {
                err().println("It is shown this once: keep it where the machine finds it.");
            }
            return ExitCode.SUCCESS;
        }
    }

    @Command(name = "revoke", description = "Revoke a token: it opens nothing any more.")
    static final class Revoke extends GatewayCommand {
        @Parameters(index = "0", paramLabel = "TOKEN", description = "Name of the token.")
        private String token = "";

        Revoke(CommandEnvironment environment) {
            super(environment);
        }

        @Override
        int call(Session session) throws InterruptedException {
            String _ = new AccessCalls(session.gateway()).revoke(token);
            out().println(json() ? "{}" : token + " is revoked");
            return ExitCode.SUCCESS;
        }
    }
}
