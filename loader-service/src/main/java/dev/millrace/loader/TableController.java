package dev.millrace.loader;

import dev.millrace.pipeline.ExportFormat;
import dev.millrace.service.Roles;
import dev.millrace.service.SentStream;
import dev.millrace.task.TableFacts;
import dev.millrace.task.TableRows;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;
import jakarta.inject.Named;
import java.util.concurrent.ExecutorService;
import org.reactivestreams.Publisher;

/** The routes for tables and their rows. */
@Controller("/tables")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class TableController {
    private final Warehouse warehouse;
    private final RowStreams streams;
    private final ExecutorService threads;

    TableController(Warehouse warehouse, RowStreams streams, @Named(TaskExecutors.BLOCKING) ExecutorService threads) {
        this.warehouse = warehouse;
        this.streams = streams;
        this.threads = threads;
    }

    @Post
    TableFacts tables(@Body TableFacts.Wanted wanted, Authentication caller) throws InterruptedException {
        Subjects.check(caller, TableFacts.SUBJECT);
        return warehouse.tables(wanted);
    }

    @Post(value = "/version", produces = MediaType.TEXT_PLAIN)
    String version(@Body TableRows.Wanted wanted, Authentication caller) throws InterruptedException {
        Subjects.check(caller, TableRows.SUBJECT);
        return warehouse.versionOf(wanted.table());
    }

    /** In pieces, so that memory doesn't grow with the rows. */
    @Post(value = "/rows/{format}", produces = MediaType.APPLICATION_OCTET_STREAM)
    HttpResponse<Publisher<byte[]>> all(ExportFormat format, @Body TableRows.Wanted wanted, Authentication caller)
            throws InterruptedException {
        Subjects.check(caller, TableRows.SUBJECT);
        AllRows rows = streams.open(() -> warehouse.all(wanted, format));
        return HttpResponse.ok(SentStream.of(rows.bytes(), threads)).header(TableRows.VERSION, rows.version());
    }

    @Post("/rows")
    TableRows rows(@Body TableRows.Wanted wanted, Authentication caller) throws InterruptedException {
        Subjects.check(caller, TableRows.SUBJECT);
        return warehouse.rows(wanted);
    }
}
