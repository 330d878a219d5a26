package dev.millrace.loader.bigquery;

import com.google.api.client.http.HttpRequestInitializer;
import com.google.api.client.json.gson.GsonFactory;
import com.google.api.core.NanoClock;
import com.google.api.services.bigquery.Bigquery;
import com.google.api.services.bigquery.model.GetQueryResultsResponse;
import com.google.api.services.bigquery.model.TableFieldSchema;
import com.google.api.services.bigquery.model.TableRow;
import com.google.cloud.BaseService;
import com.google.cloud.RetryHelper;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.http.HttpTransportOptions;
import dev.millrace.loader.AnswerSize;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Rows that a query has answered, as BigQuery's REST API writes them. Google's client library, on top of the same
 * classes, reads them without saying that timestamps are to be whole microseconds, which is how it decodes them then.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults">jobs.getQueryResults</a>
 */
final class Rows {
    private static final long PAGE = 10_000;

    private final Bigquery api;
    private final BigQueryOptions options;

    Rows(BigQueryOptions options) {
        HttpTransportOptions transport = (HttpTransportOptions) options.getTransportOptions();
        HttpRequestInitializer initializer = transport.getHttpRequestInitializer(options);
        this.options = options;
        this.api = new Bigquery.Builder(
                        transport.getHttpTransportFactory().create(), GsonFactory.getDefaultInstance(), initializer)
                .setRootUrl(options.getResolvedApiaryHost("bigquery"))
                .setApplicationName(options.getApplicationName())
                .build();
    }

    /** @param truncated whether there are more rows than were asked for */
    record Answer(List<TableFieldSchema> columns, List<TableRow> rows, boolean truncated) {}

    /**
     * @param query that has succeeded
     * @param limit of rows
     */
    Answer of(JobId query, int limit) {
        return of(query, 0, limit);
    }

    /**
     * @param query that has succeeded
     * @param limit of rows
     * @param size of the answer
     */
    Answer of(JobId query, int limit, AnswerSize size) {
        return of(query, 0, limit, size);
    }

    /**
     * @param query that has succeeded
     * @param start of the rows, from 0
     * @param limit of rows
     */
    Answer of(JobId query, long start, int limit) {
        return of(query, start, limit, new AnswerSize(Long.MAX_VALUE));
    }

    private Answer of(JobId query, long start, int limit, AnswerSize size) {
        List<TableRow> rows = new ArrayList<>();
        String next = null;
        GetQueryResultsResponse page;
        do {
            page = page(query, start, Math.min(PAGE, limit + 1L - rows.size()), next);
            List<TableRow> more = page.getRows() == null ? List.of() : page.getRows();
            more.forEach(row -> row.getF().forEach(cell -> add(cell.getV(), size)));
            rows.addAll(more);
            next = page.getPageToken();
        } while (next != null && rows.size() <= limit);
        boolean truncated = rows.size() > limit;
        return new Answer(page.getSchema().getFields(), truncated ? rows.subList(0, limit) : rows, truncated);
    }

    /** Nested and repeated values are maps and lists of others. */
    private static void add(@Nullable Object value, AnswerSize size) {
        switch (value) {
            case Map<?, ?> fields -> fields.values().forEach(field -> add(field, size));
            case List<?> elements -> elements.forEach(element -> add(element, size));
            case String text -> size.add(text.length());
            case null, default -> size.add(0);
        }
    }

    private GetQueryResultsResponse page(JobId query, long start, long most, @Nullable String token) {
        try {
            return RetryHelper.runWithRetries(
                    () -> read(query, start, most, token),
                    options.getRetrySettings(),
                    BaseService.EXCEPTION_HANDLER,
                    NanoClock.getDefaultClock());
        } catch (RetryHelper.RetryHelperException e) {
            if (e.getCause() instanceof BigQueryException failure) {
                throw failure;
            }
            throw e;
        }
    }

    private GetQueryResultsResponse read(JobId query, long start, long most, @Nullable String token) {
        try {
            return api.jobs()
                    .getQueryResults(query.getProject(), query.getJob())
                    .setLocation(query.getLocation())
                    .setMaxResults(most)
                    .setStartIndex(start == 0 || token != null ? null : BigInteger.valueOf(start))
                    .setPageToken(token)
                    .setFormatOptionsUseInt64Timestamp(true)
                    .setPrettyPrint(false)
                    .execute();
        } catch (IOException e) {
            throw new BigQueryException(e);
        }
    }
}
