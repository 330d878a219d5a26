package dev.millrace.gateway.table;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.pipeline.Freshness;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.service.Permission;
import dev.millrace.service.ServiceProblems;
import dev.millrace.service.StreamedCalls;
import dev.millrace.task.Step;
import dev.millrace.task.TableFacts;
import dev.millrace.task.TableRows;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tables that pipelines in force load; no others are shown. Safe for use by several threads. */
@Singleton
public class LoadedTables {
    /** Until all rows begin to come, of which the first part takes the loader less than that. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final int TABLES = 10_000;

    /** How long a table that files name is believed to be one, for which they aren't looked at with each page. */
    private static final Duration KNOWN_FOR = Duration.ofSeconds(1);

    private final Freshness freshness;
    private final TableCalls calls;
    private final StreamedCalls streams;
    private final GatewayConfig config;
    private volatile @Nullable Declared declared;
    private final Cache<String, SharedAnswer<String>> versions =
            Caffeine.newBuilder().maximumSize(TABLES).build();

    LoadedTables(Freshness freshness, TableCalls calls, StreamedCalls streams, GatewayConfig config) {
        this.freshness = freshness;
        this.calls = calls;
        this.streams = streams;
        this.config = config;
    }

    /**
     * A table that a pipeline loads.
     *
     * @param facts null: it isn't there yet
     */
    public record Loaded(Freshness.Watched declared, TableFacts.@Nullable Table facts) {}

    /**
     * By name.
     *
     * @param wanted by the tables' names
     */
    public List<Loaded> all(Predicate<String> wanted) throws InterruptedException {
        List<Freshness.Watched> declared = tables(freshness.all())
                .filter(table -> wanted.test(table.target()))
                .toList();
        if (declared.isEmpty()) {
            return List.of();
        }
        List<String> names = declared.stream().map(Freshness.Watched::target).toList();
        Map<String, TableFacts.Table> facts =
                answer(calls.tables(config.services().loader(), new TableFacts.Wanted(names))).tables().stream()
                        .collect(Collectors.toMap(TableFacts.Table::name, Function.identity()));
        List<Loaded> all = new ArrayList<>();
        declared.forEach(table -> all.add(new Loaded(table, facts.get(table.target()))));
        return all;
    }

    /**
     * The version of a table's rows, which is another one after each load.
     *
     * @throws MillraceException with {@code TABLE_UNKNOWN} when no pipeline loads it, or as the loader says
     */
    public String versionOf(String table) throws InterruptedException {
        return versions.get(table, _ -> new SharedAnswer<>()).of(() -> {
            require(table);
            return version(table);
        });
    }

    /** By the way of all rows, which takes a fraction of what a call with its client does: it is asked for with each page. */
    private String version(String table) {
        StreamedCalls.Streamed answer = streams.post(
                config.services().loader().resolve("/tables/version"),
                new Permission(Step.LOAD.service(), TableRows.SUBJECT),
                new TableRows.Wanted(table, List.of(), List.of(), List.of(), 1, null),
                config.queryPatience());
        try (InputStream body = answer.body()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.SERVICE_UNAVAILABLE, "the loader's answer about " + table + " broke off", e);
        }
    }

    /**
     * All rows that are wanted, whatever the limit, as bytes.
     *
     * @return with the version of the data in {@link TableRows#VERSION}
     * @throws MillraceException with {@code TABLE_UNKNOWN} when no pipeline loads it, or as the loader says
     */
    public StreamedCalls.Streamed all(TableRows.Wanted wanted, ExportFormat format) {
        require(wanted.table());
        return streams.post(
                config.services().loader().resolve("/tables/rows/" + format.extension()),
                new Permission(Step.LOAD.service(), TableRows.SUBJECT),
                wanted,
                PATIENCE);
    }

    /** @throws MillraceException with {@code TABLE_UNKNOWN} when no pipeline loads it, or as the loader says */
    public TableRows rows(TableRows.Wanted wanted) throws InterruptedException {
        require(wanted.table());
        return answer(calls.rows(config.services().loader(), wanted));
    }

    /** @throws MillraceException with {@code TABLE_UNKNOWN} when no pipeline loads it */
    public void require(String table) {
        Declared known = declared;
        if (known == null || known.isOld() || !known.names().contains(table)) {
            known = new Declared(
                    tables(freshness.declared()).map(Freshness.Watched::target).toList(), System.nanoTime());
            declared = known;
        }
        if (!known.names().contains(table)) {
            throw new MillraceException(
                    ErrorCode.TABLE_UNKNOWN,
                    "no pipeline loads a table '" + table + "' (expected: one of " + known.names() + ")");
        }
    }

    /** Names of the tables, as the files had them a moment ago. */
    private record Declared(List<String> names, long at) {
        boolean isOld() {
            return System.nanoTime() - at > KNOWN_FOR.toNanos();
        }
    }

    private static Stream<Freshness.Watched> tables(List<Freshness.Watched> all) {
        return all.stream()
                .filter(watched -> !watched.target().contains("/")) // the place in a bucket
                .sorted(Comparator.comparing(Freshness.Watched::target));
    }

    private static <T> T answer(io.micronaut.http.HttpResponse<T> answer) {
        if (answer.code() != 200) {
            Problem problem = ServiceProblems.of(answer);
            throw new MillraceException(
                    ErrorCode.named(problem.code()).orElse(ErrorCode.SERVICE_UNAVAILABLE), problem.detail());
        }
        return answer.body();
    }
}
