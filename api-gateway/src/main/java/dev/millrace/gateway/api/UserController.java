package dev.millrace.gateway.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.access.Users;
import dev.millrace.gateway.audit.Audit;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Patch;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Status;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.List;

/** People who call this API. */
@Controller("/api/v1/users")
@Needs(Role.ADMIN)
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "access")
class UserController {
    private final Users users;

    UserController(Users users) {
        this.users = users;
    }

    /**
     * A user who is wanted. An unknown key is an error.
     *
     * @param role viewer, operator or admin
     * @param password 12 to 200 characters
     */
    @Serdeable
    @JsonIgnoreProperties(ignoreUnknown = false)
    record NewUser(
            @Nullable String name,
            @Nullable String role,
            @Nullable String password) {
        @Override
        public String toString() {
            return "user " + name + ", role " + role;
        }
    }

    /**
     * What is to be changed; null: nothing. An unknown key is an error.
     *
     * @param disabled whether the user may do nothing
     * @param password 12 to 200 characters; sessions end
     */
    @Serdeable
    @JsonIgnoreProperties(ignoreUnknown = false)
    record UserChange(
            @Nullable String role,
            @Nullable @Schema(type = "boolean") JsonNode disabled,
            @Nullable String password) {
        @Override
        public String toString() {
            return (role == null ? "" : "role " + role + " ")
                    + (disabled == null ? "" : "disabled " + RequestValues.shown(disabled) + " ")
                    + (password == null ? "" : "another password");
        }
    }

    @Serdeable
    record UserPage(List<UserView> users) {}

    /** @param passwordAt when the password was set */
    @Serdeable
    record UserView(
            String name, String role, boolean disabled, Instant createdAt, String createdBy, Instant passwordAt) {
        static UserView of(Users.User user) {
            return new UserView(
                    user.name(),
                    user.role().word(),
                    user.disabled(),
                    user.createdAt(),
                    user.createdBy(),
                    user.passwordAt());
        }
    }

    /** All users by name. */
    @Get
    UserPage list() {
        return new UserPage(users.all().stream().map(UserView::of).toList());
    }

    @Get("/{name}")
    UserView show(String name) {
        return UserView.of(users.user(name));
    }

    @Post
    @Status(HttpStatus.CREATED)
    UserView add(@Body NewUser wanted, Authentication authentication) throws InterruptedException {
        Audit.note(wanted.toString());
        return UserView.of(
                users.add(wanted.name(), Role.of(wanted.role()), wanted.password(), authentication.getName()));
    }

    /** Other replicas know within two seconds. */
    @Patch("/{name}")
    UserView change(String name, @Body UserChange wanted) throws InterruptedException {
        Audit.note(wanted.toString().strip());
        return UserView.of(users.change(
                name,
                wanted.role() == null ? null : Role.of(wanted.role()),
                wanted.disabled() == null ? null : RequestValues.truth("disabled", wanted.disabled()),
                wanted.password()));
    }

    /** Sessions end with it. */
    @Delete("/{name}")
    @Status(HttpStatus.NO_CONTENT)
    void remove(String name) {
        users.remove(name);
    }
}
