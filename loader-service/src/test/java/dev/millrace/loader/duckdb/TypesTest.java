package dev.millrace.loader.duckdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

class TypesTest {
    @Test
    void theEngineWritesTypesThatItIsNotAskedForAsWeDo() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            assertThat(Types.WRITTEN).hasSize(24);
            for (String type : Types.WRITTEN.keySet()) {
                try (ResultSet row = statement.executeQuery("SELECT typeof(CAST(NULL AS " + type + "))")) {
                    row.next();
                    assertThat(row.getString(1)).isEqualTo(type);
                }
            }
        }
    }
}
