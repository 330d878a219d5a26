package dev.millrace.transformer;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import org.duckdb.DuckDBColumnType;
import org.duckdb.DuckDBLogicalType;
import org.duckdb.DuckDBTableFunctionBindInfo;
import org.duckdb.DuckDBWritableVector;

/** The type of a value on its way into the engine, which makes what is staged of it by {@link ValueParser#staged}. */
enum EngineColumnType {
    /** A {@link Long}. */
    WHOLE,
    /** A {@link Double}. */
    FLOATING,
    /** A {@link Boolean}. */
    TRUTH,
    /** A {@link BigDecimal} with nine digits after the point. */
    DECIMAL,
    /** A {@link String}, or its bytes in UTF-8. */
    TEXT;

    void declare(DuckDBTableFunctionBindInfo function, String name) throws SQLException {
        switch (this) {
            case WHOLE -> function.addResultColumn(name, DuckDBColumnType.BIGINT);
            case FLOATING -> function.addResultColumn(name, DuckDBColumnType.DOUBLE);
            case TRUTH -> function.addResultColumn(name, DuckDBColumnType.BOOLEAN);
            case TEXT -> function.addResultColumn(name, DuckDBColumnType.VARCHAR);
            case DECIMAL -> {
                try (DuckDBLogicalType decimal = DuckDBLogicalType.decimal(38, 9)) {
                    function.addResultColumn(name, decimal);
                }
            }
        }
    }

    /**
     * Hands on one column of some rows.
     *
     * @param column its position in each of the rows; null there is NULL
     */
    void fill(DuckDBWritableVector vector, List<Object[]> rows, int column) {
        if (this == TEXT) {
            byte[][] texts = new byte[rows.size()][];
            for (int i = 0; i < texts.length; i++) {
                texts[i] = switch (rows.get(i)[column]) {
                    case null -> null;
                    case byte[] utf8 -> utf8;
                    case Object text -> ((String) text).getBytes(StandardCharsets.UTF_8);
                };
            }
            vector.setStringUtf8Batch(0, texts);
            return;
        }
        for (int i = 0; i < rows.size(); i++) {
            switch (rows.get(i)[column]) {
                case null -> vector.setNull(i);
                case Long whole -> vector.setLong(i, whole);
                case Double floating -> vector.setDouble(i, floating);
                case Boolean truth -> vector.setBoolean(i, truth);
                case BigDecimal decimal -> vector.setBigDecimal(i, decimal);
                case Object other -> throw new IllegalArgumentException(other.getClass() + " as " + this);
            }
        }
    }
}
