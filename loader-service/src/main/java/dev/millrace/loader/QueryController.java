package dev.millrace.loader;

import dev.millrace.service.Roles;
import dev.millrace.task.Query;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
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
    private final VersionedAnswers answers;

    QueryController(Warehouse warehouse, VersionedAnswers answers) {
        this.warehouse = warehouse;
        this.answers = answers;
    }

    @Post
    Query.Result query(@Body Query query, Authentication caller) throws InterruptedException {
        Subjects.check(caller, Query.SUBJECT);
        return warehouse.query(query);
    }

    @Post("/versioned")
    Query.Versioned versioned(@Body Query query, Authentication caller) throws InterruptedException {
        Subjects.check(caller, Query.SUBJECT);
        return answers.answer(query);
    }

    @Post("/tables")
    Query.Tables tables(@Body Query query, Authentication caller) throws InterruptedException {
        Subjects.check(caller, Query.SUBJECT);
        return new Query.Tables(warehouse.tablesOf(query));
    }
}
