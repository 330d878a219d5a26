package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The default of an installation on one machine. */
class H2GatewayTest extends GatewayContract {
    private static final int RUNS = 20;
    /** It took 269 before anybody counted, and takes 115; the rest is for what is done by the clock meanwhile. */
    private static final int MOST_STATEMENTS = 125;

    @Override
    boolean sharesItsDatabase() {
        return false;
    }

    /** As H2 itself counts them, commits and beginnings of transactions among them. */
    @Test
    void aRunTakesNoMoreStatementsThanItDid() throws Exception {
        GatewayUnderTest gateway = newGateway(Map.of("millrace.gateway.poll", "10m"));
        run(gateway); // what is asked for once
        try (Connection connection = gateway.database();
                Statement statement = connection.createStatement()) {
            statement.execute("SET QUERY_STATISTICS_MAX_ENTRIES 1000");
            statement.execute("SET QUERY_STATISTICS TRUE");
            for (int i = 0; i < RUNS; i++) {
                run(gateway);
            }
            Map<String, Integer> counts = counted(statement);
            statement.execute("SET QUERY_STATISTICS FALSE"); // and forget them
            int all = counts.values().stream().mapToInt(Integer::intValue).sum();
            assertThat(all / RUNS).as(() -> text(counts)).isLessThanOrEqualTo(MOST_STATEMENTS);
        }
    }

    /** One after the other, so that none shares a look of the dispatcher with another one. */
    private void run(GatewayUnderTest gateway) {
        String run = start(gateway);
        services.commit(untilLoading(), 100);
        await().until(() ->
                services.staging().list("runs/" + run + "/").isEmpty()); // archived, which is the last of it
    }

    private static Map<String, Integer> counted(Statement statement) throws SQLException {
        Map<String, Integer> counts = new LinkedHashMap<>();
        try (ResultSet rows = statement.executeQuery("SELECT sql_statement, execution_count"
                + " FROM information_schema.query_statistics ORDER BY execution_count DESC")) {
            while (rows.next()) {
                counts.put(rows.getString(1), rows.getInt(2));
            }
        }
        return counts;
    }

    private static String text(Map<String, Integer> counts) {
        List<String> lines = new ArrayList<>();
        counts.forEach((sql, count) -> lines.add("%6.1f of each run: %s".formatted(count / (double) RUNS, sql)));
        return String.join("\n", lines);
    }
}
