package dev.millrace.standalone;

import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.task.Query;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "query", description = "Ask the warehouse; reading only.")
final class QueryCommand extends GatewayCommand {
    @Parameters(paramLabel = "SQL", description = "One query.")
    private String sql = "";

    @Option(names = "--limit", defaultValue = "100", description = "Of rows; default: ${DEFAULT-VALUE}.")
    private int limit;

    QueryCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        String answer = gateway.query(sql, limit);
        if (json()) {
            out().println(answer);
            return ExitCode.SUCCESS;
        }
        Query.Result result = gateway.read(answer, Query.Result.class);
        QueryTable.of(result).lines(width()).forEach(out()::println);
        if (result.truncated()) {
            out().println("(more rows than --limit " + limit + ")");
        }
        return ExitCode.SUCCESS;
    }
}
