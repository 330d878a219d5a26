package dev.millrace.loader;

import dev.millrace.service.Roles;
import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Status;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The route for read-only SQL. */
@Controller("/queries")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class QueryController {
    private final Warehouse warehouse;
    private final WarehouseQueries queries;
    private final VersionedAnswers answers;

    QueryController(Warehouse warehouse, WarehouseQueries queries, VersionedAnswers answers) {
        this.warehouse = warehouse;
        this.queries = queries;
        this.answers = answers;
    }

    @Post
    Query.Result query(@Body Query query, @Nullable @Header(Query.ID) String id, Authentication caller)
            throws InterruptedException {
        Subjects.check(caller, Query.SUBJECT);
        return queries.cancellable(id, () -> queries.answer(query));
    }

    @Post("/versioned")
    Query.Versioned versioned(@Body Query query, @Nullable @Header(Query.ID) String id, Authentication caller)
            throws InterruptedException {
        Subjects.check(caller, Query.SUBJECT);
        return queries.cancellable(id, () -> answers.answer(query));
    }

    /** Cancels a query, as far as this process runs it; nothing happens when it has ended. */
    @Delete("/{id}")
    @Status(HttpStatus.NO_CONTENT)
    void cancel(String id, Authentication caller) {
        Subjects.check(caller, Query.SUBJECT);
        queries.cancel(id);
    }

    @Post("/tables")
    Query.Tables tables(@Body Query query, Authentication caller) throws InterruptedException {
        Subjects.check(caller, Query.SUBJECT);
        return new Query.Tables(warehouse.tablesOf(query));
    }
}
