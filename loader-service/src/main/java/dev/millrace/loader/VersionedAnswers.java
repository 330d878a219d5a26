package dev.millrace.loader;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.millrace.task.Query;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Objects;

/**
 * Answers to queries, which are given again as long as the data is the same, and for a minute at most: the SQL may ask for the
 * time. Safe for use by several threads.
 */
@Singleton
final class VersionedAnswers {
    private static final Duration KEPT = Duration.ofMinutes(1);

    /** In characters of values, each of which may take two bytes. */
    private static final long MOST = 8_000_000;

    private final Warehouse warehouse;
    private final WarehouseQueries queries;
    private final Cache<Key, Query.Result> answers = Caffeine.newBuilder()
            .expireAfterWrite(KEPT)
            .maximumWeight(MOST)
            .weigher((Key _, Query.Result answer) -> weight(answer))
            .build();

    VersionedAnswers(Warehouse warehouse, WarehouseQueries queries) {
        this.warehouse = warehouse;
        this.queries = queries;
    }

    private record Key(Query query, String version) {}

    /**
     * The answer with its version. What is loaded between asking for that and reading makes the answer newer than its version,
     * never older.
     */
    Query.Versioned answer(Query query) throws InterruptedException {
        Key key = new Key(query, warehouse.versionOf(query));
        Query.Result answer = answers.getIfPresent(key);
        if (answer == null) {
            answer = queries.answer(query);
            answers.put(key, answer);
        }
        return new Query.Versioned(answer, key.version());
    }

    private static int weight(Query.Result answer) {
        long characters = answer.rows().stream()
                .mapToLong(row -> row.stream()
                        .filter(Objects::nonNull)
                        .mapToLong(String::length)
                        .sum())
                .sum();
        return (int) Math.min(
                Integer.MAX_VALUE,
                characters + 32L * answer.rows().size() * answer.columns().size() + 1_000);
    }
}
