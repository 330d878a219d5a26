package dev.millrace.loader;

import dev.millrace.pipeline.ExportFormat;
import dev.millrace.service.Roles;
import dev.millrace.task.TableFacts;
import dev.millrace.task.TableRows;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.server.types.files.StreamedFile;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The routes for tables and their rows. */
@Controller("/tables")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class TableController {
    private final Warehouse warehouse;

    TableController(Warehouse warehouse) {
        this.warehouse = warehouse;
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
    HttpResponse<StreamedFile> all(ExportFormat format, @Body TableRows.Wanted wanted, Authentication caller)
            throws InterruptedException {
        Subjects.check(caller, TableRows.SUBJECT);
        AllRows rows = warehouse.all(wanted, format);
        return HttpResponse.ok(new StreamedFile(rows.bytes(), MediaType.APPLICATION_OCTET_STREAM_TYPE))
                .header(TableRows.VERSION, rows.version());
    }

    @Post("/rows")
    TableRows rows(@Body TableRows.Wanted wanted, Authentication caller) throws InterruptedException {
        Subjects.check(caller, TableRows.SUBJECT);
        return warehouse.rows(wanted);
    }
}
