package dev.millrace.loader;

import dev.millrace.service.Roles;
import dev.millrace.task.BackupList;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The route that says which backups there are. */
@Controller("/backups")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class BackupController {
    private final Backups backups;

    BackupController(Backups backups) {
        this.backups = backups;
    }

    @Post
    BackupList list(@Body BackupList.Wanted wanted, Authentication caller) {
        Subjects.check(caller, BackupList.SUBJECT);
        return backups.list(wanted);
    }
}
